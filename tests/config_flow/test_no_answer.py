"""Who does not answer, or is no plant, is told apart."""

import asyncio
import socket
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.const import CONF_UNIT_ID
from custom_components.bessai.simulator.parameters import Identity

from ..device.modbus_peer import refuse, serving
from ..home import HOST, Home
from .dialogs import SURVEY_TIMEOUT_S, Dialog, a_home
from .strangers import (
    Handler,
    closed_port,
    hang_up_at_once,
    listening,
    send_garbage,
    speak_http,
    stay_silent,
)


async def test_a_refused_connection_says_what_to_enable(
    dialog: Dialog, home: Home
) -> None:
    port = closed_port()
    await dialog.submit(host=HOST, port=port)
    assert dialog.error == "refused"
    assert f"refuses the connection on port {port}" in dialog.text
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
async def test_a_name_that_nobody_knows_is_named(
    dialog: Dialog, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
    await dialog.submit(host="Dongle.lan", port=502)
    assert dialog.error == "cannot_connect"
    assert "dongle.lan:502: the name of the host cannot be resolved" in dialog.text
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
async def test_a_host_that_is_not_there_is_not_waited_for(
    dialog: Dialog, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*args: object, **kwargs: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as network:
        network.setattr(asyncio.get_running_loop(), "create_connection", never)
        await dialog.submit(host="192.0.2.1", port=502)
    assert dialog.error == "cannot_connect"
    assert f"no connection within {SURVEY_TIMEOUT_S:g} s" in dialog.text
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
@pytest.mark.parametrize(
    ("handler", "typed"),
    [
        (speak_http, {CONF_UNIT_ID: 1}),
        (speak_http, {}),
        (send_garbage, {CONF_UNIT_ID: 1}),
        (hang_up_at_once, {CONF_UNIT_ID: 1}),
    ],
    ids=["HTTP", "HTTP to a scan", "garbage", "nothing: it serves another client"],
)
async def test_who_does_not_speak_modbus_is_recognised(
    dialog: Dialog, home: Home, handler: Handler, typed: dict[str, int]
) -> None:
    async with listening(handler) as port:
        await dialog.submit(host=HOST, port=port, **typed)
    assert dialog.error == "connection_taken"
    assert dialog.text.startswith(
        f"{HOST} accepts the connection on port {port}, but then ends it or sends "
    )
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
@pytest.mark.parametrize("typed", [{CONF_UNIT_ID: 1}, {}], ids=["one unit", "a scan"])
async def test_who_stays_silent_is_not_waited_for_long(
    dialog: Dialog,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    typed: dict[str, int],
) -> None:
    with monkeypatch.context() as hurry:
        hurry.setattr("custom_components.bessai.config_flow.SURVEY_TIMEOUT_S", 0.03)
        async with listening(stay_silent) as port:
            await dialog.submit(host=HOST, port=port, **typed)
    assert dialog.error == "no_answer"
    assert dialog.text.startswith(
        f"{HOST} accepts the connection on port {port}, but no unit ID gives an answer"
    )
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
@pytest.mark.parametrize(
    ("parameters", "unit_id", "error", "model"),
    [
        ({"identity": Identity(model="SE10K")}, 1, "not_huawei", "SE10K"),
        (
            {"emma": True, "unit_ids": frozenset()},
            0,
            "emma_found",
            "EMMA-A02",
        ),
        (
            {"smartlogger": True, "unit_ids": frozenset()},
            0,
            "smartlogger_found",
            "SmartLogger3000",
        ),
        ({"unit_ids": frozenset({100})}, 100, "sdongle_found", "SDongleA-05"),
    ],
    ids=["not a Huawei", "only an EMMA", "only a SmartLogger", "only an SDongle"],
)
async def test_another_device_is_named(
    hass: HomeAssistant,
    dialog: Dialog,
    home: Home,
    parameters: dict[str, Any],
    unit_id: int,
    error: str,
    model: str,
) -> None:
    other = await a_home(hass, **parameters)
    await dialog.submit(host=HOST, port=other.port, unit_id=unit_id)
    await other.server.stop()
    assert dialog.error == error
    assert model in dialog.text
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
async def test_a_device_without_a_name_is_not_a_plant(
    dialog: Dialog, home: Home
) -> None:
    async with serving() as peer:
        peer.otherwise = refuse(2)
        await dialog.submit(host=HOST, port=peer.port, unit_id=1)
    assert dialog.error == "not_huawei"
    assert "“-”" in dialog.text
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
@pytest.mark.parametrize(
    ("code", "error", "detail"),
    [
        (0x06, "device_refuses", "the device is busy"),
        (0x80, "device_refuses", "without the installer's consent"),
        (0x0B, "no_answer", "none of the units [1] answered"),
    ],
    ids=["busy", "closed to us", "a gateway to nobody"],
)
async def test_a_device_that_only_refuses_is_met_with_its_reason(
    dialog: Dialog, home: Home, code: int, error: str, detail: str
) -> None:
    async with serving() as peer:
        peer.otherwise = refuse(code)
        await dialog.submit(host=HOST, port=peer.port, unit_id=1)
    assert dialog.error == error
    assert detail in dialog.text
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
async def test_what_nobody_thought_of_is_shown_and_logged(
    dialog: Dialog,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the resolver is out of order")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
    await dialog.submit(host="dongle", port=502)
    assert dialog.error == "unknown"
    assert "the resolver is out of order" in dialog.text
    (line,) = [one for one in caplog.records if one.name.startswith("custom_")]
    assert line.levelname == "ERROR"
    assert line.message == "Unexpected error while looking for a plant"
    assert line.exc_info is not None
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()
    caplog.clear()
