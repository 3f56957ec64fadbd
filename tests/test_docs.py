"""The documentation agrees with the code as far as a machine can tell."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
import re
import subprocess
from typing import Any

import pytest
import yaml

from custom_components.bessai.audit import PUBLIC
from custom_components.bessai.audit_entry import AuditKind
from custom_components.bessai.safety.lease import lease_terms

from .source import INTEGRATION, ROOT, read_json

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "blueprints" / "README.md",
    ROOT / "schemas" / "README.md",
]
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
ACTIONS, CONTROL, EVENTS, OPTIONS, SAFETY_CASE = (
    ROOT / "docs" / f"{name}.md"
    for name in ("actions", "control", "events", "options", "safety_case")
)
EN = read_json(INTEGRATION / "translations" / "en.json")
TROUBLESHOOTING = ROOT / "docs" / "troubleshooting.md"
SIMULATOR = ROOT / "docs" / "simulator.md"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(
    (INTEGRATION / "services.yaml").read_text(encoding="utf-8")
)
FORM = EN["options"]["step"]["init"]["sections"]
PROFILE = read_json(ROOT / "registry_profiles" / "huawei_sun2000.json")
LINK = re.compile(r"\]\((?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"^ *```yaml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
OURS = re.compile(r"(?<![\w./])bessai\.(\w+)")
WORD = re.compile(r"`([^`]+)`")
SUBCOMMANDS = ("bench", "soak")
"""Scripts whose first lines list what they can be asked for."""


def text(page: Path) -> str:
    """Return a page without its blocks of code."""
    return CODE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return what the headings of a page can be reached by, as GitHub makes it."""
    headings = re.findall(r"^#+ (.*)$", text(page), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def links() -> Iterator[tuple[Path, str, str | None]]:
    """Yield each link within the repository: from where, to what, to which anchor."""
    for page in PAGES:
        for link in LINK.finditer(text(page)):
            if ":" not in link["path"]:
                yield page, link["path"], link["anchor"]


def part(page: Path, heading: str) -> str:
    """Return what stands under a heading of a page, up to the next of its rank."""
    found = re.search(
        rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |^\1 |\Z)",
        text(page),
        re.MULTILINE | re.DOTALL,
    )
    assert found, f"{page.name}: {heading}"
    return found[2]


def cells(lines: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the tables in a text, without their heads."""
    rows = re.findall(r"^\| ?(.*?) ?\|$", lines, re.MULTILINE)
    for row, following in zip(rows, [*rows[1:], ""], strict=True):
        if not set(row) <= set("-| ") and not re.match(r"-+ *\|", following):
            yield [cell.strip() for cell in row.split("|")]


def words(cell: str) -> list[str]:
    """Return what is set as code in a cell."""
    return WORD.findall(cell)


def keys(lines: str, column: int = 0) -> set[str]:
    """Return what is set as code in a column of the tables of a text."""
    return {word for row in cells(lines) for word in words(row[column])}


def commands() -> set[str]:
    """Return the scripts that can be called."""
    return {
        path.name
        for path in (ROOT / "scripts").iterdir()
        if path.is_file() and not path.suffix
    }


def calls(part_of_yaml: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the calls of our actions in a part of an example."""
    if isinstance(part_of_yaml, list):
        for one in part_of_yaml:
            yield from calls(one)
    elif isinstance(part_of_yaml, dict):
        domain, _, action = str(part_of_yaml.get("action")).partition(".")
        if domain == "bessai":
            yield action, part_of_yaml.get("data", {})
        yield from calls(list(part_of_yaml.values()))


def test_table_of_entities_is_up_to_date() -> None:
    """``scripts/document_entities`` makes it so."""
    command = [str(ROOT / "scripts" / "document_entities"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_has_a_title(page: Path) -> None:
    assert page.read_text(encoding="utf-8").startswith("# ")


def test_links_lead_somewhere() -> None:
    for page, path, anchor in links():
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {path}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{page.name}: {path}#{anchor}"


@pytest.mark.parametrize("issue", EN["issues"])
def test_every_issue_has_a_remedy_and_the_readme_names_it(issue: str) -> None:
    """The repairs page links to the section of the key."""
    assert issue in anchors(TROUBLESHOOTING)
    assert f"docs/troubleshooting.md#{issue}" in text(ROOT / "README.md")


@pytest.mark.parametrize("error", EN["config"]["error"])
def test_every_error_of_the_config_flow_has_a_remedy(error: str) -> None:
    assert error in anchors(TROUBLESHOOTING)


@pytest.mark.parametrize("fault", EN["entity"]["select"]["simulated_fault"]["state"])
def test_every_simulated_fault_is_explained(fault: str) -> None:
    assert f"| `{fault}` |" in text(SIMULATOR)


@pytest.mark.parametrize("language", ["en", "es"])
def test_entities_of_a_kind_and_device_differ_in_name(language: str) -> None:
    """Two of one name would be told apart by their ids only."""
    names = read_json(INTEGRATION / "translations" / f"{language}.json")["entity"]
    by_device = devices()
    assert {key for keys in by_device.values() for key in keys} == set(names["sensor"])
    for device, keys in by_device.items():
        shown = Counter(names["sensor"][key]["name"] for key in keys)
        assert not [name for name, times in shown.items() if times > 1], device


def devices() -> dict[str, list[str]]:
    """Return the translation keys of the sensors by device, from the page."""
    page = text(ROOT / "docs" / "entities.md")
    tables = page.split("<!-- entities: begin -->")[1].split("<!-- entities: end -->")
    found: dict[str, list[str]] = {}
    for table in tables[0].split("\n### ")[1:]:
        keys = re.findall(r"\| `(\S+)` \|", table)
        sensors = [key.replace("{n}", "n") for key in keys]
        found[table.partition("\n")[0]] = [
            key for key in sensors if key in EN["entity"]["sensor"]
        ]
    return found


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 250
    led_to = {
        (page.parent / path).resolve()
        for page, path, _ in links()
        if page == README and path
    }
    unnamed = set(PAGES) - led_to - {README, ROOT / "schemas" / "README.md"}
    assert not unnamed


def test_every_action_is_listed_with_its_fields() -> None:
    rows = list(cells(text(ACTIONS).split("\n## ")[0]))
    listed = {OURS.findall(row[0])[0]: set(words(row[1])) for row in rows}
    assert listed == {
        action: set(definition["fields"]) - {"config_entry_id"}
        for action, definition in SERVICES.items()
    }


def test_the_readme_names_every_action() -> None:
    named = OURS.findall(
        "\n".join(row[0] for row in cells(part(README, "What it does")))
    )
    assert set(named) == SERVICES.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_action_that_is_named_exists(page: Path) -> None:
    examples = YAML.findall(page.read_text(encoding="utf-8"))
    assert set(OURS.findall("\n".join([text(page), *examples]))) <= SERVICES.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_calls_an_action_with_fields_that_it_has(page: Path) -> None:
    for block in YAML.findall(page.read_text(encoding="utf-8")):
        for action, data in calls(yaml.safe_load(block)):
            fields = SERVICES[action]["fields"]
            required = {name for name, one in fields.items() if one.get("required")}
            assert required <= data.keys() <= fields.keys(), block


def test_every_entity_is_in_the_tables_and_the_other_way_round() -> None:
    listed = {
        row[4].strip("`").replace("{n}", "n")
        for row in cells(part(ROOT / "docs" / "entities.md", "Entities"))
    }
    platforms = EN["entity"].values()
    assert listed == {key for entities in platforms for key in entities}


@pytest.mark.parametrize("page", ["control", "anomaly", "forwarding"])
def test_every_entity_that_a_page_explains_exists(page: str) -> None:
    names = {
        one["name"] for entities in EN["entity"].values() for one in entities.values()
    }
    rows = list(cells(part(ROOT / "docs" / f"{page}.md", "Entities")))
    explained = {name for row in rows for name in re.findall(r"\*\*(.+?)\*\*", row[0])}
    assert explained
    assert explained <= names


@pytest.mark.parametrize("mode", EN["entity"]["select"]["dispatch_mode"]["state"])
def test_every_dispatch_mode_is_explained(mode: str) -> None:
    name = EN["entity"]["select"]["dispatch_mode"]["state"][mode]
    assert f"*{name}* (`{mode}`)" in part(CONTROL, "Entities")


@pytest.mark.parametrize("section", FORM)
def test_every_option_is_listed_by_name_and_key(section: str) -> None:
    rows = cells(part(OPTIONS, FORM[section]["name"]))
    assert {row[1].strip("`"): row[0] for row in rows} == FORM[section]["data"]


def test_every_section_of_options_exists() -> None:
    headings = re.findall(r"^## (.*)$", text(OPTIONS), re.MULTILINE)
    others = {"Adding a plant", "Pages that follow"}
    assert set(headings) - others == {one["name"] for one in FORM.values()}


def test_every_page_of_the_options_is_listed() -> None:
    listed = {row[0] for row in cells(part(OPTIONS, "Pages that follow"))}
    steps = EN["options"]["step"]
    assert listed == {one["title"] for key, one in steps.items() if key != "init"}


def test_every_field_with_which_a_plant_is_added_is_listed() -> None:
    fields = {
        (name, key)
        for step in EN["config"]["step"].values()
        for form in (step, *step.get("sections", {}).values())
        for key, name in form.get("data", {}).items()
    }
    adding = part(OPTIONS, "Adding a plant")
    listed = {(row[0], row[1].strip("`")) for row in cells(adding)}
    assert "**Key file** (`key_file`)" in adding
    assert listed | {("Key file", "key_file")} == fields


@pytest.mark.parametrize("limit", FORM["safety"]["data"])
def test_a_limit_has_the_default_that_is_documented(limit: str) -> None:
    documented = {
        words(row[1])[0]: float(row[2].split()[0].replace("\N{MINUS SIGN}", "-"))
        for row in cells(part(OPTIONS, "Safety"))
    }
    assert documented[limit] == PROFILE["safety"]["limits"][limit]["default"]


@pytest.mark.parametrize("entity", EN["entity"]["event"])
def test_every_type_of_event_is_listed(entity: str) -> None:
    event_type = EN["entity"]["event"][entity]["state_attributes"]["event_type"]
    assert keys(part(EVENTS, f"`{entity}`")) == event_type["state"].keys()


def test_every_event_on_the_bus_is_listed() -> None:
    tables = part(EVENTS, "On the bus").split("| key | what it is |")
    assert keys(tables[0]) == {*PUBLIC, AuditKind.RELEASE}


def test_every_trigger_and_condition_is_listed() -> None:
    automation = EN["device_automation"]
    offered = {*automation["trigger_type"].values()}
    offered |= {*automation["condition_type"].values()}
    rows = cells(part(CONTROL, "Triggers and conditions"))
    assert {row[0] for row in rows} == offered


def test_every_script_is_listed() -> None:
    named = re.findall(r"scripts/(\w+)", part(CONTRIBUTING, "Scripts"))
    assert set(named) == commands()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_script_that_is_named_exists(page: Path) -> None:
    whole = page.read_text(encoding="utf-8")
    for name in re.findall(r"scripts/(\w+)", whole):
        assert (ROOT / "scripts" / name).exists(), name
    for script in SUBCOMMANDS:
        source = (ROOT / "scripts" / script).read_text(encoding="utf-8")
        known = set(re.findall(rf"^#.*scripts/{script} (\w+)", source, re.MULTILINE))
        assert known
        assert set(re.findall(rf"scripts/{script} ([a-z_]+)", whole)) <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_exists(page: Path) -> None:
    whole = page.read_text(encoding="utf-8")
    for name in re.findall(r"(?<![\w/])tests/[\w/.]*\w", whole):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize(
    "page", [CONTRIBUTING, ROOT / "docs/how_a_decision_is_made.md"]
)
def test_every_file_that_is_named_exists(page: Path) -> None:
    """Relative to the repository, or to the integration."""
    named = re.findall(r"`([\w/-]+\.(?:json|js|md|py|yml))`", text(page))
    translation = INTEGRATION / "translations"
    assert named
    for name in named:
        folders = (ROOT, INTEGRATION, translation)
        assert any((folder / name).exists() for folder in folders), name


def test_every_folder_of_the_integration_has_its_job() -> None:
    rows = part(CONTRIBUTING, "Layout").split("| folder of the repository |")[0]
    folders = {path.name for path in INTEGRATION.iterdir() if path.is_dir()}
    assert {name.strip("/") for name in keys(rows)} == folders - {"__pycache__"}


def test_the_worst_overrun_that_is_promised_is_that_of_the_code() -> None:
    writes = max(len(steps) for steps in PROFILE["control"]["renew"].values())
    unknown, usual, slow = (lease_terms(s, writes) for s in (None, 6.6, 10.0))
    assert unknown == usual
    case, readme = text(SAFETY_CASE), part(README, "Safety")
    assert f"P is **{usual.period_s} s**" in case
    assert f"may need, **{slow.period_s} s**" in case
    assert f"`n` = {writes} is" in readme
    in_words = {120: "two", 180: "three"}
    assert f"**{in_words[usual.period_s]} minutes**" in readme
    assert f"({in_words[slow.period_s]} where" in readme
