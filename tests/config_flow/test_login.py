"""The login of the installer is tried before it is kept."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.const import CONF_UNIT_ID, DOMAIN
from custom_components.bessai.installer_login import CONF_FORGET_LOGIN, CONF_LOGIN
from custom_components.bessai.simulator.parameters import FirmwareQuirks, Identity

from ..device.link_fakes import write_alone
from ..device.modbus_peer import serving, tell
from ..home import HOST, Home
from .dialogs import TEXTS, Dialog, a_home

LOGIN = {CONF_USERNAME: "installer", CONF_PASSWORD: "00000a"}


@pytest.fixture
async def guarded_home(hass: HomeAssistant, prompt_link: None) -> AsyncIterator[Home]:
    """Return a plant that takes no write without the login of the installer."""
    quirks = FirmwareQuirks(installer_password="00000a")
    home = await a_home(hass, quirks=quirks, unit_ids=frozenset({0, 1}))
    yield await home.add()
    await home.server.stop()


def login_of(home: Home) -> dict[str, Any]:
    return {key: home.entry.data[key] for key in LOGIN if key in home.entry.data}


async def obeys(home: Home) -> bool:
    """Return whether the plant takes a write of the entry."""
    before = len(home.plant.journal.entries)
    await write_alone(home.runtime.endpoint.unit(1), 47083, (7,))
    return len(home.plant.journal.entries) > before


async def test_a_login_that_works_is_kept_and_used(
    hass: HomeAssistant, guarded_home: Home
) -> None:
    dialog = await Dialog.reauthenticate(hass, guarded_home.entry)
    assert dialog.shown["step_id"] == "reauth_confirm"
    assert dialog.shown["description_placeholders"] == {
        "name": guarded_home.entry.title
    }
    assert dialog.suggested == {}
    schema = dialog.shown["data_schema"]
    assert schema is not None
    assert schema({CONF_PASSWORD: "x"})[CONF_USERNAME] == "installer"
    connections = guarded_home.server.statistics.connections
    await dialog.submit(password="00000a")
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "reauth_successful"
    assert dialog.shown["reason"] in TEXTS["abort"]
    assert login_of(guarded_home) == LOGIN
    assert guarded_home.entry.state is ConfigEntryState.LOADED
    # It was tried over the connection of the entry; the new one is of the reload.
    assert guarded_home.server.statistics.connections == connections + 1
    assert await obeys(guarded_home)


async def test_a_wrong_password_can_be_corrected_and_is_not_kept(
    hass: HomeAssistant, guarded_home: Home
) -> None:
    dialog = await Dialog.reauthenticate(hass, guarded_home.entry)
    await dialog.submit(username="someone", password="00000a")
    assert dialog.shown["step_id"] == "reauth_confirm"
    assert dialog.error == "login_refused"
    assert "does not accept this user and password" in dialog.text
    assert dialog.suggested == {CONF_USERNAME: "someone"}
    await dialog.submit(username=" installer ", password="wrong")
    assert dialog.error == "login_refused"
    await dialog.submit(username="installer", password="")
    assert dialog.shown["errors"] is None
    assert login_of(guarded_home) == {}
    await dialog.submit(**LOGIN)
    assert dialog.shown["reason"] == "reauth_successful"
    assert login_of(guarded_home) == LOGIN


async def test_a_plant_without_a_login_says_who_can_help(
    hass: HomeAssistant, added_home: Home
) -> None:
    dialog = await Dialog.reauthenticate(hass, added_home.entry)
    await dialog.submit(**LOGIN)
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "login_unsupported"
    assert "unrestricted" in TEXTS["abort"]["login_unsupported"]
    assert login_of(added_home) == {}


async def test_a_login_can_be_tried_while_the_entry_is_not_set_up(
    hass: HomeAssistant, guarded_home: Home
) -> None:
    entry_id = guarded_home.entry.entry_id
    await hass.config_entries.async_unload(entry_id)
    await guarded_home.server.stop()
    dialog = await Dialog.reauthenticate(hass, guarded_home.entry)
    await dialog.submit(**LOGIN)
    assert dialog.error == "login_failed"
    assert "refuses the connection" in dialog.text
    await guarded_home.server.start(HOST, guarded_home.port)
    await dialog.submit(**LOGIN)
    assert dialog.shown["reason"] == "reauth_successful"
    assert guarded_home.entry.state is ConfigEntryState.LOADED
    assert await obeys(guarded_home)


async def test_a_device_that_cannot_know_the_password_is_told_apart(
    hass: HomeAssistant,
) -> None:
    async with serving() as peer:
        entry = MockConfigEntry(
            domain=DOMAIN,
            data={CONF_HOST: HOST, CONF_PORT: peer.port, CONF_UNIT_ID: 1},
        )
        entry.add_to_hass(hass)
        dialog = await Dialog.reauthenticate(hass, entry)
        peer.script.extend(
            [tell(b"\x24\x11" + bytes(17)), tell(b"\x25\x22\0\x20" + bytes(32))]
        )
        await dialog.submit(**LOGIN)
        assert dialog.error == "login_unproven"
        assert "did not prove" in dialog.text
        assert CONF_PASSWORD not in entry.data


async def test_a_login_can_be_given_kept_changed_and_taken_away(
    hass: HomeAssistant, guarded_home: Home
) -> None:
    address = {CONF_HOST: HOST, CONF_PORT: guarded_home.port, CONF_UNIT_ID: 1}

    async def reconfigure(**login: object) -> Dialog:
        dialog = await Dialog.reconfigure(hass, guarded_home.entry)
        await dialog.submit(**address, **({CONF_LOGIN: login} if login else {}))
        return dialog

    dialog = await reconfigure(username="installer", password="wrong")
    assert dialog.shown["step_id"] == "reconfigure"
    assert dialog.error == "login_refused"
    assert login_of(guarded_home) == {}
    await dialog.submit(**address, login=LOGIN)
    assert dialog.shown["reason"] == "reconfigure_successful"
    assert login_of(guarded_home) == LOGIN
    assert await obeys(guarded_home)

    for kept in ({}, {CONF_USERNAME: "installer"}, {CONF_FORGET_LOGIN: False}):
        dialog = await reconfigure(**kept)
        assert dialog.shown["reason"] == "reconfigure_successful"
        assert login_of(guarded_home) == LOGIN

    await reconfigure(forget_login=True)
    assert login_of(guarded_home) == {}
    assert guarded_home.entry.state is ConfigEntryState.LOADED


async def test_a_login_can_be_forgotten_only_where_there_is_one_and_is_never_shown(
    hass: HomeAssistant, home: Home
) -> None:
    async def fields() -> dict[str, Any]:
        dialog = await Dialog.reconfigure(hass, home.entry)
        schema = dialog.shown["data_schema"]
        assert schema is not None
        assert "00000a" not in repr(dialog.shown) + repr(dialog.suggested)
        (section,) = (part for key, part in schema.schema.items() if key == CONF_LOGIN)
        return {str(key): key.description for key in section.schema.schema}

    await home.add()
    assert await fields() == {CONF_USERNAME: None, CONF_PASSWORD: None}
    hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, **LOGIN}
    )
    assert await fields() == {
        CONF_USERNAME: {"suggested_value": "installer"},
        CONF_PASSWORD: None,
        CONF_FORGET_LOGIN: None,
    }


async def test_another_inverter_is_not_told_the_login(
    hass: HomeAssistant, guarded_home: Home
) -> None:
    stranger = await a_home(
        hass,
        identity=Identity(serial_number="BS9999999999"),
        quirks=FirmwareQuirks(installer_password="00000a"),
    )
    dialog = await Dialog.reconfigure(hass, guarded_home.entry)
    await dialog.submit(host=HOST, port=stranger.port, unit_id=1, login=LOGIN)
    assert dialog.shown["reason"] == "other_plant"
    assert stranger.server.statistics.connections == 1
    await stranger.server.stop()
