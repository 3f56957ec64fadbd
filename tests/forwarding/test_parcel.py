"""A message ready to be sent."""

from custom_components.bessai.forwarding.parcel import Parcel

from .samples import EVENT_ID, NOW


def test_size_counts_data_and_attributes_in_bytes() -> None:
    parcel = Parcel(
        seq=1,
        event_id=EVENT_ID,
        data=b"12345",
        attributes={"site_id": "Küche", "a": ""},
        observed_at=NOW,
    )
    assert parcel.size == 5 + 7 + 6 + 1
    assert parcel.ordering_key == ""
