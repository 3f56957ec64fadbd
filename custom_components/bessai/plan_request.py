"""What somebody assumes for a plan: from the data of an action to values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .core.errors import BessaiError
from .core.interval import Interval
from .core.power_forecast import PowerForecast, PowerStep
from .core.price_curve import PriceCurve, PriceStep
from .planner import WhatIf

PRICES: Final = "prices"
PV_FORECAST: Final = "pv_forecast"
LOAD_FORECAST: Final = "load_forecast"
SOC: Final = "soc"
HORIZON: Final = "horizon"

START: Final = "start"
END: Final = "end"
IMPORT_PRICE: Final = "import_price"
EXPORT_PRICE: Final = "export_price"
POWER: Final = "power"

HOUR: Final = timedelta(hours=1)
QUARTER: Final = timedelta(minutes=15)
MOST_HOURS: Final = 48
"""A list of more numbers than this has one for each quarter hour."""

MOST_ITEMS: Final = 2000
"""More than enough for ``LONGEST``: a week has 672 quarter hours."""

SHORTEST: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(days=7)
"""Of a horizon, and from now to the end of whatever is assumed."""

LARGEST: Final = 1e9
"""Of a price and of a power: beyond that sums overflow, and nothing costs so much."""

ASSUMED: Final = "plan_arbitrage"
"""The source of what was not measured but given."""

type KnownPrice = Callable[[datetime], PriceStep | None]


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a list, where it stands, and the stretch of time it is for."""

    field: str
    number: int
    """Counted from 1."""

    interval: Interval
    content: Any

    def amount(self, key: str) -> float:
        """Return a number of the item, which may be nothing but a number."""
        is_table = isinstance(self.content, Mapping)
        value = self.content.get(key) if is_table else self.content
        name = f"{self.field}.{key}" if is_table else self.field
        return _number(name, self.number, value)


def parse_request(
    data: Mapping[str, Any], now: datetime, *, currency: str, known: KnownPrice
) -> WhatIf:
    """Return what the data of an action assumes.

    Args:
        data: As the schema of the action let it pass.
        now: Aware.
        currency: That prices are taken to be in.
        known: Returns the prices that are known of a moment: an export price that is
            not given is the one of these.

    Raises:
        ServiceValidationError: If something cannot be meant; it names field, item and
            value.
    """
    return WhatIf(
        curve=_curve(data, now, currency, known),
        pv=_forecast(data, PV_FORECAST, now),
        load=_forecast(data, LOAD_FORECAST, now),
        soc_pct=_soc_pct(data),
        horizon=_horizon(data),
    )


def _curve(
    data: Mapping[str, Any], now: datetime, currency: str, known: KnownPrice
) -> PriceCurve | None:
    if PRICES not in data:
        return None
    steps = tuple(_price_step(item, known) for item in _items(data, PRICES, now))
    with _named(PRICES):
        return PriceCurve(currency=currency, steps=steps)


def _price_step(item: _Item, known: KnownPrice) -> PriceStep:
    now = known(item.interval.start)
    export_price = now.export_price if now is not None else 0.0
    if isinstance(item.content, Mapping) and EXPORT_PRICE in item.content:
        export_price = item.amount(EXPORT_PRICE)
    return PriceStep(
        interval=item.interval,
        import_price=item.amount(IMPORT_PRICE),
        export_price=export_price,
    )


def _forecast(
    data: Mapping[str, Any], field: str, now: datetime
) -> PowerForecast | None:
    if field not in data:
        return None
    with _named(field):
        return PowerForecast(
            source=ASSUMED,
            steps=tuple(_power_step(item) for item in _items(data, field, now)),
        )


def _power_step(item: _Item) -> PowerStep:
    power_w = item.amount(POWER)
    return PowerStep(
        interval=item.interval, p10_w=power_w, p50_w=power_w, p90_w=power_w
    )


def _items(data: Mapping[str, Any], field: str, now: datetime) -> list[_Item]:
    """Return the items of a list in the order of time.

    Numbers are one an hour from the current hour on, or one a quarter hour if there are
    more than two days of hours of them.
    """
    contents: Sequence[Any] = data[field]
    if not 1 <= len(contents) <= MOST_ITEMS:
        raise _invalid("plan_input_count", field=field, value=str(len(contents)))
    is_timed = any(isinstance(content, Mapping) for content in contents)
    items = list(
        _timed(contents, field, now + LONGEST)
        if is_timed
        else _numbered(contents, field, now)
    )
    for item in items:
        _check_end(field, item.number, item.interval.end, now + LONGEST)
    return items


def _check_end(field: str, number: int, end: datetime, latest: datetime) -> None:
    """Refuse what lasts so long that planning it would exhaust the memory."""
    if end > latest:
        value = dt_util.as_utc(end).isoformat()
        raise _invalid("plan_input_late", field=field, item=str(number), value=value)


def _numbered(contents: Sequence[Any], field: str, now: datetime) -> Iterator[_Item]:
    length = HOUR if len(contents) <= MOST_HOURS else QUARTER
    begins = dt_util.as_utc(_floor(dt_util.as_local(now), length))
    for index, content in enumerate(contents):
        start = begins + index * length
        yield _Item(
            field, index + 1, Interval(start=start, end=start + length), content
        )


def _floor(local: datetime, length: timedelta) -> datetime:
    minutes = length // timedelta(minutes=1)
    minute = local.minute // minutes * minutes
    return local.replace(minute=minute, second=0, microsecond=0)


def _timed(contents: Sequence[Any], field: str, latest: datetime) -> Iterator[_Item]:
    """Yield items with a start; where no end is given, the next one is the end."""
    starts = [
        (_time(f"{field}.{START}", number, _get(content, START, field, number)), number)
        for number, content in enumerate(contents, 1)
    ]
    starts.sort()
    _check_end(field, starts[-1][1], starts[-1][0], latest)
    length = starts[-1][0] - starts[-2][0] if len(starts) > 1 else HOUR
    nexts = [start for start, _ in starts[1:]]
    for (start, number), following in zip(
        starts, [*nexts, starts[-1][0] + length], strict=True
    ):
        content = contents[number - 1]
        end = following
        if content.get(END) is not None:
            end = _time(f"{field}.{END}", number, content[END])
        if end <= start:
            raise _invalid(
                "plan_input_empty", field=field, item=str(number), value=str(start)
            )
        yield _Item(field, number, Interval(start=start, end=end), content)


def _get(content: Any, key: str, field: str, number: int) -> Any:
    if not isinstance(content, Mapping) or content.get(key) is None:
        raise _invalid("plan_input_missing", field=f"{field}.{key}", item=str(number))
    return content[key]


def _time(name: str, number: int, value: Any) -> datetime:
    """Return a moment; without an offset it is by the clock on the wall."""
    moment = value if isinstance(value, datetime) else None
    with suppress(OverflowError, ValueError):  # beyond the calendar, or not in it
        if isinstance(value, str):
            moment = dt_util.parse_datetime(value)
        if moment is not None:
            return dt_util.as_utc(moment)
    raise _invalid("plan_input_time", field=name, item=str(number), value=str(value))


def _number(name: str, number: int, value: Any) -> float:
    try:
        amount = float(value)
    except OverflowError, TypeError, ValueError:
        amount = float("nan")
    if isinstance(value, bool) or not isfinite(amount):
        raise _invalid(
            "plan_input_number", field=name, item=str(number), value=f"{value!s:.40}"
        )
    if abs(amount) > LARGEST:
        error = f"{abs(amount):g} > {LARGEST:g}"
        raise _invalid("plan_input_refused", field=name, error=error)
    return amount


def _soc_pct(data: Mapping[str, Any]) -> float | None:
    soc_pct: float | None = data.get(SOC)
    if soc_pct is not None and not 0 <= soc_pct <= 100:
        raise _invalid("plan_input_soc", value=f"{soc_pct:.10g}")
    return soc_pct


def _horizon(data: Mapping[str, Any]) -> timedelta | None:
    horizon: timedelta | None = data.get(HORIZON)
    if horizon is not None and not SHORTEST <= horizon <= LONGEST:
        raise _invalid("plan_input_horizon", value=str(horizon))
    return horizon


@contextmanager
def _named(field: str) -> Iterator[None]:
    """Say which field it was that made no sense."""
    try:
        yield
    except BessaiError as err:
        raise _invalid("plan_input_refused", field=field, error=str(err)) from err


def _invalid(key: str, **words: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=words
    )
