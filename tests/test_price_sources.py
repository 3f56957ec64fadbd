"""Each source as Home Assistant has it: an action with its response, or an entity."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.planning.price_series import NoteKind
from custom_components.bessai.price_actions import ACTIONS
from custom_components.bessai.price_finder import async_find_sources
from custom_components.bessai.price_payloads import RawPrices
from custom_components.bessai.price_sources import (
    ActionSource,
    SourceError,
    open_source,
)

MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
NOW = MIDNIGHT + timedelta(hours=12, minutes=5)
H = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def berlin(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Live in Germany, at noon."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await hass.config.async_update(currency="EUR")
    freezer.move_to(NOW)


def day_of(call: ServiceCall) -> str:
    """Return the local day that a call asks for."""
    asked = call.data.get("date") or call.data.get("start") or call.data["start_time"]
    return str(asked)[:10]


def local(call: ServiceCall, hour: int) -> str:
    """Return an hour of the day that a call asks for."""
    return f"{day_of(call)}T{hour:02d}:00:00+01:00"


def two(
    call: ServiceCall, start: str, value: str, end: str = ""
) -> list[dict[str, Any]]:
    """Return the first two hours of the day, with the keys of an integration."""
    return [
        {start: local(call, hour), value: 0.1 * (hour + 1)}
        | ({end: local(call, hour + 1)} if end else {})
        for hour in (0, 1)
    ]


# What the actions answer, from their source or documentation.
RESPONSES: dict[str, Callable[[ServiceCall], Any]] = {
    "nordpool": lambda call: {
        "DE": [
            {**row, "price": row["price"] * 1000}
            for row in two(call, "start", "price", "end")
        ]
    },
    "tibber": lambda call: {"prices": {"Home": two(call, "start_time", "price")}},
    "energyzero": lambda call: {"prices": two(call, "timestamp", "price")},
    "energyzero_all_in": lambda call: {
        "prices": [
            {"timestamp": row["start"], **row}
            for row in two(call, "start", "price", "end")
        ]
    },
    "easyenergy": lambda call: {"prices": two(call, "timestamp", "price")},
    "easyenergy_invoice": lambda call: {"prices": two(call, "timestamp", "price")},
    "easyenergy_return": lambda call: {"prices": two(call, "timestamp", "price")},
    "omie_es": lambda call: {"es": two(call, "start", "price", "end")},
    "omie_pt": lambda call: {"pt": two(call, "start", "price", "end")},
    "tibber_prices": lambda call: {
        "home_id": "abc",
        "price_info": [
            {**row, "energy": 0.05, "tax": 0.02}
            for row in two(call, "startsAt", "total")
        ],
    },
}


class Provider:
    """An integration with an action."""

    def __init__(self, hass: HomeAssistant, key: str) -> None:
        self.spec = ACTIONS[key]
        self.entry = MockConfigEntry(
            domain=self.spec.domain, title="Mine", data={"currency": "EUR"}
        )
        self.entry.add_to_hass(hass)
        self.key = key
        self.calls: list[dict[str, Any]] = []
        self.answer: Callable[[ServiceCall], Any] = RESPONSES.get(key, lambda _: {})

        async def handle(call: ServiceCall) -> ServiceResponse:
            self.calls.append(dict(call.data))
            response: ServiceResponse = self.answer(call)
            return response

        hass.services.async_register(
            self.spec.domain,
            self.spec.action,
            handle,
            supports_response=SupportsResponse.ONLY,
        )

    @property
    def asked(self) -> str:
        """The value of the option."""
        return f"{self.key}:{self.entry.entry_id}"


async def read(hass: HomeAssistant, asked: str, series: str | None = None) -> RawPrices:
    return await open_source(hass, asked, series).async_read(NOW)


@pytest.mark.parametrize("key", RESPONSES)
async def test_action_is_asked_for_today_and_tomorrow(
    hass: HomeAssistant, key: str
) -> None:
    provider = Provider(hass, key)
    raw = await read(hass, provider.asked)
    starts = [item.start for item in raw.items]
    assert starts == [MIDNIGHT, MIDNIGHT + H, MIDNIGHT + 24 * H, MIDNIGHT + 25 * H]
    factor = 1000 if raw.unit == "EUR/MWh" else 1
    values = [item.value for item in raw.items[:2]]
    assert values == pytest.approx([0.1 * factor, 0.2 * factor])
    assert len(provider.calls) == 2
    assert raw.unit in {"EUR/kWh", "EUR/MWh"}
    assert raw.notes == ()
    assert not raw.is_current_only


async def test_nord_pool_is_asked_as_its_schema_wants(hass: HomeAssistant) -> None:
    provider = Provider(hass, "nordpool")
    await read(hass, provider.asked)
    entry_id = provider.entry.entry_id
    assert provider.calls == [
        {"config_entry": entry_id, "date": "2026-11-21"},
        {"config_entry": entry_id, "date": "2026-11-22"},
    ]


async def test_energyzero_is_asked_as_its_schema_wants(hass: HomeAssistant) -> None:
    provider = Provider(hass, "energyzero_all_in")
    await read(hass, provider.asked)
    assert provider.calls[0] == {
        "config_entry": provider.entry.entry_id,
        "incl_vat": True,
        "price_type": "all_in",
        "start": "2026-11-21",
        "end": "2026-11-21",
    }


async def test_green_planet_energy_gives_the_next_day_at_once(
    hass: HomeAssistant,
) -> None:
    provider = Provider(hass, "green_planet_energy")
    provider.answer = lambda _: {
        "prices": [
            {
                "start": "2026-11-21T12:00:00+01:00",
                "end": "2026-11-21T12:15:00+01:00",
                "price": 0.3,
            }
        ],
        "hours_requested": 24,
    }
    raw = await read(hass, provider.asked)
    assert [item.value for item in raw.items] == [0.3]
    assert provider.calls == [{"config_entry_id": provider.entry.entry_id, "hours": 24}]


@pytest.mark.parametrize(
    ("key", "channel"),
    [("amberelectric", "general"), ("amberelectric_feed_in", "feed_in")],
)
async def test_amber_forecasts_are_estimates_and_now_is_from_its_entity(
    hass: HomeAssistant, key: str, channel: str
) -> None:
    provider = Provider(hass, key)
    provider.answer = lambda _: {
        "forecasts": [
            {
                "duration": 30,
                "per_kwh": 0.4,
                "spot_per_kwh": 0.1,
                "start_time": "2026-11-21T11:30:00+00:00",
                "end_time": "2026-11-21T12:00:00+00:00",
            }
        ]
    }
    registry = er.async_get(hass)
    for name in ("general", "feed_in"):
        for kind in ("price_descriptor", "price"):
            entity = registry.async_get_or_create(
                "sensor",
                "amberelectric",
                f"site-{kind}-{name}",
                config_entry=provider.entry,
            )
            attributes = {
                "start_time": "2026-11-21T11:00:00+00:00",
                "end_time": "2026-11-21T11:30:00+00:00",
                "per_kwh": 0.3,
            }
            hass.states.async_set(
                entity.entity_id, "0.3", attributes if kind == "price" else {}
            )
    raw = await read(hass, provider.asked)
    assert [(item.value, item.confidence) for item in raw.items] == [
        (0.4, 0.9),
        (0.3, 1.0),
    ]
    assert raw.unit == "AUD/kWh"
    assert provider.calls[0]["channel_type"] == channel


async def test_amber_without_its_entity_has_only_estimates(hass: HomeAssistant) -> None:
    raw = await read(hass, Provider(hass, "amberelectric").asked)
    assert raw.items == ()


async def test_of_several_homes_the_first_or_the_owners_is_read(
    hass: HomeAssistant,
) -> None:
    provider = Provider(hass, "tibber")
    provider.answer = lambda call: {
        "prices": {
            "Home": two(call, "start_time", "price"),
            "Cabin": [{"start_time": local(call, 0), "price": 9.0}],
        }
    }
    raw = await read(hass, provider.asked)
    assert len(raw.items) == 4
    assert [note.kind for note in raw.notes] == [NoteKind.SEVERAL_SERIES]
    raw = await read(hass, provider.asked, "Cabin")
    assert [item.value for item in raw.items] == [9.0, 9.0]
    assert raw.notes == ()


async def test_tomorrow_may_fail(hass: HomeAssistant) -> None:
    provider = Provider(hass, "energyzero")

    def answer(call: ServiceCall) -> Any:
        answers = {"2026-11-21": {"prices": two(call, "timestamp", "price")}}
        try:
            return answers[day_of(call)]
        except KeyError as err:
            raise ServiceValidationError("no data") from err

    provider.answer = answer
    assert len((await read(hass, provider.asked)).items) == 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ServiceValidationError("no login"), "no login"),
        (KeyError("price"), "price"),
        (TimeoutError(), "no answer"),
        (RuntimeError(), "RuntimeError"),
    ],
)
async def test_today_may_not_fail(
    hass: HomeAssistant, error: Exception, words: str
) -> None:
    provider = Provider(hass, "nordpool")

    def answer(_: ServiceCall) -> Any:
        raise error

    provider.answer = answer
    with pytest.raises(SourceError, match=words):
        await read(hass, provider.asked)


@pytest.mark.parametrize(
    "response", [{}, {"prices": None}, {"prices": []}, {"prices": 3}]
)
async def test_an_answer_without_prices_is_empty(
    hass: HomeAssistant, response: dict[str, Any]
) -> None:
    provider = Provider(hass, "easyenergy")
    provider.answer = lambda _: response
    assert (await read(hass, provider.asked)).items == ()


async def test_an_answer_without_areas_is_empty(hass: HomeAssistant) -> None:
    provider = Provider(hass, "nordpool")
    provider.answer = lambda _: {}
    assert (await read(hass, provider.asked)).items == ()


async def test_an_integration_that_is_gone_is_named(hass: HomeAssistant) -> None:
    for asked in ("nordpool:gone", "unknown:gone"):
        with pytest.raises(SourceError, match="not set up"):
            open_source(hass, asked, None)
    with pytest.raises(SourceError, match="no entity"):
        open_source(hass, "", None)


async def test_an_action_that_is_not_there_yet_is_a_failure(
    hass: HomeAssistant,
) -> None:
    entry = MockConfigEntry(domain="nordpool", title="Mine")
    entry.add_to_hass(hass)
    source = open_source(hass, f"nordpool:{entry.entry_id}", None)
    assert source.label == "Nord Pool: Mine"
    assert isinstance(source, ActionSource)
    assert source.watched == ()
    with pytest.raises(SourceError):
        await source.async_read(NOW)


RATES = "event.octopus_energy_electricity_1_2_current_day_rates"


async def test_octopus_rates_of_tomorrow_are_in_another_entity(
    hass: HomeAssistant,
) -> None:
    for name, day in ((RATES, 21), (RATES.replace("current", "next"), 22)):
        rate = {
            "start": f"2026-11-{day}T00:00:00+01:00",
            "end": f"2026-11-{day}T00:30:00+01:00",
            "value_inc_vat": 0.2,
        }
        hass.states.async_set(name, "2026-11-21T00:01:00+00:00", {"rates": [rate]})
    source = open_source(hass, RATES, None)
    assert len(source.watched) == 2
    raw = await source.async_read(NOW)
    assert [item.start for item in raw.items] == [MIDNIGHT, MIDNIGHT + 24 * H]
    assert raw.unit is None
    (found,) = async_find_sources(hass)
    assert found.value == RATES


async def test_a_price_alone_is_of_this_quarter_hour(hass: HomeAssistant) -> None:
    hass.states.async_set("sensor.price", "0.31", {"unit_of_measurement": "€/kWh"})
    raw = await read(hass, "sensor.price")
    assert raw.is_current_only
    assert raw.unit == "€/kWh"
    (item,) = raw.items
    assert (item.start, item.value) == (MIDNIGHT + 12 * H, 0.31)
    assert item.end == MIDNIGHT + timedelta(hours=12.25)


async def test_the_price_of_now_is_added_to_a_list_that_begins_next(
    hass: HomeAssistant,
) -> None:
    forecast = [{"start_time": (MIDNIGHT + 13 * H).isoformat(), "per_kwh": 0.5}]
    attributes = {"forecasts": forecast, "channel_type": "general"}
    hass.states.async_set("sensor.price", "0.31", attributes)
    raw = await read(hass, "sensor.price")
    assert [(item.start, item.end, item.confidence) for item in raw.items] == [
        (MIDNIGHT + 12 * H, MIDNIGHT + 13 * H, 1.0),
        (MIDNIGHT + 13 * H, None, 0.9),
    ]


@pytest.mark.parametrize(
    ("state", "words"),
    [("unavailable", "unavailable"), ("unknown", "unknown"), ("cheap", "cheap")],
)
async def test_an_entity_without_a_price_says_what_it_has(
    hass: HomeAssistant, state: str, words: str
) -> None:
    hass.states.async_set("sensor.price", state)
    with pytest.raises(SourceError, match=words):
        await read(hass, "sensor.price")


async def test_an_entity_that_was_renamed_is_missed_by_name(
    hass: HomeAssistant,
) -> None:
    with pytest.raises(SourceError, match=r"sensor\.old"):
        await read(hass, "sensor.old")


async def test_an_unknown_state_does_not_hide_the_list(hass: HomeAssistant) -> None:
    rows = [{"start": MIDNIGHT.isoformat(), "value": 0.1}]
    hass.states.async_set("sensor.price", "unknown", {"raw_today": rows, "currency": 5})
    raw = await read(hass, "sensor.price")
    assert len(raw.items) == 1
    assert raw.currency is None


async def test_what_is_there_is_found(hass: HomeAssistant) -> None:
    rows = [{"start": MIDNIGHT.isoformat(), "value": 0.1}]
    nordpool = Provider(hass, "nordpool")
    hass.config_entries.async_update_entry(
        nordpool.entry, data={"currency": "SEK", "areas": ["SE3", "SE4"]}
    )
    tibber = Provider(hass, "tibber")
    for name, state, unit in (
        ("epex", "8.1", "EUR/kWh"),
        ("asleep", "unavailable", "EUR/kWh"),
        ("weather", "5", "°C"),
        ("unitless", "5", None),
        ("currency_only", "5", "EUR"),
    ):
        hass.states.async_set(
            f"sensor.{name}",
            state,
            {
                "friendly_name": name.title(),
                "data": rows,
                "unit_of_measurement": unit or "",
            },
        )
    hass.states.async_set("sensor.plain", "0.3", {"unit_of_measurement": "EUR/kWh"})
    hass.states.async_set("event.door", "unknown", {"data": rows})
    found = {one.value: one.label for one in async_find_sources(hass)}
    entry_id = nordpool.entry.entry_id
    assert found == {
        f"nordpool:{entry_id}:SE3": "Nord Pool: Mine SE3",
        f"nordpool:{entry_id}:SE4": "Nord Pool: Mine SE4",
        tibber.asked: "Tibber: Mine",
        "sensor.epex": "Epex (sensor.epex)",
    }


async def test_area_in_the_choice_is_the_one_that_is_read(hass: HomeAssistant) -> None:
    provider = Provider(hass, "nordpool")
    provider.answer = lambda call: {
        "SE3": [],
        "SE4": two(call, "start", "price", "end"),
    }
    raw = await read(hass, f"{provider.asked}:SE4")
    assert len(raw.items) == 4
    assert raw.notes == ()


@pytest.mark.parametrize(
    ("unit", "count"), [("EUR/MWh", 2), ("€/MWh", 2), ("EUR/kWh", 1), ("things", 1)]
)
async def test_the_price_of_now_is_added_only_in_the_unit_of_the_list(
    hass: HomeAssistant, unit: str, count: int
) -> None:
    rows = [
        {"start": (MIDNIGHT + 13 * H).isoformat(), "price_eur_per_mwh": 80.0},
    ]
    attributes = {"data": rows, "unit_of_measurement": unit}
    hass.states.async_set("sensor.price", "0.31", attributes)
    raw = await read(hass, "sensor.price")
    assert (len(raw.items), raw.unit) == (count, "EUR/MWh")
