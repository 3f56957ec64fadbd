"""The appliance starts once a day, in the cheapest hours of the plan."""

from datetime import date, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall, State
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
    mock_restore_cache,
)

from .blueprints import TO_PHONE, messages, use
from .home import Home
from .planned import HOUR, NOON, KnownPlanner, curve, give_planner

PRICE = "sensor.energy_manager_import_price"
TICK = timedelta(minutes=5)
EVENING = "2026-11-20T22:00:00"


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Return True: an automation goes on watching the time."""
    return True


class Laundry:
    """A washing machine, and the clock of the house it stands in."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass = hass
        self.freezer = freezer
        self.starts: list[datetime] = []
        self.sent: list[ServiceCall] = []

    def at(self, moment: str) -> Laundry:
        """Let it be some time, by the clock on the wall."""
        parsed = dt_util.parse_datetime(moment, raise_on_error=True)
        zone = dt_util.get_default_time_zone()
        self.freezer.move_to(dt_util.as_utc(parsed.replace(tzinfo=zone)))
        return self

    async def use(self, price: str | None = PRICE, **inputs: Any) -> Laundry:
        """Make the automation."""
        async_mock_service(self.hass, "test", "start")
        chosen = {
            "price": price,
            "start": [{"action": "test.start"}],
            "minutes": 60,
            "notify": [TO_PHONE],
            **inputs,
        }
        self.hass.bus.async_listen("call_service", self._hear)
        self.sent = await use(self.hass, "start_appliance.yaml", **chosen)
        return self

    def _hear(self, event: Any) -> None:
        if event.data["domain"] == "test":
            self.starts.append(dt_util.now())

    async def live(self, hours: float) -> Laundry:
        """Let time pass, a tick after the other."""
        for _ in range(round(hours * HOUR / TICK)):
            self.freezer.tick(TICK)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()
        return self

    @property
    def started(self) -> list[str]:
        """When the appliance was started, by the clock on the wall."""
        return [f"{when:%d %H:%M}" for when in self.starts]


@pytest.fixture
async def laundry(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Laundry:
    """Return a washing machine in Berlin."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    return Laundry(hass, freezer).at(EVENING)


def show(hass: HomeAssistant, prices: list[float], step: timedelta = HOUR) -> None:
    """Let the sensor list prices from the current hour on."""
    start = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    listed = [
        {
            "start": dt_util.as_local(start + index * step).isoformat(),
            "end": dt_util.as_local(start + (index + 1) * step).isoformat(),
            "import_price": price,
        }
        for index, price in enumerate(prices)
    ]
    attributes = {"prices": listed, "unit_of_measurement": "EUR/kWh"}
    hass.states.async_set(PRICE, str(prices[0]), attributes)


async def test_it_starts_once_and_when_that_costs_least(laundry: Laundry) -> None:
    show(laundry.hass, [0.3, 0.3, 0.2, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.05])
    await laundry.use()
    await laundry.live(12)
    assert laundry.started == ["21 01:00"], "05 ct would be too late to be done by 7"
    assert not laundry.sent


async def test_it_starts_where_the_whole_run_costs_least(laundry: Laundry) -> None:
    """The cheapest quarter of an hour alone is not what counts."""
    quarter = timedelta(minutes=15)
    prices = [0.3] * 4 + [0.01, 0.9, 0.9, 0.9] + [0.2] * 4 + [0.3] * 24
    show(laundry.hass, prices, quarter)
    await laundry.use()
    await laundry.live(9)
    assert laundry.started == ["21 00:00"]


async def test_negative_prices_are_the_cheapest(laundry: Laundry) -> None:
    show(laundry.hass, [0.1, 0.0, -0.2, -0.3, -0.1, 0.1, 0.1, 0.1, 0.1])
    await laundry.use(minutes=120, tell_always=True)
    await laundry.live(9)
    assert laundry.started == ["21 00:00"]
    assert messages(laundry.sent) == [
        "The hours from now on cost least: -0.25 EUR/kWh on average."
    ]


async def test_the_same_price_all_night_starts_it_at_once(laundry: Laundry) -> None:
    show(laundry.hass, [0.3] * 10)
    await (await laundry.use()).live(9)
    assert laundry.started == ["20 22:05"]


async def test_without_prices_it_starts_just_in_time_and_says_so(
    laundry: Laundry,
) -> None:
    await (await laundry.use(minutes=100)).live(12)
    assert laundry.started == ["21 05:20"]
    assert messages(laundry.sent) == [
        "Prices are not known, so it was started at the latest time."
    ]


async def test_prices_that_end_too_soon_are_none(laundry: Laundry) -> None:
    show(laundry.hass, [0.3])
    await (await laundry.use(minutes=180)).live(12)
    assert laundry.started == ["21 04:00"]
    assert len(laundry.sent) == 1


async def test_prices_that_come_later_count(laundry: Laundry) -> None:
    await (await laundry.use()).live(2)
    show(laundry.hass, [0.3, 0.2, 0.1, 0.3, 0.3, 0.3, 0.3])
    await laundry.live(8)
    assert laundry.started == ["21 02:00"]


async def test_each_day_has_a_start_of_its_own(laundry: Laundry) -> None:
    laundry.at("2026-11-20T21:00:00")
    await laundry.use()
    for _ in range(3):
        show(laundry.hass, [0.3, 0.3, 0.1, *[0.3] * 30])
        await laundry.live(24)
    assert laundry.started == ["20 23:00", "21 23:00", "22 23:00"]


async def test_a_restart_does_not_start_it_again(laundry: Laundry) -> None:
    before = State(
        "automation.ours", "on", {"last_triggered": "2026-11-20T21:30:00+00:00"}
    )
    laundry.at("2026-11-21T00:00:00")
    mock_restore_cache(laundry.hass, [before])
    show(laundry.hass, [0.3, 0.1, *[0.3] * 10])
    await (await laundry.use()).live(8)
    assert not laundry.started


async def test_what_a_restart_has_missed_is_made_up_for(laundry: Laundry) -> None:
    laundry.at("2026-11-21T06:31:00")
    await (await laundry.use()).live(4)
    assert laundry.started == ["21 06:36"]
    assert messages(laundry.sent)[0].endswith("it will not be done by 07:00.")


async def test_conditions_keep_it_from_starting(laundry: Laundry) -> None:
    closed = {
        "condition": "state",
        "entity_id": "binary_sensor.door",
        "state": "off",
    }
    show(laundry.hass, [0.1, *[0.3] * 10])
    laundry.hass.states.async_set("binary_sensor.door", "on")
    await (await laundry.use(ready=[closed])).live(3)
    assert not laundry.started
    laundry.hass.states.async_set("binary_sensor.door", "off")
    await laundry.live(6)
    assert laundry.started == ["21 01:05"]


@pytest.mark.parametrize(
    ("evening", "hours"),
    [(date(2026, 3, 28), 8), (date(2026, 10, 24), 10)],
    ids=["forward", "back"],
)
async def test_the_clock_is_changed_and_it_is_done_in_time(
    laundry: Laundry, evening: date, hours: int
) -> None:
    laundry.at(f"{evening}T22:00:00")
    await (await laundry.use(minutes=180)).live(hours + 4)
    morning = f"{evening + timedelta(days=1):%d}"
    assert laundry.started == [f"{morning} 04:00"]


async def test_the_hour_that_comes_twice_can_be_the_cheapest(laundry: Laundry) -> None:
    laundry.at("2026-10-24T22:00:00")
    show(laundry.hass, [0.3, 0.3, 0.3, 0.3, 0.3, 0.1, 0.3, 0.3, 0.3, 0.3, 0.3])
    await (await laundry.use()).live(14)
    assert [when.isoformat() for when in laundry.starts] == [
        "2026-10-25T02:00:00+01:00"
    ]


async def test_a_window_by_day_ends_on_the_same_day(laundry: Laundry) -> None:
    await laundry.use(earliest="09:00:00", done_by="15:00:00")
    await laundry.live(24)
    assert laundry.started == ["21 14:00"]


async def test_the_prices_of_a_real_plan_are_understood(
    controlled_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON)
    home = controlled_home
    planner = KnownPlanner(home.hass)
    planner.curve = curve([0.3, 0.25, -0.05, 0.2] + [0.4] * 20)
    await give_planner(home, planner)
    planner.make()
    await home.hass.async_block_till_done()
    zone = dt_util.get_default_time_zone()
    local = NOON.astimezone(zone)
    laundry = await Laundry(home.hass, freezer).use(
        home.entity_id("import_price"),
        earliest=f"{local:%H:%M:%S}",
        done_by=f"{local + 8 * HOUR:%H:%M:%S}",
    )
    await laundry.live(4)
    assert laundry.starts == [NOON + 2 * HOUR]
