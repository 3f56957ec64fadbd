"""What an owner can put right in a dialog of the page of repairs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.components.repairs.models import RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .forwarding_issues import CLOUD_PARKED

if TYPE_CHECKING:
    from .forwarder import Forwarder


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: Mapping[str, Any] | None
) -> RepairsFlow:
    """Return the dialog of an issue; what has only to be read is confirmed."""
    if issue_id.startswith(CLOUD_PARKED) and data is not None:
        return ParkedFlow(str(data["entry_id"]))
    return ConfirmRepairFlow()


class ParkedFlow(RepairsFlow):
    """Tries the messages again that the cloud refused, or gives them up."""

    def __init__(self, entry_id: str) -> None:
        """Be about the messages of a plant."""
        self._entry_id = entry_id

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Let the owner choose."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["try_again", "give_up"],
            description_placeholders=self._words,
        )

    async def async_step_try_again(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Put them back in their places; refused again, they are laid aside again."""
        if (forwarder := self._forwarder) is None:
            return self.async_abort(reason="cloud_not_loaded")
        return self._end(forwarder, is_done=await forwarder.async_retry_parked())

    async def async_step_give_up(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Delete them, once that is confirmed."""
        if user_input is None:
            return self.async_show_form(
                step_id="give_up",
                data_schema=vol.Schema({}),
                description_placeholders=self._words,
            )
        if (forwarder := self._forwarder) is None:
            return self.async_abort(reason="cloud_not_loaded")
        return self._end(forwarder, is_done=await forwarder.async_discard_parked())

    def _end(self, forwarder: Forwarder, *, is_done: bool) -> RepairsFlowResult:
        """End the dialog and with it the issue, unless the disk did not let us."""
        if is_done:
            return self.async_create_entry(data={})
        return self.async_abort(
            reason="cloud_disk_fails",
            description_placeholders={"reason": str(forwarder.figures.storage_error)},
        )

    @property
    def _forwarder(self) -> Forwarder | None:
        """What forwards for the plant; ``None`` if nothing does now."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return None
        forwarder: Forwarder | None = entry.runtime_data.forwarder
        return forwarder

    @property
    def _words(self) -> dict[str, str] | None:
        """What the issue's texts are filled with."""
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return None if issue is None else issue.translation_placeholders
