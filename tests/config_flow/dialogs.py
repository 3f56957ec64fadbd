"""A dialog as the frontend leads it, and a plant to be found by it."""

from typing import Any

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.simulator.parameters import PlantParameters

from ..home import Home, settle
from ..source import INTEGRATION, read_json

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["config"]

SURVEY_TIMEOUT_S = 0.5


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


async def a_home(hass: HomeAssistant, **parameters: Any) -> Home:
    return await Home(hass, PlantParameters(**parameters)).switch_on()
