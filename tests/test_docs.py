"""The documentation agrees with the code as far as a machine can tell."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
import re
import subprocess

import pytest

from .source import INTEGRATION, ROOT, read_json

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "blueprints" / "README.md",
]
EN = read_json(INTEGRATION / "translations" / "en.json")
TROUBLESHOOTING = ROOT / "docs" / "troubleshooting.md"
SIMULATOR = ROOT / "docs" / "simulator.md"
LINK = re.compile(r"\]\((?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


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
