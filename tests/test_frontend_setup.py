"""The card is offered to a frontend that is there, and missed by nobody otherwise.

The frontend itself is not started here: its package is large, and the end-to-end tests
have it. What we ask of it is one list of addresses.
"""

from http import HTTPStatus
from pathlib import Path
import re

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, UrlManager
from homeassistant.const import EVENT_COMPONENT_LOADED
from homeassistant.core import HomeAssistant
from homeassistant.setup import ATTR_COMPONENT, async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import mock_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.frontend_setup import ENTRY, FOLDER, version_of

SCRIPTS = sorted(FOLDER.glob("*.js"))
IMPORTED = re.compile(r'^import .*?from "(?P<path>[^"]+)";$', re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"https?://(?!www\.w3\.org/)(?!github\.com/bessai-ha/bessai\")")
TEXT = re.compile(r"^  (\w+): \"(.*)\",$", re.MULTILINE)
PUT_TOGETHER = ("mode_", "view_", "editor_", "power_")
"""Beginnings of keys that the scripts put together."""

HOLE = re.compile(r"\{\w+\}")
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(")


def imports_of(script: Path) -> set[str]:
    """Return the paths that a script imports."""
    return set(IMPORTED.findall(script.read_text(encoding="utf-8")))


@pytest.fixture
async def urls(hass: HomeAssistant) -> UrlManager:
    """Return the list of addresses of a frontend that is being set up."""
    assert await async_setup_component(hass, "http", {})
    urls = hass.data[DATA_EXTRA_MODULE_URL] = UrlManager(lambda *_: None, [])
    return urls


async def test_a_frontend_loads_the_card(
    hass: HomeAssistant, urls: UrlManager, hass_client_no_auth: ClientSessionGenerator
) -> None:
    mock_component(hass, "frontend")
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    (url,) = urls.urls
    assert url == f"/bessai_frontend/{version_of(FOLDER)}/{ENTRY}"
    client = await hass_client_no_auth()
    for script in SCRIPTS:
        answer = await client.get(url.replace(ENTRY, script.name))
        assert answer.status == HTTPStatus.OK
        assert "javascript" in answer.headers["Content-Type"]
        assert "max-age" in answer.headers["Cache-Control"]


async def test_a_frontend_that_comes_later_loads_the_card(
    hass: HomeAssistant, urls: UrlManager
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    assert not urls.urls
    mock_component(hass, "frontend")
    hass.bus.async_fire(EVENT_COMPONENT_LOADED, {ATTR_COMPONENT: "frontend"})
    await hass.async_block_till_done()
    assert len(urls.urls) == 1


async def test_nothing_is_offered_without_a_frontend(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    assert DATA_EXTRA_MODULE_URL not in hass.data
    assert "frontend" not in hass.config.components


def test_the_address_changes_with_any_script(tmp_path: Path) -> None:
    (tmp_path / "one.js").write_text("1")
    (tmp_path / "two.js").write_text("2")
    before = version_of(tmp_path)
    (tmp_path / "two.js").write_text("3")
    assert version_of(tmp_path) != before


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_imports_only_its_neighbours(script: Path) -> None:
    assert imports_of(script) <= {f"./{other.name}" for other in SCRIPTS}


def test_every_script_is_reached_from_the_entry() -> None:
    reached, new = set[str](), {f"./{ENTRY}"}
    while new:
        reached |= new
        new = {one for path in new for one in imports_of(FOLDER / path)} - reached
    assert reached == {f"./{script.name}" for script in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_asks_nobody_else_and_writes_no_markup(script: Path) -> None:
    """What the plant says must never become part of a page."""
    source = script.read_text(encoding="utf-8")
    assert not ELSEWHERE.search(source)
    assert not MARKUP.search(source)


def texts_in(language: str) -> dict[str, str]:
    """Return the texts of a language by their keys."""
    path = FOLDER / f"texts_{language}.js"
    return dict(TEXT.findall(path.read_text(encoding="utf-8")))


def test_both_languages_have_the_same_texts() -> None:
    english, spanish = texts_in("en"), texts_in("es")
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert set(HOLE.findall(text)) == set(HOLE.findall(spanish[key])), key


def test_no_text_is_left_over() -> None:
    source = "".join(
        script.read_text(encoding="utf-8")
        for script in SCRIPTS
        if not script.name.startswith("texts")
    )
    for key in texts_in("en"):
        assert f'"{key}"' in source or key.startswith(PUT_TOGETHER), key
