"""Adds a plant: find out who answers before anything is created."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
import secrets
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .const import (
    CONF_BATTERY_KWH,
    CONF_KIND,
    CONF_MANAGER,
    CONF_PV_PEAK_KW,
    CONF_SERIAL_NUMBER,
    CONF_TIME_FACTOR,
    CONF_UNIT_ID,
    DEFAULT_PORT,
    DOMAIN,
    KIND_HUAWEI,
    KIND_SIMULATED,
    LOGGER,
)
from .device.link import BrokenAnswer, DeviceRefusal, LinkDown, LinkError
from .device.login import Login
from .device.probe import (
    NobodyThere,
    OtherDevice,
    PlantIdentity,
    ReadsRegisters,
    Survey,
    identify,
    survey,
)
from .device.profile import DeviceProfile
from .endpoints import SURVEY_TIMEOUT_S, async_survey_units
from .forwarding_setup import CLOUD_KEY_STEP, REAUTH_CLOUD, async_load_dialog
from .installer_login import (
    CONF_LOGIN,
    LOGIN_SCHEMA,
    async_try_login,
    kept_login,
    login_data,
    login_section,
    shown_login,
    typed_login,
)
from .issues import MANAGERS
from .options_flow import BessaiOptionsFlow
from .plant_address import PlantAddress, Trouble, parse_address
from .runtime import async_load_shelf

HUAWEI_SOLAR: Final = "huawei_solar"
MANAGER_UNIT_ID: Final = 0


def _number(minimum: float, maximum: float, step: float, unit: str) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=minimum,
            max=maximum,
            step=step,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )


WHOLE_NUMBER: Final = NumberSelector(
    NumberSelectorConfig(step=1, mode=NumberSelectorMode.BOX)
)
"""Without bounds: what is out of range gets our own, clearer words."""

PLANT_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): WHOLE_NUMBER,
        vol.Optional(CONF_UNIT_ID): WHOLE_NUMBER,
    }
)

SIMULATED_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_PV_PEAK_KW, default=8): _number(0.5, 30, 0.5, "kW"),
        vol.Required(CONF_BATTERY_KWH, default=10): _number(0, 60, 1, "kWh"),
        vol.Required(CONF_TIME_FACTOR, default=1): _number(1, 300, 1, "x"),
    }
)


def trouble_from(err: Exception) -> str:
    """Return the key of the text that explains a failed survey."""
    if isinstance(err, BrokenAnswer) or (isinstance(err, LinkDown) and err.lost):
        return "connection_taken"
    if isinstance(err, LinkDown):
        return "refused" if err.refused else "cannot_connect"
    if isinstance(err, DeviceRefusal):
        return "device_refuses"
    if isinstance(err, LinkError | NobodyThere):
        return "no_answer"
    LOGGER.error("Unexpected error while looking for a plant", exc_info=err)
    return "unknown"


def trouble_with(found: Survey) -> tuple[str, str]:
    """Return the key of a text, and the model that was found instead of a plant."""
    by_kind = {other.kind: other.model or "-" for other in found.others}
    for kind in ("emma", "smartlogger", "sdongle"):
        if kind in by_kind:
            return f"{kind}_found", by_kind[kind]
    return "not_huawei", found.others[-1].model or "-"


class BessaiConfigFlow(ConfigFlow, domain=DOMAIN):
    """Takes an owner from an address to a plant."""

    VERSION = 1

    _address: PlantAddress
    _survey: asyncio.Task[Survey]
    _plant: PlantIdentity
    _manager: str | None

    def __init__(self) -> None:
        """Begin with nothing typed; the rest becomes known step by step."""
        self._typed: Mapping[str, Any] = {}
        self._trouble: Trouble | None = None
        self._surveys: set[asyncio.Task[Survey]] = set()

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> BessaiOptionsFlow:
        """Return the flow behind the gear of a plant."""
        return BessaiOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the owner choose between a real and a simulated plant."""
        return self.async_show_menu(
            step_id="user", menu_options=[KIND_HUAWEI, KIND_SIMULATED]
        )

    async def async_step_huawei(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the inverter is."""
        return self._ask_for_address(KIND_HUAWEI, user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the inverter has moved to, or for another simulated plant."""
        entry = self._get_reconfigure_entry()
        if entry.data[CONF_KIND] == KIND_SIMULATED:
            return await self.async_step_simulated(user_input)
        if not self._typed:
            self._typed = entry.data
        return self._ask_for_address(
            "reconfigure", user_input, PLANT_SCHEMA.extend(login_section(entry.data))
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Begin to ask for the login that the inverter wants before it obeys.

        Or for another key, where the cloud does not accept the present one.
        """
        if entry_data.get(REAUTH_CLOUD):
            return await self.async_step_cloud_key()
        return await self.async_step_reauth_confirm()

    async def async_step_cloud_key(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another key for the cloud, and keep it once it was tried."""
        await async_load_dialog(self.hass)
        from .forwarding_choice import ForwardingChoice  # noqa: PLC0415 - loaded by now
        from .forwarding_form import KEY_SCHEMA  # noqa: PLC0415
        from .forwarding_options import CONF_KEY_FILE  # noqa: PLC0415

        entry = self._get_reauth_entry()
        trouble = None
        if user_input is not None:
            choice = ForwardingChoice(self.hass, entry)
            trouble = await choice.async_replace_key(user_input[CONF_KEY_FILE])
            if trouble is None:
                return self.async_update_reload_and_abort(entry)
        return self.async_show_form(
            step_id=CLOUD_KEY_STEP,
            data_schema=KEY_SCHEMA,
            errors={"base": trouble[0]} if trouble else None,
            description_placeholders=trouble[1] if trouble else None,
        )

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login of the installer, and keep it once it has worked."""
        entry = self._get_reauth_entry()
        trouble = None
        login = typed_login(user_input or {})
        if login is not None:
            trouble = await self._async_try_login(entry.data, login)
            if trouble is None:
                return self.async_update_reload_and_abort(
                    entry, data_updates=login_data(login)
                )
            if trouble.error == "login_unsupported":
                return self.async_abort(reason="login_unsupported")
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(
                LOGIN_SCHEMA, shown_login(user_input or entry.data)
            ),
            errors={trouble.field: trouble.error} if trouble else None,
            description_placeholders=trouble.placeholders if trouble else None,
        )

    async def _async_try_login(
        self, data: Mapping[str, Any], login: Login
    ) -> Trouble | None:
        shelf = await async_load_shelf(self.hass)
        return await async_try_login(self.hass, data, shelf.timing, login)

    def _ask_for_address(
        self,
        step_id: str,
        user_input: dict[str, Any] | None,
        schema: vol.Schema = PLANT_SCHEMA,
    ) -> ConfigFlowResult:
        if user_input is not None:
            self._typed = user_input
            self._check(user_input)
            if self._trouble is None:
                return self._start_survey()
        trouble, self._trouble = self._trouble, None
        login = shown_login(self._typed.get(CONF_LOGIN, self._typed))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, {**self._typed, CONF_LOGIN: login}
            ),
            errors={trouble.field: trouble.error} if trouble else None,
            description_placeholders=trouble.placeholders if trouble else None,
        )

    def _check(self, user_input: Mapping[str, Any]) -> None:
        """Take over an address that can be tried, or note why it cannot."""
        address = parse_address(user_input)
        if isinstance(address, Trouble):
            self._trouble = address
        elif _is_huawei_solar_host(self.hass, address.host):
            self._trouble = Trouble(
                field=CONF_HOST,
                error="huawei_solar_configured",
                placeholders={"value": address.host},
            )
        else:
            self._address = address

    def _start_survey(self) -> ConfigFlowResult:
        self._survey = self.hass.async_create_task(
            self._async_survey(self._address), "bessai survey"
        )
        self._surveys.add(self._survey)
        return self._show_progress()

    def _show_progress(self) -> ConfigFlowResult:
        return self.async_show_progress(
            step_id="survey",
            progress_action="survey",
            description_placeholders={"host": self._address.host},
            progress_task=self._survey,
        )

    async def async_step_survey(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Wait until it is known who answers."""
        if not self._survey.done():
            return self._show_progress()
        again = KIND_HUAWEI if self.source != SOURCE_RECONFIGURE else "reconfigure"
        try:
            found = self._survey.result()
        except Exception as err:  # noqa: BLE001 - a person waits for an answer
            self._note_trouble(trouble_from(err), str(err))
            return self.async_show_progress_done(next_step_id=again)
        if found.plant is None:
            self._note_trouble(*trouble_with(found))
            return self.async_show_progress_done(next_step_id=again)
        self._plant, self._manager = found.plant, _manager_among(found)
        return self.async_show_progress_done(next_step_id="found")

    def _note_trouble(self, error: str, detail: str) -> None:
        self._trouble = Trouble(
            field="base",
            error=error,
            placeholders={
                "host": self._address.host,
                "port": str(self._address.port),
                "detail": detail,
            },
        )

    async def async_step_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Create the entry of the inverter that answered, or move it."""
        data = {
            CONF_KIND: KIND_HUAWEI,
            CONF_HOST: self._address.host,
            CONF_PORT: self._address.port,
            CONF_UNIT_ID: self._plant.unit_id,
            CONF_MANAGER: self._manager,
        }
        await self.async_set_unique_id(self._plant.serial_number)
        if self.source == SOURCE_RECONFIGURE:
            return await self._async_move(data)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=self._plant.model, data=data)

    async def _async_move(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Let the entry follow its inverter, with the login that was typed."""
        self._abort_if_unique_id_mismatch(
            reason="other_plant",
            description_placeholders={"serial_number": self._plant.serial_number},
        )
        entry = self._get_reconfigure_entry()
        typed = self._typed.get(CONF_LOGIN, {})
        login = typed_login(typed)
        if login is not None:
            self._trouble = await self._async_try_login(data, login)
        if self._trouble is not None:
            return await self.async_step_reconfigure()
        return self.async_update_reload_and_abort(
            entry, data=data | kept_login(entry.data, typed)
        )

    async def async_step_simulated(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Make a plant to try BESSAI with."""
        reconfigured = self.source == SOURCE_RECONFIGURE
        typed = self._get_reconfigure_entry().data if reconfigured else {}
        if user_input is None:
            return self.async_show_form(
                step_id="simulated",
                data_schema=self.add_suggested_values_to_schema(
                    SIMULATED_SCHEMA, typed
                ),
            )
        serial_number = typed.get(CONF_SERIAL_NUMBER) or _new_serial_number()
        data = {
            CONF_KIND: KIND_SIMULATED,
            CONF_SERIAL_NUMBER: serial_number,
            **user_input,
        }
        if reconfigured:
            return self.async_update_reload_and_abort(
                self._get_reconfigure_entry(), data=data
            )
        await self.async_set_unique_id(serial_number)
        return self.async_create_entry(title="Simulated plant", data=data)

    async def _async_survey(self, address: PlantAddress) -> Survey:
        """Find the inverter, and whether a manager commands it."""
        shelf = await async_load_shelf(self.hass)
        timing = shelf.timing
        if address.unit_id is None:
            asked = self._unit_ids_left(address, shelf.unit_ids)
            timing = replace(timing, timeout_s=SURVEY_TIMEOUT_S)
        else:
            asked = (address.unit_id,)
        async with async_survey_units(
            self.hass, address.host, address.port, timing
        ) as unit:
            found = await survey(
                unit, asked, shelf.profiles, self.async_update_progress
            )
            if found.plant is None or MANAGER_UNIT_ID in asked:
                return found
            return await _with_manager(found, unit(MANAGER_UNIT_ID), shelf.profiles)

    def _unit_ids_left(
        self, address: PlantAddress, unit_ids: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return the unit ids to look at: not those that are plants already.

        So a second inverter behind a dongle is found, too. With nothing left, all are
        looked at, for the text that says what is there.
        """
        if self.source == SOURCE_RECONFIGURE:
            return unit_ids
        taken = {
            entry.data.get(CONF_UNIT_ID)
            for entry in self._async_current_entries(include_ignore=False)
            if entry.data.get(CONF_HOST) == address.host
            and entry.data.get(CONF_PORT) == address.port
        }
        return tuple(one for one in unit_ids if one not in taken) or unit_ids

    @callback
    @override
    def async_remove(self) -> None:
        """Stop looking when the owner closes the dialog."""
        for task in self._surveys:
            task.cancel()


async def _with_manager(
    found: Survey, manager: ReadsRegisters, profiles: Sequence[DeviceProfile]
) -> Survey:
    """Add the EMMA or SmartLogger, which answers under a unit id of its own."""
    try:
        await identify(manager, MANAGER_UNIT_ID, profiles)
    except OtherDevice as other:
        return replace(found, others=(*found.others, other))
    except LinkError:
        LOGGER.debug("Nothing answers under unit %s", MANAGER_UNIT_ID)
    return found


def _manager_among(found: Survey) -> str | None:
    kinds = [other.kind for other in found.others if other.kind in MANAGERS]
    return kinds[0] if kinds else None


def _is_huawei_solar_host(hass: HomeAssistant, host: str) -> bool:
    """Return whether the other Huawei integration uses this inverter's only link."""
    return any(
        str(entry.data.get(CONF_HOST, "")).lower() == host
        for entry in hass.config_entries.async_entries(
            HUAWEI_SOLAR, include_ignore=False, include_disabled=False
        )
    )


def _new_serial_number() -> str:
    return f"SIM{secrets.randbelow(10**7):07d}"
