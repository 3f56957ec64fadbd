"""Every rule of the guard: at its limit, just inside and just outside."""

from typing import Any

import pytest

from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.setpoint import Direction
from custom_components.bessai.core.verdict import Ground, Outcome, Reason

from .builders import CHARGE, DISCHARGE, NOW, guard, reasons, state, vet

BOTH = set(Direction)

# What the plant is like, who refuses which direction then, and with which numbers.
RULES: list[tuple[dict[str, Any], set[Direction], Reason, Any, Any]] = [
    ({"soc_pct": 4.9}, {DISCHARGE}, Reason.SOC_LOW, 4.9, 5),
    ({"soc_pct": 98.1}, {CHARGE}, Reason.SOC_HIGH, 98.1, 98),
    (
        {"soc_pct": 12.0, "discharge_cutoff_pct": 12.0},
        {DISCHARGE},
        Reason.DISCHARGE_CUTOFF,
        12.0,
        12.0,
    ),
    (
        {"soc_pct": 11.9, "discharge_cutoff_pct": 12.0},
        {DISCHARGE},
        Reason.DISCHARGE_CUTOFF,
        11.9,
        12.0,
    ),
    (
        {"soc_pct": 90.0, "charge_cutoff_pct": 90.0},
        {CHARGE},
        Reason.CHARGE_CUTOFF,
        90.0,
        90.0,
    ),
    (
        {"soc_pct": 90.1, "charge_cutoff_pct": 90.0},
        {CHARGE},
        Reason.CHARGE_CUTOFF,
        90.1,
        90.0,
    ),
    ({"battery_temperature_max_c": 45.1}, BOTH, Reason.BATTERY_HOT, 45.1, 45),
    ({"inverter_temperature_c": 75.1}, BOTH, Reason.INVERTER_HOT, 75.1, 75),
    ({"battery_temperature_min_c": -0.1}, {CHARGE}, Reason.BATTERY_COLD, -0.1, 0),
    ({"battery_temperature_min_c": -10.0}, {CHARGE}, Reason.BATTERY_COLD, -10, 0),
    (
        {"inverter": Readiness.NOT_READY, "inverter_status": "off_grid"},
        BOTH,
        Reason.NOT_ON_GRID,
        "off_grid",
        None,
    ),
    (
        {"inverter": Readiness.NOT_READY, "inverter_status": None},
        BOTH,
        Reason.NOT_ON_GRID,
        "not_ready",
        None,
    ),
    (
        {"inverter": Readiness.ASLEEP, "inverter_status": "standby"},
        BOTH,
        Reason.NOT_ON_GRID,
        "standby",
        None,
    ),
    ({"inverter": None}, BOTH, Reason.TELEMETRY_MISSING, "inverter", None),
    (
        {"battery": Readiness.NOT_READY, "battery_status": "fault"},
        BOTH,
        Reason.BATTERY_NOT_READY,
        "fault",
        None,
    ),
    (
        {"battery": Readiness.NOT_READY, "battery_status": None},
        BOTH,
        Reason.BATTERY_NOT_READY,
        "not_ready",
        None,
    ),
    (
        {"battery": Readiness.ASLEEP, "battery_status": "sleep"},
        {DISCHARGE},
        Reason.BATTERY_ASLEEP,
        "sleep",
        None,
    ),
    ({"battery": None}, BOTH, Reason.TELEMETRY_MISSING, "battery", None),
    (
        {"blocking_alarms": ("battery_abnormal", "grid_loss")},
        BOTH,
        Reason.ALARM,
        "battery_abnormal, grid_loss",
        None,
    ),
    (
        {"blocking_alarms": None},
        BOTH,
        Reason.TELEMETRY_MISSING,
        "blocking_alarms",
        None,
    ),
    ({"manager": "emma"}, BOTH, Reason.MANAGER_PRESENT, "emma", None),
    ({"stored_charge_limit_w": 0.0}, {CHARGE}, Reason.STORED_LIMIT, None, 0.0),
    ({"stored_discharge_limit_w": 0.0}, {DISCHARGE}, Reason.STORED_LIMIT, None, 0.0),
    ({"charge_limit_w": 49.9}, {CHARGE}, Reason.NO_POWER_LEFT, 49.9, 50),
    ({"discharge_limit_w": 49.9}, {DISCHARGE}, Reason.NO_POWER_LEFT, 49.9, 50),
    ({"stored_charge_limit_w": 49.9}, {CHARGE}, Reason.NO_POWER_LEFT, 49.9, 50),
    ({"discharge_limit_w": 0.0}, {DISCHARGE}, Reason.NO_POWER_LEFT, 0.0, 50),
]

# What only just passes, in both directions unless one is given.
PASSES: list[tuple[dict[str, Any], set[Direction]]] = [
    ({}, BOTH),
    ({"soc_pct": 5.0}, BOTH),
    ({"soc_pct": 5.1}, BOTH),
    ({"soc_pct": 4.9}, {CHARGE}),
    ({"soc_pct": 98.0}, BOTH),
    ({"soc_pct": 97.9}, BOTH),
    ({"soc_pct": 98.1}, {DISCHARGE}),
    ({"soc_pct": 12.1, "discharge_cutoff_pct": 12.0}, BOTH),
    ({"soc_pct": 12.0, "discharge_cutoff_pct": 12.0}, {CHARGE}),
    ({"soc_pct": 89.9, "charge_cutoff_pct": 90.0}, BOTH),
    ({"soc_pct": 90.0, "charge_cutoff_pct": 90.0}, {DISCHARGE}),
    ({"inverter_temperature_c": 75.0}, BOTH),
    ({"inverter_temperature_c": 74.9}, BOTH),
    ({"battery_temperature_min_c": 0.0}, BOTH),
    ({"battery_temperature_min_c": 0.1}, BOTH),
    ({"battery_temperature_min_c": -0.1}, {DISCHARGE}),
    ({"battery_temperature_min_c": -10.0}, {DISCHARGE}),
    ({"battery": Readiness.ASLEEP, "battery_status": "sleep"}, {CHARGE}),
    ({"stored_charge_limit_w": 0.0}, {DISCHARGE}),
    ({"stored_discharge_limit_w": 0.0}, {CHARGE}),
    ({"charge_limit_w": 0.0}, {DISCHARGE}),
    ({"discharge_limit_w": 0.0}, {CHARGE}),
    # what no rule asks for
    ({"battery_power_w": None, "pv_power_w": None, "limited": None}, BOTH),
    ({"commanded": None, "capacity_kwh": None, "maximum_power_w": None}, BOTH),
    ({"grid_charge_enabled": None, "inverter_status": None}, BOTH),
]


@pytest.mark.parametrize(("plant", "directions", "reason", "value", "limit"), RULES)
def test_a_rule_refuses_its_directions_and_says_why(
    plant: dict[str, Any],
    directions: set[Direction],
    reason: Reason,
    value: Any,
    limit: Any,
) -> None:
    ground = Ground(reason=reason, value=value, limit=limit)
    for direction in directions:
        assert vet(guard(), direction, **plant).grounds == (ground,)
        assert guard().refusing(direction, state(**plant), NOW) == (ground,)
    standing = guard().standing(state(**plant), NOW)
    assert standing == ((ground,) if directions == BOTH else ())


@pytest.mark.parametrize(("plant", "directions"), PASSES)
def test_what_is_within_the_limits_passes(
    plant: dict[str, Any], directions: set[Direction]
) -> None:
    for direction in directions:
        assert vet(guard(), direction, **plant).outcome is Outcome.APPROVED
        assert guard().refusing(direction, state(**plant), NOW) == ()
    assert guard().standing(state(**plant), NOW) == ()


@pytest.mark.parametrize(
    ("temperature_c", "outcome"),
    [(44.9, Outcome.CLAMPED), (45.0, Outcome.CLAMPED), (45.1, Outcome.REFUSED)],
)
@pytest.mark.parametrize("direction", Direction)
def test_a_battery_at_its_highest_temperature_may_still_do_a_little(
    temperature_c: float, outcome: Outcome, direction: Direction
) -> None:
    verdict = vet(guard(), direction, battery_temperature_max_c=temperature_c)
    assert verdict.outcome is outcome


def test_a_battery_that_is_too_cold_for_both_refuses_both() -> None:
    frozen = {"battery_temperature_min_c": -10.1}
    for direction, limit in ((CHARGE, 0), (DISCHARGE, -10)):
        (ground,) = vet(guard(), direction, **frozen).grounds
        assert ground == Ground(reason=Reason.BATTERY_COLD, value=-10.1, limit=limit)
    standing = guard().standing(state(**frozen), NOW)
    assert reasons(standing) == {Reason.BATTERY_COLD}


def test_no_power_in_either_direction_refuses_both() -> None:
    plant = state(charge_limit_w=10.0, discharge_limit_w=0.0)
    assert reasons(guard().standing(plant, NOW)) == {Reason.NO_POWER_LEFT}


@pytest.mark.parametrize(
    ("limit", "value", "plant", "direction", "reason"),
    [
        ("soc_min_pct", 30, {"soc_pct": 29.9}, DISCHARGE, Reason.SOC_LOW),
        ("soc_max_pct", 80, {"soc_pct": 80.1}, CHARGE, Reason.SOC_HIGH),
        (
            "inverter_temperature_max_c",
            60,
            {"inverter_temperature_c": 60.1},
            CHARGE,
            Reason.INVERTER_HOT,
        ),
        (
            "charge_temperature_min_c",
            5,
            {"battery_temperature_min_c": 4.9},
            CHARGE,
            Reason.BATTERY_COLD,
        ),
        (
            "discharge_temperature_min_c",
            5,
            {"battery_temperature_min_c": 4.9},
            DISCHARGE,
            Reason.BATTERY_COLD,
        ),
        (
            "battery_temperature_max_c",
            50,
            {"battery_temperature_max_c": 50.1},
            CHARGE,
            Reason.BATTERY_HOT,
        ),
    ],
)
def test_the_owner_moves_the_limits(
    limit: str,
    value: float,
    plant: dict[str, Any],
    direction: Direction,
    reason: Reason,
) -> None:
    judge = guard(**{limit: value})
    assert reasons(vet(judge, direction, **plant)) == {reason}


def test_all_grounds_are_told_the_cause_before_its_consequences() -> None:
    """An offline battery says nothing of itself; that it is offline comes first."""
    verdict = vet(
        guard(),
        DISCHARGE,
        battery=Readiness.NOT_READY,
        battery_status="offline",
        soc_pct=None,
        battery_temperature_max_c=None,
    )
    assert [(ground.reason, ground.value) for ground in verdict.grounds] == [
        (Reason.BATTERY_NOT_READY, "offline"),
        (Reason.TELEMETRY_MISSING, "soc_pct"),
        (Reason.TELEMETRY_MISSING, "battery_temperature_max_c"),
    ]
