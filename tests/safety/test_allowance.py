"""How much power there is leave for."""

import pytest

from custom_components.bessai.core.setpoint import Direction
from custom_components.bessai.core.verdict import Ground, Reason
from custom_components.bessai.safety.allowance import build_allowance, derating

from .builders import CHARGE, DISCHARGE, inputs, limits


@pytest.mark.parametrize(
    ("temperature_c", "share"),
    [
        (-10, 1.0),
        (39.9, 1.0),
        (40, 1.0),
        (41, 0.82),
        (42.5, 0.55),
        (45, 0.1),
        (50, 0.1),
    ],
)
def test_a_warm_battery_gets_less_power_in_a_straight_line(
    temperature_c: float, share: float
) -> None:
    assert derating(limits(), temperature_c) == pytest.approx(share)


def test_derating_follows_the_limits_of_the_owner() -> None:
    chosen = limits(battery_derate_from_c=30, battery_temperature_max_c=50)
    assert derating(chosen, 40) == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("direction", "present_w", "stored_w", "owner_w", "cap_w", "reason"),
    [
        (CHARGE, 3000, 5000, None, 3000, Reason.BATTERY_LIMIT),
        (CHARGE, 5000, 3000, None, 3000, Reason.STORED_LIMIT),
        (CHARGE, 5000, 5000, 3000, 3000, Reason.OWNER_CAP),
        (CHARGE, 5000, 5000, 5000, 5000, Reason.BATTERY_LIMIT),
        (CHARGE, 5000, 5000, 9000, 5000, Reason.BATTERY_LIMIT),
        (DISCHARGE, 3000, 5000, None, 3000, Reason.BATTERY_LIMIT),
        (DISCHARGE, 5000, 3000, None, 3000, Reason.STORED_LIMIT),
        (DISCHARGE, 5000, 5000, 3000, 3000, Reason.OWNER_CAP),
    ],
)
def test_the_tightest_limit_of_the_direction_counts(
    direction: Direction,
    present_w: float,
    stored_w: float,
    owner_w: float | None,
    cap_w: float,
    reason: Reason,
) -> None:
    read = inputs(
        **{f"{direction}_limit_w": present_w, f"stored_{direction}_limit_w": stored_w}
    )
    caps = {} if owner_w is None else {f"{direction}_cap_w": owner_w}
    allowance = build_allowance(direction, limits(**caps), read)
    assert (allowance.cap_w, allowance.reason) == (cap_w, reason)
    assert allowance.power_w == cap_w


@pytest.mark.parametrize("direction", Direction)
def test_limits_of_the_other_direction_do_not_count(direction: Direction) -> None:
    other = DISCHARGE if direction is CHARGE else CHARGE
    read = inputs(**{f"{other}_limit_w": 100.0, f"stored_{other}_limit_w": 90.0})
    chosen = limits(**{f"{other}_cap_w": 80.0})
    assert build_allowance(direction, chosen, read).power_w == 5000.0


@pytest.mark.parametrize(
    ("wished_w", "grounds"),
    [
        (1650, ()),
        (
            2000,
            (Ground(reason=Reason.DERATED, value=42.5, limit=1650.0),),
        ),
        (
            3000,
            (Ground(reason=Reason.DERATED, value=42.5, limit=1650.0),),
        ),
        (
            4000,
            (
                Ground(reason=Reason.OWNER_CAP, value=4000, limit=3000),
                Ground(reason=Reason.DERATED, value=42.5, limit=1650.0),
            ),
        ),
    ],
)
def test_a_clamp_tells_what_it_is_due_to(
    wished_w: float, grounds: tuple[Ground, ...]
) -> None:
    warm = inputs(battery_temperature_max_c=42.5)
    allowance = build_allowance(DISCHARGE, limits(discharge_cap_w=3000), warm)
    assert allowance.power_w == pytest.approx(1650)
    assert allowance.grounds(wished_w) == grounds
