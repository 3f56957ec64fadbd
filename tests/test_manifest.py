"""What hassfest asks of a manifest, and what we add: that it installs everywhere."""

import re
import tomllib

from awesomeversion import AwesomeVersion
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.loader import Integration
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
import pytest

import custom_components

from .source import INTEGRATION, ROOT, imports, modules, read_json

MANIFEST = read_json(INTEGRATION / "manifest.json")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIRED = {
    *("codeowners", "config_flow", "documentation", "domain", "integration_type"),
    *("iot_class", "issue_tracker", "name", "requirements", "version"),
}
# They have no wheel for Home Assistant OS (musl), or weigh too much for everybody.
FORBIDDEN = {
    *("google-cloud-pubsub", "lightgbm", "onnx", "onnxruntime", "scikit-learn"),
    "xgboost",
}
# Hassfest lets these be imported undeclared: they are there before any integration is.
ALWAYS_THERE = {platform.value for platform in Platform} | {
    *("automation", "device_automation", "frontend", "homeassistant", "panel_custom"),
    *("persistent_notification", "system_health", "websocket_api"),
}


def locked() -> dict[str, str]:
    """Return the version of every package in the lock file."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ \\]+)", lock, re.MULTILINE))


async def test_home_assistant_loads_the_manifest(hass: HomeAssistant) -> None:
    integration = Integration.resolve_from_root(hass, custom_components, "bessai")
    assert integration is not None
    assert integration.domain == "bessai"
    assert integration.config_flow
    assert integration.version == MANIFEST["version"]


def test_keys_are_in_the_order_that_hassfest_wants() -> None:
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_keys_are_complete_and_meant_for_a_custom_integration() -> None:
    assert MANIFEST.keys() >= REQUIRED
    assert "homeassistant" not in MANIFEST
    assert MANIFEST["integration_type"] in {"device", "hub"}


def test_domain_is_the_name_of_the_folder() -> None:
    assert MANIFEST["domain"] == INTEGRATION.name


def test_version_is_said_here_and_nowhere_else() -> None:
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert AwesomeVersion(MANIFEST["version"]).valid


def test_there_is_one_manifest() -> None:
    """Hassfest looks for every one below the checkout, fixtures included."""
    found = {
        path
        for path in ROOT.rglob("manifest.json")
        if not path.relative_to(ROOT).parts[0].startswith(".")
    }
    assert found == {INTEGRATION / "manifest.json"}


def test_requirements_install_on_every_installation_type() -> None:
    """One that does not install makes the whole integration impossible to add."""
    names = {canonicalize_name(Requirement(r).name) for r in MANIFEST["requirements"]}
    assert not names & FORBIDDEN
    assert not [text for text in MANIFEST["requirements"] if " " in text]


LOCKED = ("dev", "hass", "e2e")
"""The others are for training, each in an environment of its own."""


@pytest.mark.parametrize(
    "text",
    MANIFEST["requirements"]
    + [text for name in LOCKED for text in PROJECT["dependency-groups"][name]],
)
def test_lock_has_what_is_required(text: str) -> None:
    """Home Assistant's pins are in the lock; a change of ours is put there by lock."""
    requirement = Requirement(text)
    assert requirement.specifier.contains(locked()[canonicalize_name(requirement.name)])


def test_imported_components_are_declared() -> None:
    declared = {
        *MANIFEST.get("dependencies", []),
        *MANIFEST.get("after_dependencies", []),
    }
    for path, tree in modules().items():
        # A file named like a component is our part of it: repairs.py knows repairs.
        known = declared | ALWAYS_THERE | {path.split("/")[0].removesuffix(".py")}
        used = {
            name.split(".")[2]
            for level, name in imports(tree)
            if not level and name.startswith("homeassistant.components.")
        }
        assert used <= known, f"{path} uses {used - known}"
