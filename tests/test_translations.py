"""Every text is there, in both languages, in the form Home Assistant takes, and used.

A custom integration has no build step: what ``translations`` lacks, a user sees as a
key or as English. Keys that the code assembles at run time cannot be seen from here,
so a key counts as used if it occurs as a word of the source, see ``words``.
"""

import ast
from collections.abc import Iterator
from functools import cache
import re
from typing import Any

import homeassistant.const
from homeassistant.const import Platform
from homeassistant.helpers.selector import validate_selector
from homeassistant.util.yaml import load_yaml_dict
import pytest

from .source import INTEGRATION, arguments, modules, name_of, nodes, read_json

EN = read_json(INTEGRATION / "translations" / "en.json")
ES = read_json(INTEGRATION / "translations" / "es.json")
TEXTS = {"en": EN, "es": ES}
ICONS = read_json(INTEGRATION / "icons.json")
ACTIONS = INTEGRATION / "services.yaml"
SERVICES = load_yaml_dict(str(ACTIONS)) if ACTIONS.exists() else {}

# Reasons that Home Assistant's own helpers give, and those that it has texts for.
HELPERS_GIVE = {"already_configured", "already_in_progress", "unique_id_mismatch"}
CORE_HAS = {"reauth_successful", "reconfigure_successful"}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def flat(texts: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its dotted path."""
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{key}.")
        else:
            yield path + key, value


def english(*path: str) -> dict[str, Any]:
    """Return a part of the English texts, empty if there is none."""
    part = EN
    for key in path:
        part = part.get(key, {})
    return part


def steps() -> dict[str, dict[str, Any]]:
    """Return every form by its dotted path, those of the repairs included."""
    fixes = {
        f"issues.{issue}.{key}": step
        for issue, text in english("issues").items()
        for key, step in text.get("fix_flow", {}).get("step", {}).items()
    }
    return fixes | {
        f"{flow}.{key}": step
        for flow in ("config", "options")
        for key, step in english(flow, "step").items()
    }


@cache
def words() -> set[str]:
    """Return what the source can name a key with.

    That is every string, those of the device profiles included; every name in a class
    body (the members of an enum and the fields of a value become keys); every step of
    a flow; and the values of the constants taken from Home Assistant.
    """
    found = {node.value for node in nodes(ast.Constant) if isinstance(node.value, str)}
    for body in nodes(ast.ClassDef):
        found |= {name.id.lower() for name in nodes(ast.Name, body)}
    for function in nodes(ast.AsyncFunctionDef):
        found.add(function.name.removeprefix("async_step_"))
    for profile in (INTEGRATION / "profiles").glob("*.json"):
        found |= set(re.findall(r'"([\w{}]+)"', profile.read_text(encoding="utf-8")))
    for statement in nodes(ast.ImportFrom):
        if statement.module == "homeassistant.const":
            constants = (alias.name for alias in statement.names)
            found |= {str(getattr(homeassistant.const, name)) for name in constants}
    return found | {short for name in found for short in shortened(name)}


def shortened(name: str) -> set[str]:
    """Return what a value's name becomes as a key: its unit goes, ``{n}`` is ``n``."""
    parts = name.replace("{n}", "n").split("_")
    return {"_".join(parts[:end]) for end in range(1, len(parts) + 1)}


@cache
def patterns() -> re.Pattern[str]:
    """Return what the f-strings of the source can become, at least a word of each."""
    shapes = {
        "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
            for part in string.values
        )
        for string in nodes(ast.JoinedStr)
    }
    return re.compile(
        "|".join(shape for shape in shapes if re.search("[a-z]{4}", shape))
    )


def named(argument: str, call: str = "") -> set[str]:
    """Return the strings that are given as this argument in calls of this name."""
    values = {
        arguments(node).get(argument)
        for node in nodes(ast.Call)
        if name_of(node).endswith(call)
    }
    return {value for value in values if value}


def form_errors() -> set[str]:
    """Return the errors of the forms: ``errors["base"] = …`` and ``errors={…}``."""
    values = [
        statement.value
        for statement in nodes(ast.Assign)
        if ast.unparse(statement.targets[0]).startswith("errors[")
    ]
    for argument in nodes(ast.keyword):
        if argument.arg == "errors" and isinstance(argument.value, ast.Dict):
            values.extend(argument.value.values)
    return {str(value.value) for value in values if isinstance(value, ast.Constant)}


STEPS = steps()


def test_languages_have_the_same_keys() -> None:
    assert dict(flat(EN)).keys() == dict(flat(ES)).keys()


def test_languages_have_the_same_placeholders() -> None:
    translated = dict(flat(ES))
    for path, text in flat(EN):
        found = set(PLACEHOLDER.findall(translated[path]))
        assert found == set(PLACEHOLDER.findall(text)), path


@pytest.mark.parametrize("language", TEXTS)
def test_texts_are_plain(language: str) -> None:
    """Links come as placeholders, and nothing resolves a reference for us."""
    for path, text in flat(TEXTS[language]):
        assert text == text.strip() != "", path
        assert not re.search(r"\[%key:|https?://|www\.", text), path
        assert not re.search(r"</?[a-zA-Z][^>]*>", text), path
        assert not re.search(r"'\{\w+\}'", text), path


@pytest.mark.parametrize("language", TEXTS)
def test_states_have_no_placeholders(language: str) -> None:
    states = [text for path, text in flat(TEXTS[language]) if ".state." in path]
    assert not [text for text in states if PLACEHOLDER.search(text)]


@pytest.mark.parametrize("language", TEXTS)
def test_keys_are_slugs(language: str) -> None:
    for path in dict(flat(TEXTS[language])):
        assert all(re.fullmatch(r"[a-z0-9_-]+", key) for key in path.split(".")), path


@pytest.mark.parametrize(
    "path",
    [
        *(("entity", platform) for platform in english("entity")),
        *(("config", part) for part in ("abort", "error", "progress", "step")),
        *(("options", part) for part in ("abort", "error", "step")),
        *(("device",), ("exceptions",), ("issues",), ("selector",), ("services",)),
    ],
    ids=".".join,
)
def test_every_key_is_used(path: tuple[str, ...]) -> None:
    unknown = english(*path).keys() - words() - HELPERS_GIVE - CORE_HAS
    unused = {key for key in unknown if not patterns().fullmatch(key)}
    assert not unused, sorted(unused)


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_every_field_of_a_form_is_one_that_the_code_asks_for(
    step: dict[str, Any],
) -> None:
    for form in [step, *step.get("sections", {}).values()]:
        assert form.get("data", {}).keys() <= words()
        assert form.get("data_description", {}).keys() <= form.get("data", {}).keys()


def test_every_step_that_is_shown_has_texts() -> None:
    shown = named("step_id", "async_show_form") | named("step_id", "async_show_menu")
    assert shown <= {path.rpartition(".")[2] for path in STEPS}


def test_every_abort_has_a_text() -> None:
    texts = {*english("config", "abort"), *english("options", "abort")}
    for issue in english("issues").values():
        texts |= issue.get("fix_flow", {}).get("abort", {}).keys()
    assert named("reason", "abort") | named("reason", "mismatch") <= texts | CORE_HAS


def test_every_error_of_a_form_has_a_text() -> None:
    assert form_errors() <= {
        *english("config", "error"),
        *english("options", "error"),
    }


def test_every_exception_has_a_text() -> None:
    raised = {
        arguments(call)["translation_key"]
        for call in nodes(ast.Call)
        if {"translation_domain", "translation_key"} <= arguments(call).keys()
    }
    assert raised - {None} <= english("exceptions").keys()


def test_every_issue_has_a_text() -> None:
    assert named("translation_key", "async_create_issue") <= english("issues").keys()


@pytest.mark.parametrize("issue", english("issues").values(), ids=english("issues"))
def test_issue_either_tells_or_leads(issue: dict[str, Any]) -> None:
    assert ("description" in issue) != ("fix_flow" in issue)


@pytest.mark.parametrize("platform", [p for p in Platform if f"{p}.py" in modules()])
def test_every_entity_has_a_name(platform: Platform) -> None:
    """A description without a translation key goes by its key."""
    described = [
        arguments(call)
        for call in nodes(ast.Call, modules()[f"{platform}.py"])
        if name_of(call).endswith("Description")
    ]
    keys = {row.get("translation_key", row.get("key")) for row in described}
    for statement in nodes(ast.Assign, modules()[f"{platform}.py"]):
        if ast.unparse(statement.targets[0]) == "_attr_translation_key":
            keys.add(ast.literal_eval(statement.value))
    assert keys - {None} <= english("entity", platform).keys()


def test_actions_are_described_and_drawn() -> None:
    assert (
        SERVICES.keys()
        == english("services").keys()
        == ICONS.get("services", {}).keys()
    )


@pytest.mark.parametrize("action", SERVICES)
def test_fields_of_an_action_are_described(action: str) -> None:
    fields = (SERVICES[action] or {}).get("fields", {})
    texts = english("services", action, "fields")
    assert fields.keys() == texts.keys()
    assert all({"name", "description"} <= text.keys() for text in texts.values())


@pytest.mark.parametrize("action", SERVICES)
def test_fields_of_an_action_can_be_chosen(action: str) -> None:
    """Home Assistant only logs a broken selector, and then describes no action."""
    for field in (SERVICES[action] or {}).get("fields", {}).values():
        validate_selector(field["selector"])


def test_icon_belongs_to_an_entity() -> None:
    for platform, icons in ICONS["entity"].items():
        for key, icon in icons.items():
            assert key in english("entity", platform), (platform, key)
            assert icon["default"] not in icon.get("state", {}).values(), key


def test_icon_is_one_of_home_assistants() -> None:
    for path, icon in flat(ICONS):
        assert re.fullmatch(r"mdi:[a-z0-9-]+", icon), path
