"""How a parcel lies in a row of the outbox, and how a damaged row is told."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any
from zlib import crc32

from .parcel import Parcel

COLUMNS = (
    "seq",
    "event_id",
    "observed_us",
    "ordering_key",
    "attributes",
    "data",
    "checksum",
)

ROW_BYTES = 100
"""What a row takes besides data and attributes: identifier, numbers, and the share of
its page that stays empty."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SIZE = f"(length(attributes) + length(data) + {ROW_BYTES})"
"""About how many bytes a row takes on the disk, to SQLite."""

type Row = tuple[Any, ...]


class DamagedRow(ValueError):  # noqa: N818 - named after what it is
    """A row that is not what was written: SQLite keeps no checksums itself."""


def as_row(parcel: Parcel) -> Row:
    """Return a parcel as the values of :data:`COLUMNS`."""
    attributes = json.dumps(dict(parcel.attributes), separators=(",", ":"))
    observed_us = (parcel.observed_at - _EPOCH) // _MICROSECOND
    values = (
        parcel.seq,
        parcel.event_id,
        observed_us,
        parcel.ordering_key,
        attributes,
        parcel.data,
    )
    return (*values, _checksum(values))


def from_row(row: Row) -> Parcel:
    """Return the parcel of a row.

    Raises:
        DamagedRow: If its values are not those that were written.
    """
    *values, checksum = row
    if _checksum(tuple(values)) != checksum:
        raise DamagedRow(f"row {row[0]!r} is damaged")
    seq, event_id, observed_us, ordering_key, attributes, data = values
    return Parcel(
        seq=seq,
        event_id=event_id,
        data=data,
        attributes=json.loads(attributes),
        observed_at=as_moment(observed_us),
        ordering_key=ordering_key,
    )


def as_moment(observed_us: int) -> datetime:
    """Return microseconds since 1970 as an aware moment."""
    return _EPOCH + timedelta(microseconds=observed_us)


def _checksum(values: Row) -> int:
    """Return a checksum of values of any type: damage may change the type, too."""
    return crc32(ascii(values).encode())
