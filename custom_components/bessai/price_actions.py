"""Which actions of other integrations return prices, and how they are asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """How an integration's action is asked for prices."""

    domain: str
    action: str
    name: str
    build: Callable[[ConfigEntry, date], dict[str, Any]]
    """What to ask an entry with, for the prices of a local day."""

    find: tuple[str, ...] = ()
    """Where in the response the prices are; below it, one series or several."""

    unit: Callable[[ConfigEntry, str], str] = lambda _, currency: f"{currency}/kWh"
    by_day: bool = True
    """Whether each day is asked for; else the first answer has them all."""

    series: str | None = None
    """Which of the series in the response is meant."""

    is_estimate: bool = False
    channel: str | None = None
    """Of the entity that has the price of now, where the response has not."""


def _euros(_: ConfigEntry, __: str) -> str:
    return "EUR/kWh"


def _span(day: date) -> dict[str, str]:
    begin = dt_util.start_of_local_day(day)
    end = dt_util.start_of_local_day(day + _DAY)
    return {"start": begin.isoformat(), "end": end.isoformat()}


def _only(day: date) -> dict[str, str]:
    """Return a single day: asked for times, they would also look for the day after."""
    return {"start": day.isoformat(), "end": day.isoformat()}


def _energyzero(kind: str) -> ActionSpec:
    return ActionSpec(
        domain="energyzero",
        action="get_energy_prices",
        name=f"EnergyZero ({kind.replace('_', '-')})",
        build=lambda entry, day: {
            "config_entry": entry.entry_id,
            "incl_vat": kind == "all_in",
            "price_type": kind,
            **_only(day),
        },
        find=("prices",),
        unit=_euros,
    )


def _easyenergy(kind: str) -> ActionSpec:
    return ActionSpec(
        domain="easyenergy",
        action="get_energy_usage_prices",
        name=f"easyEnergy ({kind})",
        build=lambda entry, day: {
            "config_entry": entry.entry_id,
            "incl_vat": kind == "invoice",
            "price_type": kind,
            **_only(day),
        },
        find=("prices",),
        unit=_euros,
    )


def _amber(channel: str) -> ActionSpec:
    return ActionSpec(
        domain="amberelectric",
        action="get_forecasts",
        name=f"Amber Electric ({channel.replace('_', '-')})",
        build=lambda entry, _: {
            "config_entry_id": entry.entry_id,
            "channel_type": channel,
        },
        find=("forecasts",),
        unit=lambda _, __: "AUD/kWh",
        by_day=False,
        is_estimate=True,
        channel=channel,
    )


def _omie(country: str) -> ActionSpec:
    return ActionSpec(
        domain="omie",
        action="get_prices_for_date",
        name=f"OMIE ({country.upper()})",
        build=lambda _, day: {"date": day.isoformat(), "countries": [country]},
        unit=_euros,
        series=country,
    )


ACTIONS: Final[Mapping[str, ActionSpec]] = {
    "nordpool": ActionSpec(
        domain="nordpool",
        action="get_prices_for_date",
        name="Nord Pool",
        build=lambda entry, day: {
            "config_entry": entry.entry_id,
            "date": day.isoformat(),
        },
        unit=lambda entry, currency: f"{entry.data.get('currency', currency)}/MWh",
    ),
    "tibber": ActionSpec(
        domain="tibber",
        action="get_prices",
        name="Tibber",
        build=lambda _, day: _span(day),
        find=("prices",),
    ),
    "energyzero": _energyzero("market"),
    "energyzero_all_in": _energyzero("all_in"),
    "easyenergy": _easyenergy("market"),
    "easyenergy_invoice": _easyenergy("invoice"),
    "easyenergy_return": ActionSpec(
        domain="easyenergy",
        action="get_energy_return_prices",
        name="easyEnergy (return)",
        build=lambda entry, day: {"config_entry": entry.entry_id, **_only(day)},
        find=("prices",),
        unit=_euros,
    ),
    "amberelectric": _amber("general"),
    "amberelectric_feed_in": _amber("feed_in"),
    "omie_es": _omie("es"),
    "omie_pt": _omie("pt"),
    "green_planet_energy": ActionSpec(
        domain="green_planet_energy",
        action="get_prices",
        name="Green Planet Energy",
        build=lambda entry, _: {"config_entry_id": entry.entry_id, "hours": 24},
        find=("prices",),
        unit=_euros,
        by_day=False,
    ),
    "tibber_prices": ActionSpec(
        domain="tibber_prices",
        action="get_price",
        name="Tibber Prices",
        build=lambda entry, day: {
            "entry_id": entry.entry_id,
            "start_time": dt_util.start_of_local_day(day).isoformat(),
            "end_time": dt_util.start_of_local_day(day + _DAY).isoformat(),
        },
        find=("price_info",),
    ),
}
