"""One connection per address, whoever needs it and whoever leaves first."""

from collections.abc import AsyncIterator
from dataclasses import replace

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.device.link import LinkDown, NoAnswer
from custom_components.bessai.endpoints import (
    async_borrow_endpoint,
    async_hold_endpoint,
    async_release_endpoint,
    async_survey_units,
)

from .device.link_fakes import timing
from .device.modbus_peer import ModbusPeer, serving, silence
from .home import HOST

PATIENT = replace(timing(connect_pause_s=0, request_pause_s=0), timeout_s=5)


@pytest.fixture
async def peer() -> AsyncIterator[ModbusPeer]:
    async with serving() as peer:
        yield peer


async def test_all_holders_of_an_address_share_one_connection(
    hass: HomeAssistant, peer: ModbusPeer
) -> None:
    first = async_hold_endpoint(hass, HOST, peer.port, PATIENT)
    second = async_hold_endpoint(hass, HOST, peer.port, PATIENT)
    assert first is second
    await first.read(1, 32000, 1)
    await second.read(2, 32000, 1)
    assert peer.connections == 1

    await async_release_endpoint(hass, HOST, peer.port)
    await second.read(2, 32000, 1)
    assert peer.connections == 1

    await async_release_endpoint(hass, HOST, peer.port)
    await peer.until_connections(0)
    with pytest.raises(LinkDown, match="closed on this side"):
        await second.read(2, 32000, 1)


async def test_an_address_that_was_let_go_begins_anew(
    hass: HomeAssistant, peer: ModbusPeer
) -> None:
    first = async_hold_endpoint(hass, HOST, peer.port, PATIENT)
    await async_release_endpoint(hass, HOST, peer.port)
    second = async_hold_endpoint(hass, HOST, peer.port, PATIENT)
    assert second is not first
    await second.read(1, 32000, 1)
    await async_release_endpoint(hass, HOST, peer.port)


async def test_two_addresses_are_two_connections(
    hass: HomeAssistant, peer: ModbusPeer
) -> None:
    async with serving() as other:
        first = async_hold_endpoint(hass, HOST, peer.port, PATIENT)
        second = async_hold_endpoint(hass, HOST, other.port, PATIENT)
        await first.read(1, 32000, 1)
        await second.read(1, 32000, 1)
        assert (peer.connections, other.connections) == (1, 1)
        await async_release_endpoint(hass, HOST, peer.port)
        await async_release_endpoint(hass, HOST, other.port)


async def test_a_survey_borrows_the_connection_of_an_entry_and_leaves_it_open(
    hass: HomeAssistant, peer: ModbusPeer
) -> None:
    held = async_hold_endpoint(hass, HOST, peer.port, PATIENT)
    await held.read(1, 32000, 1)
    async with async_survey_units(hass, HOST, peer.port, PATIENT) as unit:
        await unit(1).read(32000, 1)
    await held.read(1, 32000, 1)
    assert peer.connections == 1
    await async_release_endpoint(hass, HOST, peer.port)


async def test_a_survey_over_a_borrowed_connection_does_not_wait_long_either(
    hass: HomeAssistant, peer: ModbusPeer
) -> None:
    held = async_hold_endpoint(hass, HOST, peer.port, PATIENT)
    await held.read(1, 32000, 1)
    peer.otherwise = silence
    hasty = replace(PATIENT, timeout_s=0.05)
    async with async_survey_units(hass, HOST, peer.port, hasty) as unit:
        with pytest.raises(NoAnswer, match=r"unit 7: no answer within 0\.05 s"):
            await unit(7).read(32000, 1)
    await async_release_endpoint(hass, HOST, peer.port)


async def test_a_survey_of_an_unknown_address_tries_once_and_leaves_nothing(
    hass: HomeAssistant, peer: ModbusPeer
) -> None:
    peer.otherwise = silence
    hasty = replace(PATIENT, timeout_s=0.05)
    async with async_survey_units(hass, HOST, peer.port, hasty) as unit:
        with pytest.raises(NoAnswer, match=r"no answer within 0\.05 s"):
            await unit(1).read(32000, 1)
        assert len(peer.asked) == 1
        assert peer.open_connections == 1
    await peer.until_connections(0)


async def test_a_survey_that_fails_leaves_nothing(
    hass: HomeAssistant, peer: ModbusPeer
) -> None:
    async def survey() -> None:
        async with async_survey_units(hass, HOST, peer.port, PATIENT) as unit:
            await unit(1).read(32000, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await survey()
    assert peer.connections == 1
    await peer.until_connections(0)


async def test_an_endpoint_is_borrowed_where_one_is_held(
    hass: HomeAssistant, peer: ModbusPeer
) -> None:
    held = async_hold_endpoint(hass, HOST, peer.port, PATIENT)
    async with async_borrow_endpoint(hass, HOST, peer.port, PATIENT) as endpoint:
        assert endpoint is held
    await held.read(1, 32000, 1)
    await async_release_endpoint(hass, HOST, peer.port)
    async with async_borrow_endpoint(hass, HOST, peer.port, PATIENT) as endpoint:
        await endpoint.read(1, 32000, 1)
        assert peer.connections == 2
    await peer.until_connections(0)
