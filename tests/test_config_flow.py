"""An owner gets from an address to a plant, whatever is met on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import socket
from typing import Any

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_USERNAME,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import (
    EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE,
    FlowResultType,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.config_flow import (
    HUAWEI_SOLAR,
)
from custom_components.bessai.const import (
    CONF_BATTERY_KWH,
    CONF_KIND,
    CONF_MANAGER,
    CONF_PV_PEAK_KW,
    CONF_SERIAL_NUMBER,
    CONF_TIME_FACTOR,
    CONF_UNIT_ID,
    DOMAIN,
    KIND_HUAWEI,
    KIND_SIMULATED,
)
from custom_components.bessai.installer_login import CONF_FORGET_LOGIN, CONF_LOGIN
from custom_components.bessai.plant_address import PlantAddress, parse_address
from custom_components.bessai.simulator.parameters import (
    FirmwareQuirks,
    Identity,
    PlantParameters,
)
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import SimulatorServer

from .device.modbus_peer import refuse, serving, silence, tell
from .home import HOST, Home, settle
from .plants import add_simulated_plant, cascade, until
from .source import INTEGRATION, read_json

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["config"]

SURVEY_TIMEOUT_S = 0.5

type Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def hasty_survey(prompt_link: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not give a unit id on this machine three seconds."""
    monkeypatch.setattr(
        "custom_components.bessai.config_flow.SURVEY_TIMEOUT_S", SURVEY_TIMEOUT_S
    )


@pytest.fixture
async def home(hass: HomeAssistant, prompt_link: None) -> AsyncIterator[Home]:
    """Return a plant that answers as unit 0 too: no test waits for silence there."""
    home = await a_home(hass, unit_ids=frozenset({0, 1}))
    yield home
    await home.server.stop()


@pytest.fixture
def nothing_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an entry be created only: its entities are not what the dialog is about."""

    async def agree(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        return True

    for step in ("async_setup_entry", "async_unload_entry"):
        monkeypatch.setattr(f"custom_components.{DOMAIN}.{step}", agree)


class Dialog:
    """One dialog, as the frontend leads it."""

    def __init__(self, hass: HomeAssistant, shown: ConfigFlowResult) -> None:
        self.hass = hass
        self.shown = shown
        """What the owner sees now."""

    @classmethod
    async def choose(cls, hass: HomeAssistant, kind: str) -> Dialog:
        """Open the dialog and choose from the menu."""
        dialog = cls(
            hass,
            await hass.config_entries.flow.async_init(
                DOMAIN, context={"source": SOURCE_USER}
            ),
        )
        await dialog.submit(next_step_id=kind)
        return dialog

    @classmethod
    async def reconfigure(cls, hass: HomeAssistant, entry: MockConfigEntry) -> Dialog:
        """Open the dialog that an existing entry has."""
        return cls(hass, await entry.start_reconfigure_flow(hass))

    @classmethod
    async def reauthenticate(
        cls, hass: HomeAssistant, entry: MockConfigEntry
    ) -> Dialog:
        """Open the dialog that an entry asks for when the plant wants a login."""
        return cls(hass, await entry.start_reauth_flow(hass))

    async def submit(self, **typed: object) -> ConfigFlowResult:
        """Send a form; wait for the survey that follows."""
        flow = self.hass.config_entries.flow
        self.shown = await flow.async_configure(self.shown["flow_id"], typed)
        if self.shown["type"] is FlowResultType.SHOW_PROGRESS:
            await self.hass.async_block_till_done()
            self.shown = await flow.async_configure(self.shown["flow_id"])
        await settle(self.hass)
        return self.shown

    @property
    def error(self) -> str:
        """The error that is shown, its text being complete."""
        errors = self.shown["errors"]
        assert errors is not None
        (key,) = errors.values()
        return key

    @property
    def text(self) -> str:
        """The error as the owner reads it."""
        placeholders = self.shown["description_placeholders"]
        assert placeholders is not None
        text: str = TEXTS["error"][self.error]
        return text.format(**placeholders)

    @property
    def suggested(self) -> dict[str, Any]:
        """What the form is filled in with."""
        schema = self.shown["data_schema"]
        assert schema is not None
        return {
            str(key): key.description["suggested_value"]
            for key in schema.schema
            if key.description
        }

    def created(self) -> ConfigEntry[Any]:
        """Return the entry that the dialog ended with."""
        assert self.shown["type"] is FlowResultType.CREATE_ENTRY
        entry: ConfigEntry[Any] = self.shown["result"]
        assert entry.state is ConfigEntryState.LOADED
        return entry


@pytest.fixture
async def dialog(hass: HomeAssistant) -> Dialog:
    """Return the dialog at the question where the inverter is."""
    return await Dialog.choose(hass, KIND_HUAWEI)


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[int]:
    """Listen with something that is no inverter, and yield the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        server.close_clients()
        await server.wait_closed()


async def speak_http(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def send_garbage(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while await reader.read(100):
        writer.write(bytes(range(256)))


async def stay_silent(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while await reader.read(100):
        pass


async def hang_up_at_once(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Serve another client already."""


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


async def a_home(hass: HomeAssistant, **parameters: Any) -> Home:
    return await Home(hass, PlantParameters(**parameters)).switch_on()


# --- the way that works


async def test_the_owner_is_offered_a_real_and_a_simulated_plant(
    hass: HomeAssistant,
) -> None:
    shown = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert shown["type"] is FlowResultType.MENU
    assert shown["menu_options"] == [KIND_HUAWEI, KIND_SIMULATED]


async def test_the_form_suggests_the_usual_port_and_no_unit_id(dialog: Dialog) -> None:
    assert dialog.shown["type"] is FlowResultType.FORM
    schema = dialog.shown["data_schema"]
    assert schema is not None
    assert schema({CONF_HOST: HOST}) == {CONF_HOST: HOST, CONF_PORT: 502}
    assert dialog.suggested == {}


async def test_a_plant_is_added_by_address_and_unit_id(
    dialog: Dialog, home: Home
) -> None:
    await dialog.submit(host=f" {HOST} ", port=home.port, unit_id=1)
    entry = dialog.created()
    assert entry.title == "SUN2000-10KTL-M1"
    assert entry.unique_id == home.serial_number
    assert entry.data == {
        CONF_KIND: KIND_HUAWEI,
        CONF_HOST: HOST,
        CONF_PORT: home.port,
        CONF_UNIT_ID: 1,
        CONF_MANAGER: None,
    }
    assert not dialog.hass.config_entries.flow.async_progress()


@pytest.mark.usefixtures("nothing_set_up")
async def test_a_plant_is_found_by_a_scan_of_the_unit_ids(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    home = await a_home(hass)
    told: list[float] = []

    @callback
    def hear(event: Event) -> None:
        told.append(event.data["progress"])

    hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE, hear)
    await dialog.submit(host=HOST, port=home.port)
    assert dialog.created().data[CONF_UNIT_ID] == 1
    first, last = told
    assert first == 0 < last < 1
    await home.server.stop()


async def test_the_owner_sees_whom_is_being_asked(hass: HomeAssistant) -> None:
    flow = hass.config_entries.flow
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    async with serving() as peer:
        peer.otherwise = silence
        for typed in ({CONF_HOST: HOST, CONF_PORT: peer.port}, None):
            shown = await flow.async_configure(dialog.shown["flow_id"], typed)
            assert shown["type"] is FlowResultType.SHOW_PROGRESS
            assert shown["step_id"] == "survey"
            assert shown["progress_action"] in TEXTS["progress"]
            assert shown["description_placeholders"] == {"host": HOST}
        flow.async_abort(dialog.shown["flow_id"])
        await hass.async_block_till_done()


@pytest.mark.usefixtures("nothing_set_up")
@pytest.mark.parametrize(
    ("beside", "unit_id", "manager"),
    [
        ({"emma": True}, 1, "emma"),
        ({"smartlogger": True}, 1, "smartlogger"),
        ({"emma": True}, None, "emma"),
        ({"unit_ids": frozenset({1, 100})}, None, None),
        ({"unit_ids": frozenset({0, 1})}, 1, None),
        ({"unit_ids": frozenset({0})}, 0, None),
    ],
    ids=[
        "EMMA",
        "SmartLogger",
        "EMMA met by the scan",
        "SDongle commands nothing",
        "the inverter under 0 too",
        "the inverter under 0",
    ],
)
async def test_who_commands_the_inverter_is_noted(
    hass: HomeAssistant,
    dialog: Dialog,
    beside: dict[str, Any],
    unit_id: int | None,
    manager: str | None,
) -> None:
    home = await a_home(hass, **beside)
    typed = {} if unit_id is None else {CONF_UNIT_ID: unit_id}
    await dialog.submit(host=HOST, port=home.port, **typed)
    assert dialog.created().data[CONF_MANAGER] == manager
    await home.server.stop()


# --- what is typed wrongly


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


# --- who does not answer


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


# --- who is there already


@pytest.mark.usefixtures("nothing_set_up")
async def test_the_other_huawei_integration_has_to_let_go_first(
    hass: HomeAssistant, dialog: Dialog, home: Home
) -> None:
    other = MockConfigEntry(domain=HUAWEI_SOLAR, data={CONF_HOST: HOST.upper()})
    other.add_to_hass(hass)
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    assert dialog.shown["errors"] == {CONF_HOST: "huawei_solar_configured"}
    assert HOST in dialog.text
    assert home.server.statistics.connections == 0
    await hass.config_entries.async_set_disabled_by(
        other.entry_id, ConfigEntryDisabler.USER
    )
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


@pytest.mark.usefixtures("nothing_set_up")
@pytest.mark.parametrize(
    "other",
    [
        {"data": {CONF_HOST: HOST}, "disabled_by": ConfigEntryDisabler.USER},
        {"data": {CONF_HOST: HOST}, "source": SOURCE_IGNORE},
        {"data": {CONF_HOST: "192.168.1.99"}},
        {"data": {CONF_PORT: "/dev/ttyUSB0"}},
    ],
    ids=["disabled", "ignored", "of another host", "on a serial line"],
)
async def test_an_entry_of_the_other_integration_that_does_not_connect_is_harmless(
    hass: HomeAssistant, dialog: Dialog, home: Home, other: dict[str, Any]
) -> None:
    MockConfigEntry(domain=HUAWEI_SOLAR, **other).add_to_hass(hass)
    await dialog.submit(host=HOST, port=home.port, unit_id=1)
    dialog.created()


async def test_an_inverter_is_added_once_and_its_link_is_shared_meanwhile(
    hass: HomeAssistant, added_home: Home
) -> None:
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    await dialog.submit(host=HOST, port=added_home.port, unit_id=1)
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "already_configured"
    assert added_home.server.statistics.connections == 1
    await added_home.poll()
    assert added_home.runtime.readings.last_update_success


async def test_a_scan_finds_the_inverter_beside_the_one_that_is_added(
    hass: HomeAssistant, home: Home
) -> None:
    parameters = PlantParameters(identity=Identity(serial_number="BS2301000002"))
    cascade(home.plant, SimulatedPlant(parameters, home.clock.now))
    for unit_id in (0, 1, 100):
        MockConfigEntry(
            domain=DOMAIN,
            data={CONF_HOST: HOST, CONF_PORT: home.port, CONF_UNIT_ID: unit_id},
            state=ConfigEntryState.NOT_LOADED,
        ).add_to_hass(hass)
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    await dialog.submit(host=HOST, port=home.port)
    entry = dialog.created()
    assert entry.unique_id == "BS2301000002"
    assert entry.data[CONF_UNIT_ID] == 2


async def test_a_scan_where_every_unit_id_is_added_says_so(
    hass: HomeAssistant, home: Home
) -> None:
    await home.add()
    for unit_id in range(256):
        MockConfigEntry(
            domain=DOMAIN,
            data={CONF_HOST: HOST, CONF_PORT: home.port, CONF_UNIT_ID: unit_id},
        ).add_to_hass(hass)
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    await dialog.submit(host=HOST, port=home.port)
    assert dialog.shown["reason"] == "already_configured"


# --- closing the dialog


async def test_closing_the_dialog_ends_the_survey_and_its_connection(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    flow = hass.config_entries.flow
    async with serving() as peer:
        peer.otherwise = silence
        await flow.async_configure(
            dialog.shown["flow_id"], {CONF_HOST: HOST, CONF_PORT: peer.port}
        )
        await peer.until_asked(1)
        assert peer.open_connections == 1
        flow.async_abort(dialog.shown["flow_id"])
        await peer.until_connections(0)
        await until(lambda: not surveys())
        assert len(peer.asked) == 1


async def test_closing_the_dialog_leaves_the_link_of_an_entry_alone(
    hass: HomeAssistant, added_home: Home
) -> None:
    flow = hass.config_entries.flow
    dialog = await Dialog.choose(hass, KIND_HUAWEI)
    asked = added_home.server.statistics.requests
    await flow.async_configure(
        dialog.shown["flow_id"],
        {CONF_HOST: HOST, CONF_PORT: added_home.port, CONF_UNIT_ID: 7},
    )
    await until(lambda: added_home.server.statistics.requests > asked)
    flow.async_abort(dialog.shown["flow_id"])
    await until(lambda: not surveys())
    await added_home.poll()
    assert added_home.runtime.readings.last_update_success


def surveys() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "bessai survey"]


# --- reconfiguring


async def test_a_plant_that_moved_is_followed(
    hass: HomeAssistant, added_home: Home
) -> None:
    dialog = await Dialog.reconfigure(hass, added_home.entry)
    assert dialog.shown["step_id"] == "reconfigure"
    assert dialog.suggested == {
        CONF_HOST: HOST,
        CONF_PORT: added_home.port,
        CONF_UNIT_ID: 1,
    }
    await added_home.server.stop()
    added_home.server = SimulatorServer(
        added_home.plant, added_home.clock, added_home.server._behaviour
    )
    await added_home.switch_on()
    await dialog.submit(host=HOST, port=added_home.port)
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "reconfigure_successful"
    assert added_home.entry.data[CONF_PORT] == added_home.port
    assert added_home.entry.data[CONF_UNIT_ID] == 0
    assert added_home.entry.unique_id == added_home.serial_number
    assert added_home.entry.state is ConfigEntryState.LOADED
    assert added_home.state("soc").state == "50.0"


async def test_another_plant_does_not_take_the_place_of_the_first(
    hass: HomeAssistant, added_home: Home
) -> None:
    stranger = await a_home(hass, identity=Identity(serial_number="BS9999999999"))
    before = dict(added_home.entry.data)
    dialog = await Dialog.reconfigure(hass, added_home.entry)
    await dialog.submit(host=HOST, port=stranger.port, unit_id=1)
    await stranger.server.stop()
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "other_plant"
    placeholders = dialog.shown["description_placeholders"]
    assert placeholders is not None
    text = TEXTS["abort"]["other_plant"].format(**placeholders)
    assert "BS9999999999" in text
    assert added_home.entry.data == before
    assert added_home.entry.state is ConfigEntryState.LOADED


async def test_a_wrong_new_address_can_be_corrected(
    hass: HomeAssistant, added_home: Home
) -> None:
    dialog = await Dialog.reconfigure(hass, added_home.entry)
    await dialog.submit(host="999.1.1.1", port=502)
    assert dialog.shown["step_id"] == "reconfigure"
    assert dialog.error == "invalid_host"
    port = closed_port()
    await dialog.submit(host=HOST, port=port)
    assert dialog.shown["step_id"] == "reconfigure"
    assert dialog.error == "refused"
    assert dialog.suggested == {CONF_HOST: HOST, CONF_PORT: port}
    async with listening(stay_silent) as silent_port:
        await dialog.submit(host=HOST, port=silent_port, unit_id=1)
    assert dialog.error == "no_answer"
    await dialog.submit(host=HOST, port=added_home.port, unit_id=1)
    assert dialog.shown["reason"] == "reconfigure_successful"
    assert added_home.entry.state is ConfigEntryState.LOADED


# --- the login of the installer

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
    await home.runtime.endpoint.unit(1).write(47083, (7,))
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


# --- the simulated plant


async def test_a_simulated_plant_is_added(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    dialog = await Dialog.choose(hass, KIND_SIMULATED)
    schema = dialog.shown["data_schema"]
    assert schema is not None
    assert schema({}) == {
        CONF_PV_PEAK_KW: 8,
        CONF_BATTERY_KWH: 10,
        CONF_TIME_FACTOR: 1,
    }
    await dialog.submit(pv_peak_kw=5, battery_kwh=15, time_factor=60)
    entry = dialog.created()
    assert entry.title == "Simulated plant"
    assert entry.unique_id == entry.data[CONF_SERIAL_NUMBER]
    assert entry.data == {
        CONF_KIND: KIND_SIMULATED,
        CONF_SERIAL_NUMBER: entry.unique_id,
        CONF_PV_PEAK_KW: 5,
        CONF_BATTERY_KWH: 15,
        CONF_TIME_FACTOR: 60,
    }
    assert len(simulators) == 1


@pytest.mark.usefixtures("nothing_set_up")
async def test_two_simulated_plants_are_two_plants(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    for _ in range(2):
        dialog = await Dialog.choose(hass, KIND_SIMULATED)
        await dialog.submit()
        dialog.created()
    first, second = hass.config_entries.async_entries(DOMAIN)
    assert first.unique_id != second.unique_id


async def test_a_simulated_plant_can_be_changed_and_stays_the_same_plant(
    hass: HomeAssistant, simulators: list[SimulatorServer]
) -> None:
    entry = await add_simulated_plant(hass)
    dialog = await Dialog.reconfigure(hass, entry)
    assert dialog.shown["step_id"] == "simulated"
    assert dialog.suggested == {
        CONF_PV_PEAK_KW: 8.0,
        CONF_BATTERY_KWH: 10.0,
        CONF_TIME_FACTOR: 1.0,
    }
    before = dict(entry.data)
    await dialog.submit(pv_peak_kw=8, battery_kwh=0, time_factor=1)
    assert dialog.shown["reason"] == "reconfigure_successful"
    assert entry.data == {**before, CONF_BATTERY_KWH: 0}
    assert entry.state is ConfigEntryState.LOADED
    assert len(simulators) == 2
