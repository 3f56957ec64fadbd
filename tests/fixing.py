"""An owner on the page of repairs, who goes through the dialog of an issue."""

from typing import Any

from homeassistant.components.repairs.const import DOMAIN as REPAIRS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry
from homeassistant.setup import async_setup_component

from custom_components.bessai.const import DOMAIN


def issue_of(hass: HomeAssistant, key: str) -> IssueEntry:
    """Return the one issue with this text."""
    (found,) = (
        issue
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.translation_key == key
    )
    return found


async def begin_fix(hass: HomeAssistant, key: str) -> dict[str, Any]:
    """Open the dialog of an issue; return its first page."""
    assert await async_setup_component(hass, REPAIRS, {})
    context = {"issue_id": issue_of(hass, key).issue_id}
    manager = hass.data[REPAIRS]["flow_manager"]
    return dict(await manager.async_init(DOMAIN, context=context))


async def go_on(
    hass: HomeAssistant, page: dict[str, Any], **typed: object
) -> dict[str, Any]:
    """Answer a page; return the next one."""
    manager = hass.data[REPAIRS]["flow_manager"]
    return dict(await manager.async_configure(page["flow_id"], typed))


async def fix(hass: HomeAssistant, key: str, choice: str) -> dict[str, Any]:
    """Open the dialog of an issue and choose in its menu; return what came of it."""
    page = await begin_fix(hass, key)
    return await go_on(hass, page, next_step_id=choice)
