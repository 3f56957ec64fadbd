"""Which days are judged: those a method was chosen on, or those kept for the end."""

from collections.abc import Mapping
from datetime import date

from .series import Series

PARTS = ("test", "validation")

type Span = tuple[date, date]
"""Both included."""

_FIRST_DAY = 120
"""Of a short series: before, there is little to learn from."""

_KNOWN: Mapping[str, Mapping[str, Mapping[str, Span]]] = {
    "ES": {
        "validation": {"ES": (date(2024, 4, 1), date(2025, 8, 31))},
        "test": {"ES": (date(2025, 9, 1), date(2026, 8, 31))},
    },
    "CL": {
        "validation": {
            "CL 2020-23": (date(2020, 1, 1), date(2023, 6, 30)),
            "CL 2024": (date(2024, 11, 8), date(2024, 12, 31)),
        },
        "test": {
            "CL 2023-24": (date(2023, 7, 1), date(2024, 6, 30)),
            "CL 2025": (date(2025, 1, 1), date(2025, 8, 31)),
        },
    },
    "DE 2020": {"validation": {"DE 2020": (date(2020, 3, 4), date(2020, 12, 31))}},
    "DE 2024": {"validation": {"DE 2024": (date(2024, 3, 4), date(2024, 12, 31))}},
}
"""By series and part: periods by their name in the table."""


def periods_of(series: Series, part: str) -> Mapping[str, range]:
    """Return the days to judge, by a name for the table.

    Of a series that is not known here the second half is the test.
    """
    known = _KNOWN.get(series.name)
    if known is not None:
        spans = known.get(part, {})
        return {name: _days(series, *span) for name, span in spans.items()}
    half = series.days // 2
    days = range(_FIRST_DAY, half) if part == "validation" else range(half, series.days)
    return {series.name: days}


def _days(series: Series, first: date, last: date) -> range:
    return range(max(0, series.index(first)), min(series.days, series.index(last) + 1))
