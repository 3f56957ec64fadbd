"""A quantity has one name for all of its kind."""

import pytest

from custom_components.bessai.device.derived import DERIVED
from custom_components.bessai.device.quantity import from_derived, from_register
from custom_components.bessai.device.register import Group

from .plant_fake import huawei

QUANTITIES = {
    quantity.key: quantity
    for quantity in (
        *map(from_register, huawei().registers.values()),
        *map(from_derived, DERIVED),
    )
}


@pytest.mark.parametrize(
    ("key", "name", "kind"),
    [
        ("soc_pct", "soc", "soc"),
        ("device_status", "device_status", "device_status"),
        ("pv12_voltage_v", "pv12_voltage", "pvn_voltage"),
        ("battery_1_pack_1_soc_pct", "battery_1_pack_1_soc", "battery_1_pack_n_soc"),
        ("pv1_power_w", "pv1_power", "pvn_power"),
        ("pv_power_w", "pv_power", "pv_power"),
    ],
)
def test_names_leave_out_unit_and_number(key: str, name: str, kind: str) -> None:
    assert QUANTITIES[key].name == name
    assert QUANTITIES[key].kind == kind


def test_no_two_quantities_share_a_name() -> None:
    names = [quantity.name for quantity in QUANTITIES.values()]
    assert len(names) == len(set(names))


def test_options_are_the_names_of_an_enum_once_each() -> None:
    assert QUANTITIES["meter_status"].options == ("offline", "normal")
    assert QUANTITIES["soc_pct"].options is None


def test_settings_are_told_from_readings() -> None:
    assert QUANTITIES["charge_cutoff_soc_pct"].is_setting
    assert not QUANTITIES["soc_pct"].is_setting
    assert QUANTITIES["load_power_w"].group is Group.READINGS
