"""What a plant does not have is not told, and what it has is told all the same."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.forwarding.message import MessageType
from custom_components.bessai.forwarding_draft import Draft
from custom_components.bessai.forwarding_options import ForwardingOptions
from custom_components.bessai.forwarding_sources import ForwardingSources
from custom_components.bessai.simulator.parameters import PlantParameters

from .home import Home
from .planned import KnownPlanner


def listen(home: Home) -> list[Draft]:
    """Return what a plant tells from now on."""
    told: list[Draft] = []
    sources = ForwardingSources(home.entry, ForwardingOptions(), told.append)
    for stop in sources.async_start():
        home.entry.async_on_unload(stop)
    return told


async def test_a_plant_that_is_only_read_tells_its_readings(
    hass: HomeAssistant, prompt_link: None
) -> None:
    home = await Home(hass, PlantParameters(battery=None)).switch_on()
    home.options = {"anomaly": {"detect": False}}
    await home.add()
    runtime = home.runtime
    assert (runtime.control, runtime.planner, runtime.anomaly) == (None, None, None)
    told = listen(home)
    assert [one.message_type for one in told] == [MessageType.TELEMETRY]
    assert told[0].payload()["pv_power_w"] == pytest.approx(4000, rel=0.1)
    await home.server.stop()


async def test_a_planner_without_a_plan_has_nothing_to_tell(added_home: Home) -> None:
    told = listen(added_home)
    planner = added_home.runtime.planner
    assert planner is not None
    assert planner.plan is None
    planner._async_changed()
    assert MessageType.PLAN not in {one.message_type for one in told}
    planner.async_adopt(KnownPlanner(added_home.hass).make())
    assert told[-1].message_type is MessageType.PLAN
