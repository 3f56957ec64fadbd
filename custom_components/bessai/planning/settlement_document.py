"""Settlement and ledger as JSON has them, and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import Any

from ..core.errors import BessaiError
from ..core.interval import Interval
from .savings_ledger import DayResult, SavingsLedger
from .settlement import DayAccount, MeterReading, Settlement


class SettlementError(BessaiError):
    """A document that is no settlement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that has to outlive a restart."""

    ledger: SavingsLedger = field(default_factory=SavingsLedger)
    settlement: Settlement | None = None
    """Of today; ``None``: there was no reading yet."""

    currency: str | None = None
    """Of today's account."""


def books_document(books: Books) -> dict[str, Any]:
    """Return the books as JSON has them."""
    settlement = books.settlement
    return {
        "days": [
            asdict(one) | {"label": one.label.isoformat()} for one in books.ledger.days
        ],
        "earlier": dict(books.ledger.earlier),
        "today": settlement and _account_document(settlement.account),
        "last": settlement and _reading_document(settlement.last),
        "currency": books.currency,
    }


def parse_books(document: Mapping[str, Any]) -> Books:
    """Return the books of a document.

    Raises:
        SettlementError: If they cannot be read.
    """
    try:
        return Books(
            ledger=SavingsLedger(
                days=tuple(_parse_day(day) for day in document["days"]),
                earlier={
                    str(currency): amount(saving)
                    for currency, saving in document["earlier"].items()
                },
            ),
            settlement=_parse_settlement(document["today"], document["last"]),
            currency=document["currency"],
        )
    except (AttributeError, KeyError, TypeError, ValueError, BessaiError) as err:
        raise SettlementError(f"it cannot be read: {err!r}") from err


def _account_document(account: DayAccount) -> dict[str, Any]:
    return asdict(account) | {
        "label": account.label.isoformat(),
        "day": [account.day.start.isoformat(), account.day.end.isoformat()],
    }


def _reading_document(reading: MeterReading) -> dict[str, Any]:
    return asdict(reading) | {"at": reading.at.isoformat()}


def _parse_settlement(
    account: Mapping[str, Any] | None, last: Mapping[str, Any] | None
) -> Settlement | None:
    if account is None or last is None:
        return None
    start, end = map(datetime.fromisoformat, account["day"])
    return Settlement(
        account=DayAccount(
            **_numbers(account, but=("label", "day")),
            label=date.fromisoformat(account["label"]),
            day=Interval(start=start, end=end),
        ),
        last=MeterReading(
            **_numbers(last, but=("at", "released")),
            at=datetime.fromisoformat(last["at"]),
            released=bool(last["released"]),
        ),
    )


def _parse_day(document: Mapping[str, Any]) -> DayResult:
    return DayResult(
        **_numbers(document, but=("label", "currency")),
        label=date.fromisoformat(document["label"]),
        currency=str(document["currency"]),
    )


def _numbers(document: Mapping[str, Any], but: tuple[str, ...]) -> dict[str, Any]:
    """Return the numbers of a document, which may be missing ones."""
    return {
        key: None if value is None else amount(value)
        for key, value in document.items()
        if key not in but
    }


def amount(value: Any) -> float:
    """Return a number of a document.

    Raises:
        TypeError, ValueError: If it is none.
    """
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"{value} is no amount")
    return number
