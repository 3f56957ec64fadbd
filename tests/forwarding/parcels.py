"""Parcels as the forwarder makes them of telemetry."""

from datetime import UTC, datetime, timedelta

from custom_components.bessai.forwarding.parcel import Parcel

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def parcel(seq: int, *, ordering_key: str = "", data: bytes | None = None) -> Parcel:
    """Return one; 354 bytes, which is what telemetry has."""
    event_id = f"0197a1b2-0000-7000-8000-{seq:012d}"
    return Parcel(
        seq=seq,
        event_id=event_id,
        data=b'{"seq":%06d,"soc_pct":%s}' % (seq, b"5" * 331) if data is None else data,
        attributes={
            "message_type": "telemetry",
            "site_id": "casa",
            "schema_version": "1",
            "event_id": event_id,
            "content_type": "application/json",
        },
        observed_at=NOON + timedelta(seconds=5 * seq),
        ordering_key=ordering_key,
    )


def parcels(count: int, *, first: int = 1, ordering_key: str = "") -> list[Parcel]:
    """Return some that follow each other."""
    return [parcel(first + n, ordering_key=ordering_key) for n in range(count)]
