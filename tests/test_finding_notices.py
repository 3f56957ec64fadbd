"""People who want to are told of findings once, and when they are over."""

from dataclasses import replace

from homeassistant.components.notify.const import DOMAIN as NOTIFY
from homeassistant.core import ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.bessai.core.finding import FindingKind

from .controlled import allow, control
from .home import Home, settle
from .test_anomaly_monitor import CALM, FROZEN, LOST, intrude, put_back
from .watched import AUDIT, METER, found, monitor, watch, watch_until

FAMILY = "notify.family"
PHONE = "notify.mobile_app_phone"


@pytest.fixture
def family(home: Home) -> list[ServiceCall]:
    """Return what a family is sent that cannot take anything back."""
    return async_mock_service(home.hass, NOTIFY, "family")


async def told_home(home: Home, *targets: str, findings: bool = True) -> Home:
    """Return a home whose owner wants to be told."""
    chosen = {"targets": list(targets), "findings": findings}
    home.options = {"notifications": chosen}
    await home.add()
    await watch(home, 2 * AUDIT)
    return home


def titles(calls: list[ServiceCall]) -> list[str]:
    """Return what was sent, by title, without the name of the plant."""
    return [call.data["title"].partition(": ")[2] for call in calls]


async def freeze(home: Home) -> None:
    """Let the meter stand still until that is found."""
    home.plant.poke(METER[0], home.plant.read(1, METER[0], METER[1] - METER[0] + 1))
    await watch_until(home, lambda: found(home) == FROZEN, 100)


async def test_a_finding_is_told_with_an_advice_and_its_end(
    home: Home, family: list[ServiceCall]
) -> None:
    await told_home(home, FAMILY)
    await intrude(home)
    (call,) = family
    assert call.data["title"] == "SUN2000-10KTL-M1: something is off"
    assert "it was changed, and not by BESSAI" in call.data["message"]
    assert "press “Accept the plant as it is”" in call.data["message"]
    await put_back(home)
    assert titles(family) == ["something is off", "all clear"]
    assert (
        "No longer so: Setting changed by somebody else" in (family[-1].data["message"])
    )


async def test_a_finding_that_blocks_is_told_once(
    home: Home, family: list[ServiceCall]
) -> None:
    await allow(await told_home(home, FAMILY))
    await intrude(home)
    assert titles(family) == ["safety blocks commands"]
    assert "Setting changed by somebody else" in family[0].data["message"]
    await put_back(home)
    assert titles(family) == ["safety blocks commands", "all clear"]


async def test_one_that_blocks_nothing_is_told_beside_a_control_that_is_on(
    home: Home, family: list[ServiceCall]
) -> None:
    await allow(await told_home(home, FAMILY))
    await freeze(home)
    assert titles(family) == ["something is off"]
    assert control(home).blocks == ()
    home.plant.unpoke()
    await watch_until(home, lambda: found(home) == [], CALM)
    assert titles(family) == ["something is off", "all clear"]


async def test_who_does_not_want_to_know_is_told_of_blocks_only(
    home: Home, family: list[ServiceCall]
) -> None:
    await told_home(home, FAMILY, findings=False)
    await intrude(home)
    assert family == []
    await allow(home)
    await watch(home, 1)
    assert titles(family) == ["safety blocks commands"]


async def test_nobody_is_woken_because_something_was_never_seen(
    home: Home, family: list[ServiceCall]
) -> None:
    await told_home(home, FAMILY)
    await intrude(home)
    (real,) = monitor(home).findings
    family.clear()
    unusual = replace(real, kind=FindingKind.UNUSUAL, subject="plant")
    monitor(home)._tell([unusual], cleared=False)
    monitor(home)._tell([unusual], cleared=True)
    await settle(home.hass)
    assert family == []


async def test_a_phone_takes_back_what_is_over_when_the_plant_is_unloaded(
    home: Home,
) -> None:
    phone = async_mock_service(home.hass, NOTIFY, "mobile_app_phone")
    await told_home(home, PHONE)
    await watch_until(home, lambda: found(home) == [], LOST)
    await intrude(home)
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    tag = f"bessai_{home.entry.entry_id}_setting_changed_working_mode_setting"
    assert [call.data["data"]["tag"] for call in phone] == [tag, tag]
    assert phone[-1].data["message"] == "clear_notification"
