"""Prices arrive, are judged, filled and kept up to date, whatever the source does."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import (
    CoreState,
    HomeAssistant,
    ServiceCall,
    SupportsResponse,
)
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep
from custom_components.bessai.market_data import MarketData
from custom_components.bessai.planning.price_series import NoteKind
from custom_components.bessai.planning.tariff import parse_periods
from custom_components.bessai.price_history import PriceHistory
from custom_components.bessai.price_notes import show_notes
from custom_components.bessai.price_options import ExportMode, PriceOptions
from custom_components.bessai.texts import async_load_texts

TODAY = datetime(2026, 11, 20, 23, tzinfo=UTC)
"""Midnight in Berlin, a Saturday."""

H = timedelta(hours=1)
DAY = 24 * H
NOW = TODAY + 12 * H + timedelta(minutes=5)
SENSOR, EXPORT = "sensor.prices", "sensor.export_prices"
RISING = [0.1 + 0.01 * hour for hour in range(24)]


@pytest.fixture(autouse=True)
async def berlin(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Live in Germany, at noon."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await hass.config.async_update(currency="EUR")
    freezer.move_to(NOW)


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return an entry for the names of files."""
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    return entry


def rows(
    start: datetime, values: Iterable[float | None], apart: timedelta = H
) -> list[dict[str, Any]]:
    """Return a list as many integrations keep it."""
    return [
        {"start": (start + index * apart).isoformat(), "value": value}
        for index, value in enumerate(values)
    ]


def show(
    hass: HomeAssistant,
    prices: list[dict[str, Any]],
    *,
    unit: str | None = "EUR/kWh",
    entity_id: str = SENSOR,
) -> None:
    """Let a price sensor show a list."""
    attributes: dict[str, Any] = {"prices": prices}
    if unit is not None:
        attributes["unit_of_measurement"] = unit
    hass.states.async_set(entity_id, "0.12", attributes)


async def refreshed(
    hass: HomeAssistant, entry: MockConfigEntry, **options: Any
) -> MarketData:
    """Return prices that were asked for once."""
    market = MarketData(hass, entry, PriceOptions(**({"source": SENSOR} | options)))
    await market.async_refresh()
    return market


def kinds(market: MarketData) -> list[NoteKind]:
    """Return what is noted."""
    return [note.kind for note in market.notes]


def curve_of(market: MarketData) -> PriceCurve:
    """Return the curve that has to be there."""
    assert market.curve is not None, market.notes
    return market.curve


def now_of(market: MarketData) -> PriceStep:
    """Return the prices of now, which have to be there."""
    step = market.current(NOW)
    assert step is not None, market.notes
    return step


async def words(hass: HomeAssistant, market: MarketData) -> list[str]:
    """Return the notes as people read them."""
    return show_notes(await async_load_texts(hass), market.notes)


async def test_a_list_of_today_becomes_a_curve_for_two_days(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, rows(TODAY, RISING))
    market = await refreshed(hass, entry)
    curve = curve_of(market)
    assert curve.start == TODAY + 12 * H
    assert curve.known_until == TODAY + DAY
    assert curve.end == NOW + 2 * DAY
    assert now_of(market).spot_price == pytest.approx(0.22)
    assert market.notes == ()
    assert market.source_name == "prices"


async def test_fees_taxes_and_periods_are_in_the_import_price(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, rows(TODAY, RISING))
    market = await refreshed(
        hass,
        entry,
        fee=0.08,
        tax_pct=19,
        spot_factor=1.1,
        periods=parse_periods("Sa 12:00-13:00 0.05"),
        export_fee=0.01,
        export_factor=0.9,
    )
    step = now_of(market)
    assert step.import_price == pytest.approx((0.22 * 1.1 + 0.08 + 0.05) * 1.19)
    assert step.export_price == pytest.approx(0.22 * 0.9 - 0.01)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"export_mode": ExportMode.FIXED, "export_price": 0.0786}, 0.0786),
        ({"export_mode": ExportMode.SAME, "fee": 0.1}, 0.32),
        (
            {
                "export_mode": ExportMode.FORMULA,
                "fee": 0.1,
                "export_formula": "import_price / 2 + period",
                "periods": parse_periods("00:00-24:00 0.02"),
            },
            0.19,
        ),
    ],
    ids=["fixed", "same", "formula"],
)
async def test_export_price_is_what_the_owner_says(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    options: dict[str, Any],
    expected: float,
) -> None:
    show(hass, rows(TODAY, RISING))
    market = await refreshed(hass, entry, **options)
    assert now_of(market).export_price == pytest.approx(expected)


async def test_import_price_by_a_formula_knows_the_local_time(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, rows(TODAY, RISING))
    formula = "{{ (price + (0.1 if start.hour == 12 else 0)) * 1.2 }}"
    market = await refreshed(hass, entry, import_formula=formula)
    assert now_of(market).import_price == pytest.approx(0.32 * 1.2)
    later = market.current(NOW + H)
    assert later is not None
    assert later.import_price == pytest.approx(0.23 * 1.2)


@pytest.mark.parametrize(
    ("formula", "words_in_it"),
    [
        ("price / 0", "division by zero"),
        ("prise * 2", "prise"),
        ("states('sensor.x')", "not supported"),
        ("'dear'", "dear"),
        ("price * 1e308 * 10", "inf"),
        ("(price", "(price"),
        ("10**5000", "10**5000"),
    ],
)
async def test_a_formula_that_fails_is_named_and_nothing_is_planned(
    hass: HomeAssistant, entry: MockConfigEntry, formula: str, words_in_it: str
) -> None:
    show(hass, rows(TODAY, RISING))
    market = await refreshed(hass, entry, import_formula=formula)
    assert market.curve is None
    assert kinds(market) == [NoteKind.FORMULA_FAILED]
    (sentence,) = await words(hass, market)
    assert words_in_it in sentence
    assert "21.11. 12:00" in sentence


async def test_export_market_of_its_own(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, rows(TODAY, RISING))
    show(hass, rows(TODAY, [5.0] * 24), unit="ct/kWh", entity_id=EXPORT)
    options = {"export_mode": ExportMode.SOURCE, "export_source": EXPORT}
    market = await refreshed(hass, entry, **options)
    assert now_of(market).export_price == pytest.approx(0.05)


async def test_an_export_market_that_is_silent_is_named_and_survived(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, rows(TODAY, RISING))
    options = {"export_mode": ExportMode.SOURCE, "export_source": EXPORT}
    market = await refreshed(hass, entry, **options)
    assert kinds(market) == [NoteKind.SOURCE_FAILED]
    assert now_of(market).confidence == 0, "nobody knows what exporting earns"


async def test_fixed_tariff_needs_nobody(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    market = await refreshed(
        hass, entry, source="fixed", fixed_price=0.3, export_price=0.08
    )
    curve = curve_of(market)
    assert len(curve.steps) == 1
    assert curve.known_until == curve.end == NOW + 2 * DAY
    step = now_of(market)
    assert (step.import_price, step.export_price) == (0.3, 0.08)
    assert step.spot_price is None
    assert curve.currency == "EUR"
    assert market.source_name == "fixed"


async def test_time_of_use_switches_at_its_times(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    market = await refreshed(
        hass,
        entry,
        source="time_of_use",
        fixed_price=0.3,
        tax_pct=10,
        periods=parse_periods("22:00-06:00 0.1"),
        price_horizon_h=24,
    )
    prices = [
        (step.interval.start, round(step.import_price, 3)) for step in curve_of(market)
    ]
    assert prices == [
        (TODAY + 12 * H, 0.33),
        (TODAY + 22 * H, 0.11),
        (TODAY + DAY, 0.11),
        (TODAY + 30 * H, 0.33),
    ]


async def test_time_of_use_by_a_formula(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    market = await refreshed(
        hass,
        entry,
        source="time_of_use",
        fixed_price=0.3,
        periods=parse_periods("12:00-13:00 0.1"),
        import_formula="price * 2 + period",
        export_mode=ExportMode.FORMULA,
        export_formula="price / 2",
    )
    assert now_of(market).import_price == pytest.approx(0.2)
    assert now_of(market).export_price == pytest.approx(0.05)


async def test_without_a_source_nothing_is_asked(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    market = MarketData(hass, entry, PriceOptions())
    await market.async_start()
    assert market.curve is None
    assert kinds(market) == [NoteKind.NOT_CHOSEN]
    assert market.current(NOW) is None
    await market.async_stop()


async def test_a_price_alone_is_filled_with_a_forecast(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hass.states.async_set(SENSOR, "31", {"unit_of_measurement": "ct/kWh"})
    market = await refreshed(hass, entry)
    curve = curve_of(market)
    assert curve.known_until == TODAY + timedelta(hours=12.25)
    assert {round(step.import_price, 6) for step in curve} == {0.31}
    assert curve.steps[-1].confidence == 0
    assert kinds(market) == [NoteKind.FORECAST_ONLY]


async def test_chilean_marginal_costs_in_dollars(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await hass.config.async_set_time_zone("America/Santiago")
    await hass.config.async_update(currency="CLP")
    items = [
        {"fecha": "2026-11-21", "hra": hour, "cmg_usd_mwh_": "60,5"}
        for hour in range(24)
    ]
    hass.states.async_set(SENSOR, "ok", {"data": items})
    market = await refreshed(hass, entry, exchange_rate=950.0)
    assert curve_of(market).currency == "CLP"
    assert now_of(market).import_price == pytest.approx(60.5 * 0.95)
    assert kinds(market) == [NoteKind.ZONE_ASSUMED]


async def test_another_currency_without_a_rate_stays_and_is_named(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, rows(TODAY, [1.0] * 24), unit="SEK/kWh")
    market = await refreshed(hass, entry)
    assert curve_of(market).currency == "SEK"
    assert kinds(market) == [NoteKind.CURRENCY_DIFFERS]


# What a list can be like, and what comes of it.
HOURS = rows(TODAY, RISING)
STALE = rows(TODAY - DAY, RISING)


@pytest.mark.parametrize(
    ("prices", "unit", "expected"),
    [
        pytest.param(HOURS[::-1], "EUR/kWh", [NoteKind.OUT_OF_ORDER], id="wrong order"),
        pytest.param(HOURS[:15] + HOURS[16:], "EUR/kWh", [NoteKind.GAP], id="gap"),
        pytest.param(
            rows(TODAY, [*RISING[:15], float("nan"), *RISING[16:]]),
            "EUR/kWh",
            [NoteKind.NOT_A_NUMBER, NoteKind.GAP],
            id="not a number",
        ),
        pytest.param(
            HOURS + rows(TODAY + 20 * H, [9.9]),
            "EUR/kWh",
            [NoteKind.OUT_OF_ORDER, NoteKind.DUPLICATE, NoteKind.IMPLAUSIBLE],
            id="duplicate",
        ),
        pytest.param(rows(TODAY, [-0.05] * 24), "EUR/kWh", [], id="negative"),
        pytest.param(rows(TODAY, [12_000.0] * 24), "ct/MWh", [], id="cents per MWh"),
        pytest.param(HOURS, None, [NoteKind.UNIT_ASSUMED], id="no unit"),
        pytest.param(
            rows(TODAY, RISING * 4, H / 4) + rows(TODAY + DAY, RISING),
            "EUR/kWh",
            [],
            id="quarter hours become hours",
        ),
    ],
)
async def test_what_is_odd_is_named_and_survived(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    prices: list[dict[str, Any]],
    unit: str | None,
    expected: list[NoteKind],
) -> None:
    show(hass, prices, unit=unit)
    market = await refreshed(hass, entry)
    assert now_of(market).confidence == 1
    seen = kinds(market)
    assert [kind for kind in expected if kind in seen] == expected or not expected
    assert set(seen) <= {*expected, NoteKind.GAP}
    assert len(await words(hass, market)) == len(seen)


@pytest.mark.parametrize(
    ("prices", "unit", "expected", "sentence"),
    [
        pytest.param(
            STALE, "EUR/kWh", NoteKind.STALE, "ended at 2026-11-21 00:00", id="stale"
        ),
        pytest.param(
            rows(TODAY, [25.0] * 24),
            "EUR/kWh",
            NoteKind.UNIT_WRONG,
            "above 25.0 EUR per kWh",
            id="cents called euros",
        ),
        pytest.param(
            HOURS, "EUR/m³", NoteKind.UNIT_UNKNOWN, "“EUR/m³” is not known", id="gas"
        ),
        pytest.param(
            rows(TODAY, [None] * 24),
            "EUR/kWh",
            NoteKind.NO_PRICES,
            "no price that can be read",
            id="nothing but holes",
        ),
        pytest.param(
            HOURS[:12] + HOURS[13:],
            "EUR/kWh",
            NoteKind.STALE,
            "ended at 2026-11-21 12:00",
            id="a gap now",
        ),
    ],
)
async def test_on_doubt_there_is_no_curve_and_the_reason_comes_first(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    prices: list[dict[str, Any]],
    unit: str,
    expected: NoteKind,
    sentence: str,
) -> None:
    show(hass, prices, unit=unit)
    market = await refreshed(hass, entry)
    assert market.curve is None
    assert market.notes[0].kind is expected
    assert market.notes[0].is_blocking
    assert sentence in (await words(hass, market))[0]


async def test_the_owner_has_the_last_word_on_the_unit(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, rows(TODAY, [25.0] * 24), unit="EUR/kWh")
    market = await refreshed(hass, entry, unit="ct/kWh")
    assert now_of(market).import_price == pytest.approx(0.25)
    assert market.notes == ()


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
    ids=["spring", "autumn"],
)
async def test_days_on_which_the_clock_is_changed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    day: datetime,
    hours: int,
) -> None:
    freezer.move_to(day + timedelta(minutes=1))
    show(hass, rows(day, [0.01 * hour for hour in range(hours)]))
    curve = curve_of(await refreshed(hass, entry))
    assert curve.start == day
    assert curve.known_until == day + hours * H
    known = [step.spot_price for step in curve if step.confidence == 1]
    assert known == pytest.approx([0.01 * hour for hour in range(hours)])


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, until: datetime
) -> None:
    """Let it be later."""
    freezer.move_to(until)
    async_fire_time_changed(hass, until)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_new_prices_of_the_entity_are_taken_over(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    market = MarketData(hass, entry, PriceOptions(source=SENSOR))
    heard: list[PriceCurve | None] = []
    remove = market.async_add_listener(lambda: heard.append(market.curve))
    await market.async_start()
    assert heard == [None]
    assert kinds(market) == [NoteKind.SOURCE_FAILED]
    show(hass, HOURS)
    await pass_time(hass, freezer, NOW + timedelta(seconds=5))
    assert heard[-1] is market.curve is not None
    remove()
    remove()
    await market.async_refresh()
    assert len(heard) == 2
    await market.async_stop()


async def test_what_loads_after_us_is_asked_once_all_have_started(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hass.set_state(CoreState.starting)
    market = MarketData(hass, entry, PriceOptions(source="entity", price_entity=SENSOR))
    await market.async_start()
    assert market.curve is None
    show(hass, HOURS)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert market.curve is not None
    await market.async_stop()


async def test_midnight_passes_and_the_curve_moves_on(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    show(hass, HOURS + rows(TODAY + DAY, [0.5] * 24))
    market = MarketData(hass, entry, PriceOptions(source=SENSOR))
    await market.async_start()
    midnight = TODAY + DAY
    await pass_time(hass, freezer, midnight + timedelta(seconds=1))
    assert curve_of(market).start == midnight
    assert curve_of(market).steps[0].spot_price == 0.5
    await market.async_stop()


async def test_prices_that_end_are_stale_and_not_followed(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    show(hass, HOURS)
    market = MarketData(hass, entry, PriceOptions(source=SENSOR))
    await market.async_start()
    await pass_time(hass, freezer, TODAY + timedelta(hours=15, seconds=1))
    assert kinds(market) == [NoteKind.ENDS_EARLY], "tomorrow should be there"
    assert market.curve is not None
    await pass_time(hass, freezer, TODAY + DAY + timedelta(seconds=1))
    assert market.curve is None
    assert kinds(market) == [NoteKind.STALE]
    await market.async_stop()


class Market:
    """An action that publishes tomorrow when told to."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.entry = MockConfigEntry(domain="tibber", title="Home")
        self.entry.add_to_hass(hass)
        self.days = {"2026-11-21": RISING}
        self.calls: list[str] = []
        self.fails = False

        async def handle(call: ServiceCall) -> Any:
            day = call.data["start"][:10]
            self.calls.append(day)
            if self.fails:
                raise ConnectionError("the server is down")
            start = datetime.fromisoformat(call.data["start"])
            values = self.days.get(day, [])
            prices = [
                {"start_time": row["start"], "price": row["value"]}
                for row in rows(start, values)
            ]
            return {"prices": {"Home": prices}}

        hass.services.async_register(
            "tibber", "get_prices", handle, supports_response=SupportsResponse.ONLY
        )

    @property
    def options(self) -> PriceOptions:
        """Choose this one."""
        return PriceOptions(source=f"tibber:{self.entry.entry_id}")


async def test_a_server_is_asked_until_tomorrow_is_there_and_then_left_alone(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    server = Market(hass)
    market = MarketData(hass, entry, server.options)
    await market.async_start()
    assert server.calls == ["2026-11-21", "2026-11-22"]
    await pass_time(hass, freezer, TODAY + timedelta(hours=12.25, seconds=1))
    assert len(server.calls) == 4, "it is late enough for tomorrow"
    server.days["2026-11-22"] = RISING
    await pass_time(hass, freezer, TODAY + timedelta(hours=12.5, seconds=1))
    assert curve_of(market).known_until == TODAY + 2 * DAY
    calls = len(server.calls)
    for quarter in range(3, 8):
        at = TODAY + timedelta(hours=12 + quarter / 4, seconds=1)
        await pass_time(hass, freezer, at)
    assert len(server.calls) == calls
    await pass_time(hass, freezer, TODAY + timedelta(hours=19, seconds=1))
    assert len(server.calls) == calls + 2, "corrections are rare, but there are some"
    await market.async_stop()


async def test_a_server_that_was_asked_by_a_clock_ahead_is_asked_again(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    server = Market(hass)
    server.days["2026-11-23"] = server.days["2026-11-24"] = RISING
    freezer.move_to(NOW + 2 * DAY)
    market = await refreshed(hass, entry, source=server.options.source)
    freezer.move_to(NOW)
    await market.async_refresh()
    assert curve_of(market).start <= NOW


async def test_a_server_that_fails_is_asked_again_and_old_prices_stay(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Market(hass)
    server.fails = True
    market = MarketData(hass, entry, server.options)
    await market.async_start()
    assert market.curve is None
    (sentence,) = await words(hass, market)
    assert "the server is down" in sentence
    server.fails = False
    await pass_time(hass, freezer, NOW + timedelta(seconds=61))
    assert curve_of(market).known_until == TODAY + DAY
    assert market.notes == ()
    server.fails = True
    for quarter in (1, 2, 3):
        at = TODAY + timedelta(hours=12 + quarter / 4, seconds=1)
        await pass_time(hass, freezer, at)
    assert kinds(market) == [NoteKind.SOURCE_FAILED]
    assert curve_of(market).known_until == TODAY + DAY, "they are still true"
    assert caplog.text.count("No prices from") == 2, "said once each time"
    assert caplog.text.count("There are prices") == 1
    await market.async_stop()


async def test_tomorrow_once_known_is_not_forgotten(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    server = Market(hass)
    server.days["2026-11-22"] = RISING
    market = MarketData(hass, entry, server.options)
    await market.async_start()
    del server.days["2026-11-22"]
    await pass_time(hass, freezer, TODAY + timedelta(hours=19, seconds=1))
    assert len(server.calls) == 4
    assert curve_of(market).known_until == TODAY + 2 * DAY
    server.days.clear()
    await pass_time(hass, freezer, TODAY + timedelta(hours=26, seconds=1))
    assert kinds(market) == [NoteKind.SOURCE_FAILED]
    (sentence,) = await words(hass, market)
    assert "an answer without prices" in sentence
    assert curve_of(market).known_until == TODAY + 2 * DAY
    await market.async_stop()


async def test_a_price_alone_that_goes_away_is_stale(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set(SENSOR, "0.3", {"unit_of_measurement": "EUR/kWh"})
    market = MarketData(hass, entry, PriceOptions(source=SENSOR))
    await market.async_start()
    assert market.curve is not None
    hass.states.async_set(SENSOR, "unavailable")
    await pass_time(hass, freezer, TODAY + timedelta(hours=12.25, seconds=1))
    assert market.curve is None
    assert market.notes[0].kind is NoteKind.STALE
    await market.async_stop()


async def test_a_fixed_import_price_beside_an_export_market(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, rows(TODAY, RISING), entity_id=EXPORT)
    market = await refreshed(
        hass,
        entry,
        source="fixed",
        fixed_price=0.3,
        export_mode=ExportMode.SOURCE,
        export_source=EXPORT,
        export_fee=0.02,
    )
    step = now_of(market)
    assert step.import_price == 0.3
    assert step.export_price == pytest.approx(0.2)
    assert step.spot_price is None


async def test_a_current_export_price_is_filled_with_a_forecast(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, HOURS)
    hass.states.async_set(EXPORT, "0.05", {"unit_of_measurement": "EUR/kWh"})
    options = {"export_mode": ExportMode.SOURCE, "export_source": EXPORT}
    market = await refreshed(hass, entry, **options)
    assert now_of(market).export_price == 0.05
    assert kinds(market) == [NoteKind.FORECAST_ONLY]


async def test_a_rate_is_not_for_prices_in_the_homes_currency(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, HOURS)
    market = await refreshed(hass, entry, exchange_rate=950.0)
    assert now_of(market).import_price == pytest.approx(0.22)


async def test_another_currency_in_later_prices_replaces_all(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    server = Market(hass)
    server.days["2026-11-22"] = RISING
    market = MarketData(hass, entry, server.options)
    await market.async_refresh()
    del server.days["2026-11-22"]
    await hass.config.async_update(currency="SEK")
    freezer.move_to(NOW + 7 * H)
    await market.async_refresh()
    assert curve_of(market).currency == "SEK"
    assert curve_of(market).known_until == TODAY + DAY


async def test_stopping_while_it_retries_leaves_nothing_behind(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    server = Market(hass)
    server.fails = True
    market = MarketData(hass, entry, server.options)
    await market.async_start()
    await market.async_stop()
    calls = len(server.calls)
    await pass_time(hass, freezer, NOW + timedelta(hours=1))
    assert len(server.calls) == calls


async def test_stopped_while_it_starts_it_does_not_listen(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    server = Market(hass)
    market = MarketData(hass, entry, server.options)
    starting = hass.async_create_task(market.async_start())
    await market.async_stop()
    await starting
    await market.async_stop()
    calls = len(server.calls)
    await pass_time(hass, freezer, NOW + timedelta(hours=1))
    assert len(server.calls) == calls


async def test_a_mishap_is_logged_and_the_last_curve_stays(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    show(hass, HOURS)
    market = await refreshed(hass, entry)
    before = curve_of(market)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("custom_components.bessai.price_sources.read_attributes", fail)
    await market.async_refresh()
    assert market.curve is before
    assert "could not be refreshed" in caplog.text


async def test_what_was_learned_outlives_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    show(hass, HOURS)
    market = MarketData(hass, entry, PriceOptions(source=SENSOR))
    await market.async_start()
    await market.async_stop()
    freezer.move_to(NOW + DAY)
    hass.states.async_set(SENSOR, "0.9", {"unit_of_measurement": "EUR/kWh"})
    again = await refreshed(hass, entry)
    step = again.current(NOW + DAY + 3 * H)
    assert step is not None
    assert step.spot_price == pytest.approx(0.25), "as yesterday at this time"
    other = await refreshed(hass, entry, series="elsewhere")
    step = other.current(NOW + DAY + 3 * H)
    assert step is not None
    assert step.spot_price == pytest.approx(0.9), "those were other prices"
    history = PriceHistory(hass, entry.entry_id)
    await history.async_remove()
    assert f"{DOMAIN}.{entry.entry_id}.prices" not in hass_storage


@pytest.mark.usefixtures("hass_storage")
async def test_a_source_that_comes_late_costs_no_history(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    options = PriceOptions(
        source=SENSOR, export_mode=ExportMode.SOURCE, export_source=EXPORT
    )
    show(hass, HOURS)
    show(hass, HOURS, entity_id=EXPORT)
    market = MarketData(hass, entry, options)
    await market.async_start()
    await market.async_stop()
    freezer.move_to(NOW + DAY)
    hass.states.async_remove(SENSOR)
    hass.states.async_set(EXPORT, "0.1", {"unit_of_measurement": "EUR/kWh"})
    again = MarketData(hass, entry, options)
    await again.async_start()
    assert again.curve is None
    show(hass, rows(TODAY + DAY, RISING))
    await again.async_refresh()
    past = await again.async_past(Interval(start=TODAY, end=NOW + DAY))
    assert past is not None
    assert past.start == TODAY
    await again.async_stop()


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"source": "x", "tracks": 3},
        {"source": "x", "tracks": {"a": {"b": 1}}},
        {"source": "x", "tracks": {"a": {"9" * 13: 1}}},
        {"source": "x", "tracks": {"a": {"9" * 30: 1}}},
    ],
)
async def test_a_damaged_history_is_an_empty_one(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    document: dict[str, Any],
) -> None:
    key = f"{DOMAIN}.{entry.entry_id}.prices"
    hass_storage[key] = {"version": 1, "key": key, "data": document}
    show(hass, HOURS)
    market = await refreshed(hass, entry)
    assert market.curve is not None


async def test_entity_chosen_by_hand(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, HOURS)
    market = await refreshed(hass, entry, source="entity", price_entity=SENSOR)
    assert market.curve is not None
    missing = await refreshed(hass, entry, source="entity")
    (sentence,) = await words(hass, missing)
    assert "no entity is chosen" in sentence
    assert missing.curve is None


async def test_many_notes_of_a_kind_are_few(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    holes = [value if hour % 2 == 0 else None for hour, value in enumerate(RISING)]
    show(hass, rows(TODAY, holes))
    market = await refreshed(hass, entry)
    assert kinds(market).count(NoteKind.GAP) == 3


async def test_a_list_of_thousands_does_not_hold_the_loop(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The loop is asked for the time while prices are read and put together."""
    show(hass, rows(TODAY - DAY, [0.1] * 5000, H / 4))
    formula = "(price + 0.1) * 1.2"
    market = MarketData(
        hass, entry, PriceOptions(source=SENSOR, import_formula=formula)
    )
    worst = 0.0
    task = hass.async_create_task(market.async_refresh())
    while not task.done():
        begin = time.perf_counter()
        await hass.async_add_executor_job(lambda: None)
        worst = max(worst, time.perf_counter() - begin)
    assert market.curve is not None
    assert worst < 1.0, "a bound for slow machines, not the budget"


async def test_prices_of_the_past_are_those_remembered(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    show(hass, HOURS)
    market = await refreshed(hass, entry, fee=0.05)
    assert market.publishes_daily
    past = await market.async_past(Interval(start=TODAY - DAY, end=TODAY + 3 * H))
    assert past is not None
    assert (past.start, past.end) == (TODAY, TODAY + 3 * H)
    assert past.steps[4].import_price == pytest.approx(0.16)
    before = Interval(start=TODAY - 3 * DAY, end=TODAY - 2 * DAY)
    assert await market.async_past(before) is None


async def test_a_tariff_was_always_what_it_is(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    market = await refreshed(hass, entry, source="fixed", fixed_price=0.3)
    assert not market.publishes_daily
    span = Interval(start=TODAY - 3 * DAY, end=TODAY)
    past = await market.async_past(span)
    assert past is not None
    assert (past.start, past.end) == (span.start, span.end)
    nothing = await refreshed(hass, entry, source="none")
    assert await nothing.async_past(span) is None


async def test_a_formula_that_fails_on_the_past_is_logged(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    market = await refreshed(hass, entry, source="fixed", import_formula="nope")
    assert await market.async_past(Interval(start=TODAY, end=TODAY + H)) is None
    assert "prices of the past" in caplog.text


async def test_prices_that_change_often_are_saved_all_the_same(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    history = PriceHistory(hass, entry.entry_id)
    for count in range(7):
        history.keep("x", {"a": {NOW: float(count)}})
        history.async_save_later()
        await pass_time(hass, freezer, NOW + (count + 1) * timedelta(hours=1))
    assert f"{DOMAIN}.{entry.entry_id}.prices" in hass_storage


async def test_plain_numbers_that_were_not_reported_today_are_not_of_today(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOW - DAY)
    attributes = {"today": RISING, "unit_of_measurement": "EUR/kWh"}
    hass.states.async_set(SENSOR, "0.1", attributes)
    freezer.move_to(NOW)
    market = await refreshed(hass, entry)
    assert market.curve is None
    assert kinds(market) == [NoteKind.STALE]
    hass.states.async_set(SENSOR, "0.1", attributes)
    await market.async_refresh()
    assert now_of(market).spot_price == pytest.approx(0.22)


@pytest.mark.parametrize("changed", [{"unit": "ct/kWh"}, {"exchange_rate": 2.0}])
async def test_prices_in_another_unit_or_at_another_rate_are_not_remembered(
    hass: HomeAssistant, entry: MockConfigEntry, changed: dict[str, Any]
) -> None:
    show(hass, HOURS)
    market = await refreshed(hass, entry)
    await market.async_stop()
    show(hass, rows(TODAY + 12 * H, RISING))
    later = await refreshed(hass, entry, **changed)
    past = await later.async_past(Interval(start=TODAY, end=NOW))
    assert past is not None
    assert past.start == TODAY + 12 * H
