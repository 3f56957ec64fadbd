"""Reads prices in the many shapes in which integrations deliver them.

A source's own times, numbers and lists go in, raw prices come out; what cannot be read
is counted and named. Nothing here asks Home Assistant.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
import re
from typing import Any, Final

from .planning.price_series import NoteKind, RawPrice, SeriesNote
from .price_values import (
    as_date,
    as_number,
    is_number,
    of_day,
    of_epoch,
    of_text,
)

START_KEYS: Final = (
    *("start", "start_time", "startsAt", "starts_at", "from", "time", "timestamp"),
    *("datetime", "hour", "valid_from", "period_start", "fecha_hora", "begin"),
)
END_KEYS: Final = (
    *("end", "end_time", "endsAt", "ends_at", "till", "to", "until", "valid_to"),
    "period_end",
)
VALUE_KEYS: Final[Mapping[str, str | None]] = {
    "value": None,
    "price": None,
    "total": None,
    "per_kwh": None,
    "price_per_kwh": None,
    "value_inc_vat": None,
    "import_price": None,
    "cost": None,
    "rate": None,
    "cmg": None,
    "price_eur_per_mwh": "EUR/MWh",
    "price_gbp_per_mwh": "GBP/MWh",
    "price_ct_per_kwh": "ct/kWh",
    "cmg_clp_kwh_": "CLP/kWh",
    "cmg_clp_kwh": "CLP/kWh",
    "cmg_usd_mwh_": "USD/MWh",
    "cmg_usd_mwh": "USD/MWh",
}
"""The first that an item has is its price; some say their unit."""

NODE_KEYS: Final = ("barra_transf", "barra", "nmb_barra_info", "node")
"""Where the items of several nodes are in one list."""

LISTS: Final = (
    ("raw_today", "raw_tomorrow"),
    ("today_interval_prices", "tomorrow_interval_prices"),
    ("prices_today", "prices_tomorrow"),
    ("data",),
    ("prices",),
    ("rates",),
    ("forecasts",),
    ("forecast",),
    ("today_hours", "tomorrow_hours"),
    ("today", "tomorrow"),
)
"""Attributes that known integrations keep prices in; the first that can be read."""

_PVPC: Final = re.compile(
    r"price_(?P<next>next_day_)?(?P<hour>[01][0-9]|2[0-3])h(?P<again>_d)?"
)
_DAY: Final = timedelta(days=1)
_LONGEST: Final = 5000
"""Items read of one list: fifty days of quarter hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPrices:
    """What a source delivers, as it stands."""

    items: tuple[RawPrice, ...] = ()
    unit: str | None = None
    """The source's own word; ``None``: it does not say."""

    currency: str | None = None
    notes: tuple[SeriesNote, ...] = ()
    is_current_only: bool = False
    """Whether there is only the price of now."""


@dataclass(slots=True)
class PayloadReader:
    """Reads lists of prices, and keeps count of what cannot be read."""

    zone: tzinfo
    """Of times that do not name theirs."""

    today: date
    """In that zone."""

    series: str | None = None
    """Which of several homes, areas or nodes the owner chose."""

    unit: str | None = None
    """That the items themselves say."""

    unreadable: int = 0
    assumed: int = 0
    others: tuple[str, ...] = ()
    """Names of the series in the payload, the one that is read first."""

    _last: datetime | None = field(default=None)

    def notes(self) -> tuple[SeriesNote, ...]:
        """Return what went wrong so far."""
        notes = []
        if self.unreadable:
            notes.append(SeriesNote(kind=NoteKind.UNREADABLE, count=self.unreadable))
        if self.assumed:
            notes.append(
                SeriesNote(
                    kind=NoteKind.ZONE_ASSUMED, count=self.assumed, text=str(self.zone)
                )
            )
        if len(self.others) > 1 and self.series not in self.others:
            notes.append(
                SeriesNote(kind=NoteKind.SEVERAL_SERIES, text=", ".join(self.others))
            )
        return tuple(notes)

    def items(self, payload: Any, day: date | None = None) -> list[RawPrice]:
        """Return the prices of a list of items, of pairs or of numbers, or a mapping.

        Args:
            payload: Anything.
            day: The local day that numbers without a time are of.
        """
        if isinstance(payload, Mapping):
            payload = list(payload.items())
        if isinstance(payload, str) or not isinstance(payload, Sequence):
            return []
        payload = payload[:_LONGEST]
        if day is not None and payload and all(map(is_number, payload)):
            return list(of_day(payload, day, self.zone))
        self._last = None
        return [item for one in self._chosen(payload) for item in self._item(one, day)]

    def _chosen(self, payload: Sequence[Any]) -> Iterable[Any]:
        """Return the items of one node, where there are several."""
        key = next(
            (
                key
                for key in NODE_KEYS
                if payload and isinstance(payload[0], Mapping) and key in payload[0]
            ),
            None,
        )
        if key is None:
            return payload
        mappings = [one for one in payload if isinstance(one, Mapping)]
        nodes = dict.fromkeys(str(one.get(key)) for one in mappings)
        node = self.choose(tuple(nodes))
        return [one for one in mappings if str(one.get(key)) == node]

    def choose(self, names: Sequence[str]) -> str | None:
        """Return which series is read: the owner's, else the first."""
        chosen = self.series if self.series in names else None
        first = chosen or next(iter(names), None)
        if first is not None:
            self.others = (first, *(name for name in names if name != first))
        return first

    def _item(self, one: Any, day: date | None) -> Iterator[RawPrice]:
        start = end = value = None
        if isinstance(one, Mapping):
            start = self._start(one, day)
            end = self._time(_first(one, END_KEYS), None)
            value = self._value(one)
        elif isinstance(one, Sequence) and not isinstance(one, str) and len(one) == 2:
            start, value = self._time(one[0], day), one[1]
        if start is None or isinstance(value, bool):
            self.unreadable += 1
            return
        self._last = start
        yield RawPrice(start=start, end=end, value=as_number(value))

    def _value(self, item: Mapping[Any, Any]) -> Any:
        key = next((key for key in VALUE_KEYS if key in item), None)
        if key is None:
            return False
        self.unit = self.unit or VALUE_KEYS[key]
        return item[key]

    def _start(self, item: Mapping[Any, Any], day: date | None) -> datetime | None:
        start = self._time(_first(item, START_KEYS), day)
        if start is not None:
            return start
        on = as_date(_first(item, ("fecha", "date", "day")))
        return self._hour_of(item, on or day)

    def _hour_of(self, item: Mapping[Any, Any], day: date | None) -> datetime | None:
        """Return the start of the hour that an item names by its number.

        Chile's marginal costs: ``hra`` counts from 0, the older ``hora`` from 1.
        """
        hour = as_number(_first(item, ("hra", "hour", "hora")))
        if day is None or hour is None:
            return None
        if not {"hra", "hour"} & item.keys():
            hour -= 1
        minutes = hour * 60 + (as_number(item.get("min")) or 0)
        if not 0 <= minutes < 24 * 60:
            return None
        wall = time(int(minutes) // 60, int(minutes) % 60)
        return self._time(datetime.combine(day, wall), None)

    def _time(self, value: Any, day: date | None) -> datetime | None:
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int | float):
            return of_epoch(value)
        moment = value if isinstance(value, datetime) else of_text(str(value), day)
        if moment is None:
            return None
        try:
            if moment.tzinfo is None:
                return self._local(moment)
            return moment.astimezone(UTC)
        except OverflowError:  # at either end of the calendar
            return None

    def _local(self, moment: datetime) -> datetime:
        """Return a wall-clock time as a moment; the hour that comes twice does."""
        self.assumed += 1
        local = moment.replace(tzinfo=self.zone)
        if self._last is not None and local.astimezone(UTC) <= self._last:
            again = local.replace(fold=1)
            is_next = again.astimezone(UTC) - self._last <= timedelta(hours=1)
            local = again if is_next else local
        return local.astimezone(UTC)


def _first(item: Mapping[Any, Any], keys: Iterable[str]) -> Any:
    return next((item[key] for key in keys if item.get(key) is not None), None)


def read_attributes(
    attributes: Mapping[str, Any], reader: PayloadReader
) -> list[RawPrice]:
    """Return the prices in the attributes of an entity, empty if there are none.

    First where known integrations keep them, then any other list or mapping with at
    least two prices in it.
    """
    if items := list(_of_pvpc(attributes, reader)):
        return items
    for names in LISTS:
        if items := _of_lists(attributes, names, reader):
            return items
    for value in attributes.values():
        if not isinstance(value, list | tuple | Mapping):
            continue
        attempt = replace(reader)
        items = attempt.items(value)
        if len(items) > 1:
            reader.items(value)
            return items
    return []


def _of_lists(
    attributes: Mapping[str, Any], names: Sequence[str], reader: PayloadReader
) -> list[RawPrice]:
    days = (reader.today, reader.today + _DAY) if len(names) > 1 else (None,)
    items: list[RawPrice] = []
    for name, day in zip(names, days, strict=True):
        items += reader.items(attributes.get(name), day)
    return items


def _of_pvpc(
    attributes: Mapping[str, Any], reader: PayloadReader
) -> Iterator[RawPrice]:
    """Yield prices that have an attribute each, by local hour: ``price_14h``."""
    for name, value in attributes.items():
        found = _PVPC.fullmatch(name)
        if found is None:
            continue
        day = reader.today + (_DAY if found["next"] else timedelta())
        local = datetime.combine(day, time(int(found["hour"])), reader.zone)
        start = local.replace(fold=1 if found["again"] else 0).astimezone(UTC)
        yield RawPrice(
            start=start, end=start + timedelta(hours=1), value=as_number(value)
        )
