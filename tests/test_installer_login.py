"""A plant that wants the login of the installer obeys whoever gives it."""

from collections.abc import AsyncIterator
from dataclasses import replace
import logging

from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.device.link import NotPermitted
from custom_components.bessai.device.login import Login, login_is_offered
from custom_components.bessai.installer_login import (
    CONF_FORGET_LOGIN,
    KEEP_ALIVE,
    async_apply_login,
    kept_login,
    typed_login,
)
from custom_components.bessai.simulator.parameters import (
    FirmwareQuirks,
    PlantParameters,
)

from .device.link_fakes import write_alone
from .home import Home
from .plants import poll_until

PASSWORD = "Sesame-4711"
GUARDED = PlantParameters(quirks=FirmwareQuirks(installer_password=PASSWORD))
LOGIN = {CONF_USERNAME: "installer", CONF_PASSWORD: PASSWORD}
PERIOD = 47083


@pytest.fixture
async def guarded_home(hass: HomeAssistant, prompt_link: None) -> AsyncIterator[Home]:
    """Return a plant that takes no write without the login, not added yet."""
    home = await Home(hass, GUARDED).switch_on()
    yield home
    await home.server.stop()


def writes(home: Home) -> list[int]:
    """Return the addresses of the writes that the plant took."""
    return [entry.address for entry in home.plant.journal.entries]


async def test_a_plant_whose_login_is_known_takes_writes(guarded_home: Home) -> None:
    home = await guarded_home.add(**LOGIN)
    assert home.state("soc").state == "50.0"
    unit = home.runtime.endpoint.unit(1)
    await write_alone(unit, PERIOD, (7,))
    async with unit.sequence() as turn:
        await turn.write(PERIOD, (8,))
    assert writes(home) == [PERIOD, PERIOD]
    assert "NotPermitted" not in home.runtime.endpoint.statistics.errors


async def test_a_plant_whose_login_is_not_known_offers_one(
    guarded_home: Home,
) -> None:
    home = await guarded_home.add()
    unit = home.runtime.endpoint.unit(1)
    with pytest.raises(NotPermitted):
        await write_alone(unit, PERIOD, (7,))
    assert await login_is_offered(unit)
    assert writes(home) == []


async def test_a_plant_that_takes_writes_from_everybody_offers_none(
    added_home: Home,
) -> None:
    unit = added_home.runtime.endpoint.unit(1)
    assert not await login_is_offered(unit)
    await write_alone(unit, PERIOD, (7,))
    assert writes(added_home) == [PERIOD]


async def test_a_connection_made_anew_is_logged_in_anew(guarded_home: Home) -> None:
    home = await guarded_home.add(**LOGIN)
    unit = home.runtime.endpoint.unit(1)
    await write_alone(unit, PERIOD, (7,))
    home.server._kick()
    await poll_until(home, lambda: home.runtime.endpoint.generation == 2)
    await write_alone(unit, PERIOD, (8,))
    assert writes(home) == [PERIOD, PERIOD]


async def test_nothing_shows_the_password(
    guarded_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    home = await guarded_home.add(**{**LOGIN, CONF_PASSWORD: "wrong-4711"})
    with pytest.raises(NotPermitted) as caught:
        await write_alone(home.runtime.endpoint.unit(1), PERIOD, (7,))
    for shown in (caplog.text, str(caught.value), repr(home.runtime.endpoint)):
        assert "4711" not in shown
    caplog.clear()


async def test_a_login_that_an_entry_lost_is_not_used_any_more(
    guarded_home: Home,
) -> None:
    home = await guarded_home.add(**LOGIN)
    unit, profile = home.runtime.endpoint.unit(1), home.runtime.driver.profile
    async_apply_login(unit, {}, profile)
    with pytest.raises(NotPermitted):
        await write_alone(unit, PERIOD, (7,))
    registers = {
        key: register
        for key, register in profile.registers.items()
        if key != KEEP_ALIVE
    }
    async_apply_login(unit, LOGIN, replace(profile, registers=registers))
    await write_alone(unit, PERIOD, (7,))
    assert writes(home) == [PERIOD]


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        ({}, None),
        ({CONF_USERNAME: "installer"}, None),
        ({CONF_USERNAME: "installer", CONF_PASSWORD: ""}, None),
        ({CONF_PASSWORD: "x"}, Login(user="installer", password="x")),
        (
            {CONF_USERNAME: " ", CONF_PASSWORD: "x"},
            Login(user="installer", password="x"),
        ),
        (
            {CONF_USERNAME: " me ", CONF_PASSWORD: " x "},
            Login(user="me", password=" x "),
        ),
    ],
)
def test_a_login_is_what_has_a_password(
    typed: dict[str, str], login: Login | None
) -> None:
    assert typed_login(typed) == login


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        ({}, {}, {}),
        ({}, {CONF_FORGET_LOGIN: True}, {}),
        (LOGIN, {}, LOGIN),
        (LOGIN, {CONF_USERNAME: "me"}, LOGIN),
        (LOGIN, {CONF_FORGET_LOGIN: False}, LOGIN),
        (LOGIN, {CONF_FORGET_LOGIN: True}, {}),
        ({}, LOGIN, LOGIN),
        (
            LOGIN,
            {CONF_PASSWORD: "new", CONF_FORGET_LOGIN: True},
            {CONF_USERNAME: "installer", CONF_PASSWORD: "new"},
        ),
    ],
)
def test_an_entry_keeps_its_login_until_it_is_told_otherwise(
    before: dict[str, str], typed: dict[str, object], after: dict[str, str]
) -> None:
    assert kept_login({"host": "dongle", **before}, typed) == after
