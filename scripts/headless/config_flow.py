"""Adds the plant as an owner does: through the dialog, one step after the other."""

import asyncio
from collections.abc import Mapping
import time
from typing import Any

from .client import HomeAssistantClient
from .entities import DOMAIN
from .errors import SceneError
from .program import LOOPBACK

FAILED = frozenset({"setup_error", "migration_error", "failed_unload"})
"""States of an entry that no waiting will change."""

FLOW = "/api/config/config_entries/flow"
SURVEY_S = 60


async def find_entry(client: HomeAssistantClient) -> Mapping[str, Any] | None:
    """Return the plant that was added, if there is one."""
    entries = await client.get(f"/api/config/config_entries/entry?domain={DOMAIN}")
    return entries[0] if entries else None


async def add_plant(client: HomeAssistantClient, port: int) -> None:
    """Add the inverter that answers on a port of this machine."""
    flow = await client.post(FLOW, {"handler": DOMAIN})
    flow = await _answer(client, flow, "menu", {"next_step_id": "huawei"})
    flow = await _answer(client, flow, "form", {"host": LOOPBACK, "port": port})
    flow = await _survey(client, flow)
    if flow["type"] != "create_entry":
        raise SceneError(f"the config flow does not add the plant: {_told(flow)}")


async def move_plant(client: HomeAssistantClient, entry: str, port: int) -> None:
    """Tell the integration that its inverter has moved to another port."""
    flow = await client.post(FLOW, {"handler": DOMAIN, "entry_id": entry})
    flow = await _answer(client, flow, "form", {"host": LOOPBACK, "port": port})
    flow = await _survey(client, flow)
    if flow.get("reason") != "reconfigure_successful":
        raise SceneError(f"the plant cannot be reconfigured: {_told(flow)}")


async def _answer(
    client: HomeAssistantClient,
    flow: Mapping[str, Any],
    expected: str,
    answer: Mapping[str, Any],
) -> Mapping[str, Any]:
    if flow["type"] != expected:
        raise SceneError(f"the config flow shows no {expected}: {_told(flow)}")
    result: Mapping[str, Any] = await client.post(f"{FLOW}/{flow['flow_id']}", answer)
    return result


async def _survey(
    client: HomeAssistantClient, flow: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Wait while the dialog shows that it is looking for the inverter."""
    if flow["type"] != "progress":
        raise SceneError(f"the config flow does not look for the plant: {_told(flow)}")
    deadline = time.monotonic() + SURVEY_S
    while flow["type"] == "progress":
        if time.monotonic() > deadline:
            raise SceneError(f"the plant is not found within {SURVEY_S} s")
        await asyncio.sleep(0.2)
        flow = await client.get(f"{FLOW}/{flow['flow_id']}")
    return flow


def _told(flow: Mapping[str, Any]) -> str:
    """Return what a flow says where a person would read it."""
    told = ("type", "step_id", "errors", "reason", "description_placeholders")
    return ", ".join(f"{name} {flow[name]}" for name in told if flow.get(name))
