"""An owner brings a policy, reads its card, and lets it run in shadow."""

import asyncio
from collections.abc import AsyncGenerator
import time

import pytest
import pytest_asyncio
from scripts.headless.scene import Scene

from tests.owned_models import put

from .browser import HEIGHT, Tab
from .test_control_pages import FOLLOWS_MS, act, grow, open_action, open_options, values
from .test_pages import device_path
from .test_plan_pages import (
    SENSORS_HEIGHT,
    choose,
    forget_prices,
    show_response,
    state_of,
    unfold,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

OPTIONS_HEIGHT, CARD_HEIGHT, RESPONSE_HEIGHT = 1300, 1000, 1300
ASKED_S = 60


@pytest_asyncio.fixture(loop_scope="session")
async def afterwards(scene: Scene) -> AsyncGenerator[None]:
    """Leave options and mode as they were found."""
    yield
    mode = (await values(scene))["dispatch_mode"]
    await act(scene, "select/select_option", entity_id=mode, option="observe")
    await forget_prices(scene)


async def choose_the_model(tab: Tab, file: str) -> None:
    """Choose a model of the owner's in the options, and read its card."""
    await open_options(tab)
    await grow(tab, OPTIONS_HEIGHT)
    await unfold(tab, "Models")
    await choose(tab, "The model that comes with BESSAI: BESSAI policy 1.0.0", file)
    await tab.page.mouse.move(0, 0)
    await tab.picture("model-options")
    await tab.page.get_by_role("button", name="Submit").click()
    await tab.see("Is this the model you want?")
    for words in ("Gateway", "soc_pct", "Apache-2.0"):
        await tab.see(words)
    await grow(tab, CARD_HEIGHT)
    await tab.picture("model-card")
    await tab.page.get_by_text("Save", exact=True).filter(visible=True).last.click()
    await tab.see("Options successfully saved.")


async def watch_the_shadow(tab: Tab, scene: Scene) -> None:
    """Choose the mode, and find what the policy would do on the device's page."""
    deadline = time.monotonic() + ASKED_S
    while await state_of(scene, "policy_step") in {"unknown", "unavailable"}:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.5)
    mode = (await values(scene))["dispatch_mode"]
    await act(scene, "select/select_option", entity_id=mode, option="policy_shadow")
    assert await state_of(scene, "dispatch_mode") == "policy_shadow"
    await grow(tab, SENSORS_HEIGHT)
    await tab.open(await device_path(scene, "Energy manager"), "Policy step")
    await tab.see("Policy or plan in charge")
    await tab.picture("policy-sensors")


async def ask_by_an_action(tab: Tab) -> None:
    """Ask the policy in the tools."""
    await grow(tab, RESPONSE_HEIGHT)
    await open_action(tab, "run_policy")
    await show_response(tab, "latency_ms", timeout_ms=FOLLOWS_MS)
    await tab.picture("policy-action")
    await grow(tab, HEIGHT)


async def test_an_owner_brings_a_policy_and_sees_it_in_shadow(
    tab: Tab, scene: Scene, afterwards: None
) -> None:
    folder = scene.home.directory.path / "bessai" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    await choose_the_model(tab, put(folder))
    await watch_the_shadow(tab, scene)
    await ask_by_an_action(tab)
    ours = await values(scene)
    state = await scene.home.client.get(f"/api/states/{ours['policy_step']}")
    assert state["attributes"]["model"]["name"] == "Gateway"
    assert await state_of(scene, "control_state") in {"released", "off", "not_allowed"}
