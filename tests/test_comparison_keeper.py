"""Policy, plan and self-consumption side by side in a real home, poll by poll."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.comparison_keeper import (
    ComparisonKeeper,
    Decider,
    comparison_store,
)
from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.power_forecast import PowerForecast, PowerStep
from custom_components.bessai.core.price_curve import PriceStep
from custom_components.bessai.core.telemetry import Telemetry
from custom_components.bessai.planner import WhatIf
from custom_components.bessai.planner_status import PlannerStatus
from custom_components.bessai.planning.comparison import Name
from custom_components.bessai.planning.comparison_document import ComparisonBooks
from custom_components.bessai.planning.execution import Decision
from custom_components.bessai.planning.plan import Intent, Why
from custom_components.bessai.planning.plan_builder import make_plan
from custom_components.bessai.planning.present import Measurement

from .controlled import control, written
from .home import Home
from .owned_models import own_folder, put
from .planned import (
    BATTERY,
    HOUR,
    NOON,
    PRICES,
    KnownPlanner,
    attributes,
    curve,
    give_planner,
    known_planner,
)
from .test_policy_pilot import Owner

MINUTE = timedelta(minutes=1)
LOW_KWH, HIGH_KWH = 0.5, 10.0
LATE = datetime(2026, 11, 21, 22, 58, tzinfo=UTC)


def told(intent: Intent, power_kw: float | None = None) -> Decision:
    """Return a decision."""
    return Decision(
        intent=intent,
        power_kw=power_kw,
        why=Why.MODEL_TARGET,
        value=0.2,
        price=0.3,
        since=NOON,
    )


CHARGE, KEEP = told(Intent.CHARGE, -2.0), told(Intent.KEEP)


class FakePolicy:
    """Says what the test says, and remembers what it was asked with."""

    def __init__(self, decision: Decision | None = CHARGE) -> None:
        self.decision = decision
        self.is_loaded = True
        self.error: Exception | None = None
        self.asked: list[tuple[datetime, Measurement, Decision | None]] = []

    def decide(
        self, now: datetime, measurement: Measurement, previous: Decision | None
    ) -> Decision | None:
        """Return it."""
        self.asked.append((now, measurement, previous))
        if self.error is not None:
            raise self.error
        return self.decision


def keeper(home: Home) -> ComparisonKeeper:
    """Return what compares."""
    found = home.runtime.comparison
    assert found is not None
    return found


def stored(home: Home, name: Name) -> float:
    """Return what a contender has."""
    contender = keeper(home).contender(name)
    assert contender is not None
    return contender.stored_kwh


def telemetry(at: datetime, **values: float | None) -> Telemetry:
    """Return a poll: by default the house imports 1 kW and the battery rests."""
    known = {"grid_power_w": 1000.0, "battery_power_w": 0.0} | values
    return Telemetry(read_at=at, values=known, read_times={})


@pytest.fixture
def policy() -> FakePolicy:
    """Return a policy that charges."""
    return FakePolicy()


@pytest.fixture
async def compared(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    controlled_home: Home,
    policy: FakePolicy,
) -> Home:
    """Return a home in Berlin with a plan at noon, and a policy."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(NOON)
    found = await give_planner(controlled_home, KnownPlanner(hass))
    known_planner(found).make()
    use(found, policy)
    return found


def use(home: Home, policy: Decider | None) -> None:
    """Let a policy be compared."""
    keeper(home)._policy = lambda: policy


class Poller:
    """Lets the same be read each minute for a while."""

    def __init__(self, home: Home, clock: FrozenDateTimeFactory) -> None:
        self.home, self.clock = home, clock

    def __call__(
        self, minutes: int, start: datetime = NOON, **values: float | None
    ) -> None:
        for minute in range(minutes + 1):
            now = start + minute * MINUTE
            self.clock.move_to(now)
            keeper(self.home).async_take(telemetry(now, **values))


@pytest.fixture
def hold(compared: Home, freezer: FrozenDateTimeFactory) -> Poller:
    """Return what lets time pass."""
    return Poller(compared, freezer)


async def test_the_policy_is_asked_for_its_own_battery(
    compared: Home, policy: FakePolicy, hold: Poller
) -> None:
    hold(60)
    begins_kwh = policy.asked[0][1].stored_kwh
    assert policy.asked[0][2] is None
    assert stored(compared, Name.POLICY) == pytest.approx(
        begins_kwh + 2 * BATTERY.charge_efficiency
    )
    now, measured, previous = policy.asked[-1]
    assert now == NOON + HOUR
    assert measured.stored_kwh == stored(compared, Name.POLICY)
    assert measured.net_load_kw == pytest.approx(1.0)
    assert previous == CHARGE


async def test_the_sensor_shows_who_saves_more(compared: Home, hold: Poller) -> None:
    hold(60)
    recent = keeper(compared).recent(NOON + HOUR)
    assert recent.policy_saving != recent.plan_saving
    keeper(compared)._told_at = None
    keeper(compared)._async_tell(NOON + HOUR)
    state = compared.state("policy_comparison")
    assert float(state.state) == pytest.approx(recent.advantage, abs=1e-4)
    shown = attributes(compared, "policy_comparison")
    assert shown["unit_of_measurement"] == "EUR"
    assert shown["device_class"] == "monetary"
    assert "state_class" not in shown, "seven days are no total"
    for name in ("policy", "plan"):
        saving = getattr(recent, f"{name}_saving")
        assert shown[f"{name}_saving_7_days"] == pytest.approx(saving, abs=1e-4)
        assert shown[f"{name}_saving_today"] == shown[f"{name}_saving_7_days"]
    for name in Name:
        assert shown[f"{name.value}_stored"] == pytest.approx(
            stored(compared, name), abs=0.01
        )
    assert shown["settled_minutes"] == 60
    assert shown["lost_minutes"] == shown["fallback_minutes"] == 0
    assert 0 <= shown["agreement"] <= 100
    assert shown["since"] == "2026-11-21T13:00:00+01:00"


@pytest.mark.parametrize("mode", list(DispatchMode))
async def test_it_compares_in_every_mode_and_writes_nothing(
    compared: Home, hold: Poller, mode: DispatchMode
) -> None:
    """What the plan or the policy in charge writes is not its doing."""
    loop = control(compared)
    loop.pilots.clear()
    await loop.async_set_mode(mode)
    written = len(compared.plant.journal.entries)
    hold(10)
    await compared.hass.async_block_till_done()
    assert keeper(compared).recent(NOON).times.settled_s == 600
    assert len(compared.plant.journal.entries) == written


@pytest.mark.parametrize("absent", [True, False])
async def test_without_a_policy_there_is_nothing_to_compare(
    compared: Home, policy: FakePolicy, hold: Poller, absent: bool
) -> None:
    hold(2)
    assert compared.state("policy_comparison").state != "unknown"
    policy.is_loaded = False
    use(compared, None if absent else policy)
    asked = len(policy.asked)
    hold(2, NOON + 10 * MINUTE)
    assert len(policy.asked) == asked
    assert compared.state("policy_comparison").state == "unknown"
    assert keeper(compared).recent(NOON).times.settled_s == 120


async def test_before_the_first_reading_nothing_is_known(compared: Home) -> None:
    keeper(compared)._async_tell(NOON)
    assert compared.state("policy_comparison").state == "unknown"
    assert "since" not in attributes(compared, "policy_comparison")
    assert attributes(compared, "policy_comparison")["unit_of_measurement"] == "EUR"
    assert keeper(compared).contender(Name.PLAN) is None
    assert keeper(compared).recent(NOON).advantage == 0.0


async def test_a_policy_that_does_not_say_is_replaced_by_the_plan(
    compared: Home, policy: FakePolicy, hold: Poller
) -> None:
    policy.decision = None
    hold(60)
    assert stored(compared, Name.POLICY) == stored(compared, Name.PLAN)
    assert keeper(compared).recent(NOON).advantage == 0.0
    times = keeper(compared).recent(NOON).times
    assert times.fallback_s == times.agreed_s == times.settled_s == 3600


async def test_without_a_plan_too_the_fallback_is_self_consumption(
    compared: Home, policy: FakePolicy, hold: Poller
) -> None:
    hold(1)
    policy.decision = known_planner(compared).plan = None
    hold(60, NOON + MINUTE)
    for name in (Name.POLICY, Name.PLAN):
        contender = keeper(compared).contender(name)
        assert contender is not None
        assert contender.intent is Intent.SELF_CONSUMPTION
    assert keeper(compared).recent(NOON).times.fallback_s == 3600


async def test_a_policy_that_fails_is_told_of_once_and_costs_no_day(
    compared: Home, policy: FakePolicy, hold: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    policy.error = ArithmeticError("a mistake of ours")
    hold(5)
    assert caplog.text.count("the policy cannot be compared") == 1
    assert keeper(compared).recent(NOON).times.fallback_s == 300
    policy.error = None
    hold(1, NOON + 5 * MINUTE)
    policy.error = ArithmeticError("another one")
    hold(1, NOON + 6 * MINUTE)
    assert caplog.text.count("the policy cannot be compared") == 2


@pytest.mark.parametrize("missing", ["grid_power_w", "battery_power_w"])
async def test_a_poll_without_powers_is_not_taken(
    compared: Home, hold: Poller, missing: str
) -> None:
    hold(1)
    before = keeper(compared)._books
    hold(0, NOON + 2 * MINUTE, **{missing: None})
    assert keeper(compared)._books == before


async def test_without_a_plan_ever_the_battery_is_not_known(
    hass: HomeAssistant, controlled_home: Home, policy: FakePolicy
) -> None:
    home = await give_planner(controlled_home, KnownPlanner(hass))
    use(home, policy)
    keeper(home).async_take(telemetry(NOON))
    assert keeper(home).begun_at is None


async def test_nothing_is_raised_and_the_next_poll_goes_on(
    compared: Home, hold: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    hold(4, LATE)
    books = keeper(compared)._books
    assert books.today is not None
    assert len(books.days) == 1
    assert books.today.last is not None
    damaged = replace(books.today.last, grid_kw=cast("float", None))
    keeper(compared)._books = replace(books, today=replace(books.today, last=damaged))
    hold(0, LATE + 5 * MINUTE)
    assert "comparisons cannot be settled" in caplog.text
    hold(2, LATE + 6 * MINUTE)
    assert keeper(compared)._books.days == books.days
    assert keeper(compared).today(LATE + 6 * MINUTE).times.settled_s == 120


async def test_the_next_poll_closes_the_day_and_seven_are_shown(
    compared: Home, hold: Poller
) -> None:
    hold(4, LATE)
    (day,) = keeper(compared)._books.days
    assert (day.label, day.currency) == (date(2026, 11, 21), "EUR")
    assert day.times.settled_s == 120
    now = LATE + 4 * MINUTE
    today = keeper(compared).today(now)
    assert today.times.settled_s == 120
    recent = keeper(compared).recent(now)
    assert recent.policy_saving == pytest.approx(
        day.policy_saving + today.policy_saving
    )
    assert recent.times.settled_s == 240
    assert keeper(compared).recent(now + timedelta(days=6)).times.settled_s == 120
    assert keeper(compared).recent(now + timedelta(days=7)).times.settled_s == 0


async def test_a_comparison_outlives_a_restart(
    hass: HomeAssistant, compared: Home, hold: Poller, policy: FakePolicy
) -> None:
    hold(4, LATE)
    now = LATE + 4 * MINUTE
    before = keeper(compared).recent(now)
    await keeper(compared).async_stop()
    again = ComparisonKeeper(
        hass, compared.entry, control(compared), known_planner(compared), lambda: policy
    )
    await again.async_load()
    assert again.recent(now) == before
    assert again.begun_at == LATE
    again.async_take(telemetry(now + MINUTE))
    assert again.recent(now).times.lost_s == 60, "nobody looked meanwhile"
    await again.async_stop()


async def test_a_damaged_comparison_is_begun_anew(
    hass: HomeAssistant,
    compared: Home,
    policy: FakePolicy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = comparison_store(hass, compared.entry.entry_id)
    await store.async_save({"days": "none"})
    again = ComparisonKeeper(
        hass, compared.entry, control(compared), known_planner(compared), lambda: policy
    )
    await again.async_load()
    assert again.begun_at is None
    assert "Comparisons are counted from zero again" in caplog.text


async def test_another_currency_is_compared_by_itself(
    compared: Home, hold: Poller
) -> None:
    hold(10)
    euros = keeper(compared).recent(NOON)
    planner = known_planner(compared)
    planner.curve = curve([145.0] * 24, currency="CLP")
    planner.make(NOON + 10 * MINUTE)
    hold(10, NOON + 11 * MINUTE)
    assert keeper(compared).currency == "CLP"
    assert keeper(compared).recent(NOON).times.settled_s == 600
    (day,) = keeper(compared)._books.days
    assert (day.currency, day.policy_saving) == ("EUR", euros.policy_saving)
    assert keeper(compared).begun_at == NOON + 11 * MINUTE


async def test_prices_that_are_not_known_are_not_in_another_currency(
    compared: Home, hold: Poller
) -> None:
    planner = known_planner(compared)
    planner.curve = curve([145.0] * 24, currency="CLP")
    planner.make()
    hold(10)
    planner.curve = None
    planner.show(None, PlannerStatus.NO_PRICES)
    hold(1, NOON + 11 * MINUTE)
    assert keeper(compared).currency == "CLP"
    assert keeper(compared).begun_at == NOON


async def test_a_comparison_is_forgotten_with_the_plant(
    compared: Home, hold: Poller, hass_storage: dict[str, Any]
) -> None:
    hold(2)
    await keeper(compared).async_stop()
    key = comparison_store(compared.hass, compared.entry.entry_id).key
    assert key in hass_storage
    await compared.hass.config_entries.async_remove(compared.entry.entry_id)
    assert key not in hass_storage


async def test_a_real_policy_is_compared_with_a_real_plan(
    hass: HomeAssistant, home: Home, tmp_path: Path
) -> None:
    """It charges the empty battery, and discharges its shadow, which is full."""
    owner = Owner(home, own_folder(hass, tmp_path))
    put(owner.folder)
    pilot = await owner.asked(prices=True)
    await owner.choose(DispatchMode.POLICY_SHADOW)
    await owner.ask()
    today = keeper(home)._books.today
    assert today is not None
    assert not today.has_fallen_back
    assert today.contenders[Name.POLICY].intent is Intent.CHARGE
    full = today.contenders[Name.POLICY].brought_to(9.5, today.value_per_kwh)
    contenders = {**today.contenders, Name.POLICY: replace(full, told=None)}
    shifted = ComparisonBooks(today=replace(today, contenders=contenders))
    keeper(home)._books = shifted
    await home.poll()
    await owner.ask()
    assert pilot.run is not None
    assert max(pilot.run.question.stored_kwh) == pytest.approx(9.5, abs=0.01)
    keeper(home)._books = shifted  # what it was told before it was asked is forgotten
    await home.poll()
    await home.poll()
    assert pilot.decision is not None
    assert pilot.decision.intent is Intent.CHARGE
    policy = keeper(home).contender(Name.POLICY)
    assert policy is not None
    assert policy.intent is Intent.DISCHARGE
    assert 9.4 < policy.stored_kwh < 9.5
    assert written(home) == []
    assert home.state("policy_comparison").state != "unknown"


class Account:
    """A battery and its bill by plain arithmetic, which shares nothing with ours."""

    def __init__(self, stored_kwh: float) -> None:
        self.stored_kwh = stored_kwh
        self.cost = 0.0
        self.commanded_hours = 0.0

    def live(
        self, minutes: int, net_kw: float, told: Decision | None, prices: PriceStep
    ) -> None:
        """Do what was told as far as it goes."""
        hours = minutes / 60
        wish_kw = self._wish_kw(net_kw, told)
        most_kw = min(5.0, (self.stored_kwh - LOW_KWH) * 0.95 / hours)
        least_kw = -min(5.0, (HIGH_KWH - self.stored_kwh) / 0.95 / hours)
        power_kw = min(max(wish_kw, least_kw), most_kw)
        self.stored_kwh -= power_kw * hours * (1 / 0.95 if power_kw > 0 else 0.95)
        grid_kw = net_kw - power_kw
        price = prices.import_price if grid_kw > 0 else prices.export_price
        self.cost += (grid_kw * price + abs(power_kw) * 0.01) * hours
        if told is not None and told.intent is not Intent.SELF_CONSUMPTION:
            self.commanded_hours += hours

    def _wish_kw(self, net_kw: float, told: Decision | None) -> float:
        if told is None or told.intent is Intent.SELF_CONSUMPTION:
            return net_kw
        if told.power_kw is not None:
            return told.power_kw
        return min(net_kw, 0.0) if told.intent is Intent.STORE_SURPLUS else 0.0


class Referee:
    """Keeps the accounts of the contenders from what they are seen to be told."""

    def __init__(self, compared: Home) -> None:
        self.home = compared
        self.accounts = {name: Account(stored(compared, Name.PLAN)) for name in Name}
        self.look(NOON)

    def look(self, now: datetime) -> None:
        """Remember what everybody was told just now."""
        prices = known_planner(self.home).prices_now(now)
        assert prices is not None
        found = {name: keeper(self.home).contender(name) for name in Name}
        self.told = {name: one.told for name, one in found.items() if one is not None}
        self.net_kw, self.prices = house_kw(now), prices

    def settle(self, now: datetime) -> None:
        """Count the time until now, and look again."""
        net_kw = (self.net_kw + house_kw(now)) / 2
        for name, account in self.accounts.items():
            account.live(5, net_kw, self.told[name], self.prices)
        self.look(now)

    def savings(self, value: float) -> tuple[float, float]:
        """Return what policy and plan have saved; a stored kWh has that value."""
        worth = {
            name: one.stored_kwh * value - one.cost
            for name, one in self.accounts.items()
        }
        by_itself = worth[Name.SELF_CONSUMPTION]
        return worth[Name.POLICY] - by_itself, worth[Name.PLAN] - by_itself


class ByPrice:
    """A policy by a rule of thumb, which is silent for an hour each day."""

    is_loaded = True

    def __init__(self, planner: KnownPlanner) -> None:
        self.planner = planner

    def decide(
        self, now: datetime, measurement: Measurement, previous: Decision | None
    ) -> Decision | None:
        """Fill it for two hours while that is cheap, and then let it be used."""
        price = self.planner.prices_now(now)
        assert price is not None
        if now.hour == 3:
            return None
        if price.import_price > 0.2:
            return told(Intent.SELF_CONSUMPTION)
        return CHARGE if measurement.stored_kwh < 6.0 else KEEP


def house_kw(at: datetime) -> float:
    """Return what the house lacks: sun at noon, and an evening."""
    if 10 <= at.hour < 14:
        return -2.5
    return 2.0 if 17 <= at.hour < 22 else 0.6


def long_forecast(power_w: float) -> PowerForecast:
    """Return a forecast for more than a week."""
    whole = Interval(start=NOON - HOUR, end=NOON + timedelta(days=10))
    step = PowerStep(
        interval=whole, p10_w=0.9 * power_w, p50_w=power_w, p90_w=1.1 * power_w
    )
    return PowerForecast(source="test", steps=(step,))


def week(compared: Home, freezer: FrozenDateTimeFactory) -> Iterator[datetime]:
    """Let a week pass, with a poll each five minutes and a plan each two hours."""
    planner = known_planner(compared)
    planner.pv, planner.load = long_forecast(400.0), long_forecast(1200.0)
    for index in range(7 * 24 * 12 + 1):
        now = NOON + index * 5 * MINUTE
        freezer.move_to(now)
        if index % 24 == 0:
            planner.curve = curve(PRICES * 3, start=now - now.hour % 4 * HOUR)
            planner.plan = make_plan(planner.question(WhatIf(), now))
            planner._publish()
        power_w = 1000 * house_kw(now)
        keeper(compared).async_take(telemetry(now, grid_power_w=power_w))
        yield now


async def test_a_week_in_the_shadow_comes_to_what_arithmetic_says(
    compared: Home, freezer: FrozenDateTimeFactory
) -> None:
    planner = known_planner(compared)
    use(compared, ByPrice(planner))
    passing = week(compared, freezer)
    assert next(passing) == NOON
    referee = Referee(compared)
    for now in passing:
        referee.settle(now)
    end = NOON + timedelta(days=7)
    for name, account in referee.accounts.items():
        assert stored(compared, name) == pytest.approx(account.stored_kwh)
    assert planner.plan is not None
    step = planner.plan.step_at(end)
    assert step is not None
    by_policy, by_plan = referee.savings(step.value)
    assert by_plan > by_policy > 0
    assert referee.accounts[Name.POLICY].commanded_hours > 50
    assert referee.accounts[Name.PLAN].commanded_hours > 20
    days = [*keeper(compared)._books.days, keeper(compared).today(end)]
    assert sum(day.policy_saving for day in days) == pytest.approx(by_policy)
    assert sum(day.plan_saving for day in days) == pytest.approx(by_plan)
    assert sum(day.times.fallback_s for day in days) == 7 * 3600
    assert sum(day.times.settled_s for day in days) == 7 * 24 * 3600
    # Noon to noon are eight days of the calendar: the sensor shows the last seven.
    shown = float(compared.state("policy_comparison").state)
    assert shown == pytest.approx(by_policy - by_plan - days[0].advantage, abs=1e-3)
