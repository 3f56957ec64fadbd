"""What the integration shows, as Home Assistant's registries and states tell it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .client import HomeAssistantClient

DOMAIN = "bessai"
NOT_LIVE = frozenset({"unavailable", "unknown"})

AT_REST = frozenset(
    {
        *("release", "safety", "command_expires"),
        *("finding", "accept_plant", "relearn"),
        *("policy_step", "policy_in_charge", "policy_comparison", "expected_price"),
        *("plan_step", "plan_next_change", "planned_power", "stored_energy_value"),
        *("expected_saving", "expected_saving_today", "import_price", "export_price"),
        *("pv_forecast_error", "load_forecast_error"),
    }
)
"""Of these nothing is known as long as nobody has commanded anything, has chosen prices
and has waited until forecasts can be compared with what came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One enabled entity of ours."""

    key: str
    """What its unique id says behind the serial number: the quantity's name."""
    entity_id: str
    device: str
    state: str
    unit: str

    @property
    def is_live(self) -> bool:
        """Whether it has a value, or none only because nothing has happened yet."""
        if self.key in AT_REST:
            return self.state != "unavailable"
        return self.state not in NOT_LIVE


async def read_entities(client: HomeAssistantClient) -> tuple[Entity, ...]:
    """Return every enabled entity of the integration, all of the same moment."""
    registry = await client.command("config/entity_registry/list")
    devices = await client.command("config/device_registry/list")
    states = await client.command("get_states")
    names = {one["id"]: one["name_by_user"] or one["name"] for one in devices}
    return tuple(
        _entity(row, names, {state["entity_id"]: state for state in states})
        for row in registry
        if row["platform"] == DOMAIN and row["disabled_by"] is None
    )


def _entity(
    row: Mapping[str, Any],
    names: Mapping[str, str],
    states: Mapping[str, Mapping[str, Any]],
) -> Entity:
    state = states.get(row["entity_id"], {"state": "unavailable", "attributes": {}})
    return Entity(
        key=row["unique_id"].partition("_")[2],
        entity_id=row["entity_id"],
        device=names.get(row["device_id"], "-"),
        state=state["state"],
        unit=state["attributes"].get("unit_of_measurement", ""),
    )


def numbers(entities: Iterable[Entity]) -> dict[str, float]:
    """Return the values of the entities that have a number, by key."""
    known = {}
    for entity in entities:
        try:
            known[entity.key] = float(entity.state)
        except ValueError:
            continue
    return known


def table(entities: Iterable[Entity]) -> str:
    """Return the entities as text, by device; one without a value says so."""
    lines = []
    device = None
    for entity in sorted(entities, key=lambda one: (one.device, one.entity_id)):
        if entity.device != device:
            device = entity.device
            lines.append(f"\n  {device}")
        lines.append(f"    {entity.entity_id:<58} {entity.state:>16} {entity.unit}")
    return "\n".join(lines)
