"""An outlook from a model of prices that the owner brought."""

from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..core.price_outlook import PriceOutlook
from .conformal import KEPT_DAYS, TAIL, past_days
from .errors import ModelRefused, Refusal
from .model_card import ModelCard, PriceOutput, PriceUnit
from .price_ahead import LEAD_DAYS, DayAhead, DaysAhead
from .price_features import rows_of
from .price_history import WEEK, DailyPrices, Floats, Prices, read_history
from .price_week import scale_of_weeks, weeks_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_FEWEST_JUDGED = 14
"""Days the model has not been taught, before its band is corrected."""

_POWER = 1.0
"""A band that a model was taught grows with the spread of prices, mostly."""

_EPOCH = date(1970, 1, 1)


class PriceModel(Protocol):
    """A loaded model, as far as it matters here."""

    @property
    def card(self) -> ModelCard:
        """What it says of itself."""
        ...

    def ask(self, rows: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Return p10, p50, p90 of each row, (rows, 3)."""
        ...


def model_outlook(
    model: PriceModel,
    history: Prices,
    zone: tzinfo,
    known_until: datetime,
    hours: int,
    made_at: datetime,
) -> PriceOutlook:
    """Return the next hours as a model expects them.

    Beyond the first day it is asked again, with what it said taken as known. Its band
    is corrected by its errors on those of the last 45 days that lie after its training,
    and its confidence measured on them; it is 0 where they are fewer than 14.

    Raises:
        TooLittleHistory: If fewer than eight weeks are known.
        ModelRefused: If it is no model of prices, or cannot be asked.
    """
    days = read_history(history, zone, known_until)
    expected = path_of(model, days, days.end_day)
    past = np.array(_past(model, days))
    following = DaysAhead(
        days=days,
        ahead=[
            day_ahead(days, past, expected[lead], lead) for lead in range(LEAD_DAYS)
        ],
    )
    return following.outlook(model.card.name, hours, made_at)


def path_of(model: PriceModel, days: DailyPrices, day: int) -> Floats:
    """Return p10, p50, p90 of a day and the next ones, (8, 3, 24), per kWh.

    Raises:
        ModelRefused: As above.
    """
    output = model.card.output
    if not isinstance(output, PriceOutput):
        raise ModelRefused(Refusal.WRONG_PURPOSE, "it does not answer prices")
    known, found = days.values[days.before(day)][-WEEK:], []
    for lead in range(LEAD_DAYS):
        weeks = weeks_before(known, day + lead - WEEK, days.hour)
        answers = np.sort(model.ask(list(rows_of(weeks))), axis=1).T
        if output.unit is PriceUnit.NORMALISED:
            scale = scale_of_weeks(weeks)
            answers = answers * scale.spread[0] + scale.middle[0]
        found.append(answers)
        known = np.vstack([known[1:], answers[1]])
    return np.array(found)


def _past(model: PriceModel, days: DailyPrices) -> list[Floats]:
    """Return what the model would have said before each of the last days.

    As far back as it has not been taught, and does not refuse what was known then.
    """
    taught_until = (model.card.training.end - _EPOCH).days
    earliest = max(days.first_day + WEEK, taught_until + 1)
    first = max(days.end_day - KEPT_DAYS - LEAD_DAYS, earliest)
    found: list[Floats] = []
    for day in reversed(range(first, days.end_day)):
        try:
            found.insert(0, path_of(model, days, day))
        except ModelRefused:
            break
    return found


def day_ahead(days: DailyPrices, past: Floats, expected: Floats, lead: int) -> DayAhead:
    """Return what is expected of one day, (3, 24), from how such forecasts did."""
    judged = past_days(days, len(past), lead)
    low, middle, high = expected
    confidence = 0.0
    if len(judged.rows) >= _FEWEST_JUDGED:
        said = past[list(judged.rows), lead]
        low = low + judged.shift(said[:, 0], TAIL, _POWER)
        high = high + judged.shift(said[:, 2], 1 - TAIL, _POWER)
        confidence = judged.confidence(said[:, 1])
    return DayAhead(
        low=np.minimum(low, middle),
        middle=middle,
        high=np.maximum(high, middle),
        confidence=confidence,
    )
