"""What is typed wrongly is named, and can be corrected."""

from homeassistant.const import CONF_HOST, CONF_PORT
import pytest

from custom_components.bessai.const import CONF_UNIT_ID, KIND_HUAWEI
from custom_components.bessai.plant_address import PlantAddress, parse_address

from ..home import HOST, Home
from .dialogs import Dialog


@pytest.mark.usefixtures("nothing_set_up")
async def test_a_wrong_host_is_named_and_can_be_corrected(
    dialog: Dialog, home: Home
) -> None:
    for host in (
        "",
        "   ",
        "192.168.1.20 502",
        "192.168.1.20:502",
        "999.1.1.1",
        "192.168.1",
        "http://192.168.1.20/",
        "my dongle",
        "-dongle",
        "dongle..lan",
        f"{'a' * 64}.lan",
        "1:2:3",
    ):
        await dialog.submit(host=host, port=home.port, unit_id=1)
        assert dialog.shown["step_id"] == KIND_HUAWEI
        assert dialog.shown["errors"] == {CONF_HOST: "invalid_host"}, host
        assert f"“{host.strip()}”" in dialog.text
        assert dialog.suggested == {
            CONF_HOST: host,
            CONF_PORT: home.port,
            CONF_UNIT_ID: 1,
        }
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
async def test_a_wrong_port_is_named_and_can_be_corrected(
    dialog: Dialog, home: Home
) -> None:
    for port in (0, -1, 65536, 1.5, float("nan"), float("inf")):
        await dialog.submit(host=HOST, port=port)
        assert dialog.shown["errors"] == {CONF_PORT: "invalid_port"}, port
        assert dialog.text.startswith(f"{port:g} is not a port")
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
async def test_a_wrong_unit_id_is_named_and_can_be_corrected(
    dialog: Dialog, home: Home
) -> None:
    for unit_id in (300, 248, -1, 1.5):
        await dialog.submit(host=HOST, port=home.port, unit_id=unit_id)
        assert dialog.shown["errors"] == {CONF_UNIT_ID: "invalid_unit_id"}, unit_id
        assert dialog.text.startswith(f"{unit_id:g} is not a unit ID")
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("::1", "::1"),
        ("[::1]", "::1"),
        (" [FE80::1%eth0] ", "fe80::1%eth0"),
        ("2001:db8::20", "2001:db8::20"),
        ("192.168.1.20", "192.168.1.20"),
        ("Dongle.LAN", "dongle.lan"),
        ("dongle.lan.", "dongle.lan."),
        ("my_dongle-2", "my_dongle-2"),
        ("3com.lan", "3com.lan"),
    ],
)
def test_every_kind_of_host_is_understood(typed: str, host: str) -> None:
    address = parse_address({CONF_HOST: typed, CONF_PORT: 502.0, CONF_UNIT_ID: 0.0})
    assert address == PlantAddress(host=host, port=502, unit_id=0)
    unknown = parse_address({CONF_HOST: typed, CONF_PORT: 65535})
    assert unknown == PlantAddress(host=host, port=65535, unit_id=None)
