"""What HACS and its successor, the Marketplace, ask of a repository.

Their own check needs the forge; these are its rules as far as a checkout can tell.
"""

import re
import struct

from .source import INTEGRATION, ROOT, read_json

KEYS = {
    *("content_in_root", "country", "filename", "hacs", "hide_default_branch"),
    *("homeassistant", "name", "persistent_directory", "render_readme", "zip_release"),
}


def test_hacs_json_has_only_keys_that_are_known() -> None:
    hacs = read_json(ROOT / "hacs.json")
    assert hacs["name"] == "BESSAI"
    assert hacs.keys() <= KEYS
    assert "filename" in hacs or not hacs.get("zip_release")


def test_minimum_version_is_one_that_the_tests_run_on() -> None:
    minimum = read_json(ROOT / "hacs.json")["homeassistant"]
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    tested = re.search(r"^homeassistant==(\d+\.\d+)", locked, re.MULTILINE)
    assert tested
    assert minimum == f"{tested[1]}.0"


def test_there_is_one_integration() -> None:
    folders = {path for path in (ROOT / "custom_components").iterdir() if path.is_dir()}
    assert {path for path in folders if path.name != "__pycache__"} == {INTEGRATION}


def test_nothing_that_ships_is_a_symbolic_link() -> None:
    """They do not survive the archive."""
    assert not [path for path in INTEGRATION.rglob("*") if path.is_symlink()]


def test_brand_icon_is_a_png_of_the_right_size() -> None:
    header = (INTEGRATION / "brand" / "icon.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:]) == (256, 256)


def test_repository_introduces_and_licenses_itself() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith("# ")
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").split()
    assert licence[:4] == ["Apache", "License", "Version", "2.0,"]
    assert len(licence) > 1500


def test_shipped_profiles_are_the_ones_that_people_edit() -> None:
    """``scripts/sync_profiles`` makes them so."""
    sources, copies = (
        {path.name: path.read_bytes() for path in folder.glob("*.json")}
        for folder in (ROOT / "registry_profiles", INTEGRATION / "profiles")
    )
    sources.pop("profile.schema.json")
    assert sources
    assert copies == sources
