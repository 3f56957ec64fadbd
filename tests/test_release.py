"""What a release is made of, as ``scripts/release_zip`` and its workflow make it."""

import json
from pathlib import Path
import subprocess
from typing import Any
from zipfile import ZipFile

from homeassistant.util.yaml import load_yaml_dict
import pytest

from .source import INTEGRATION, ROOT, read_json

VERSION = read_json(INTEGRATION / "manifest.json")["version"]
ARCHIVE: str = read_json(ROOT / "hacs.json")["filename"]
WORKFLOWS = ROOT / ".github" / "workflows"


def release(tag: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of a release."""
    command = [str(ROOT / "scripts" / "release_zip"), tag, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return the archive of a release."""
    made = release(f"v{VERSION}", tmp_path)
    assert made.returncode == 0, made.stderr
    return tmp_path / ARCHIVE


def test_archive_has_the_integration_at_its_root(archive: Path) -> None:
    with ZipFile(archive) as packed:
        names = packed.namelist()
        manifest = json.loads(packed.read("manifest.json"))
        assert packed.testzip() is None
    assert manifest["version"] == VERSION
    assert {"__init__.py", "translations/en.json", "translations/es.json"} <= set(names)
    assert any(name.startswith("frontend/") and name.endswith(".js") for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_archive_has_every_file_that_git_knows(archive: Path) -> None:
    """And none that it does not: no leftover of a working copy is shipped."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(  # noqa: S603
        command, cwd=INTEGRATION, capture_output=True, text=True, check=True
    )
    with ZipFile(archive) as packed:
        assert packed.namelist() == sorted(packed.namelist(), key=Path)
        assert set(packed.namelist()) == set(listed.stdout.splitlines())


def test_the_same_source_gives_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert release(f"v{VERSION}", again).returncode == 0
    assert (again / ARCHIVE).read_bytes() == archive.read_bytes()


@pytest.mark.parametrize("tag", [VERSION, "v99.0.0", f"v{VERSION}-rc1", ""])
def test_a_tag_that_is_not_the_version_is_refused(tag: str, tmp_path: Path) -> None:
    refused = release(tag, tmp_path / "dist")
    assert refused.returncode == 1
    assert VERSION in refused.stderr
    assert not (tmp_path / "dist").exists()


def test_notes_are_what_the_changelog_says_of_the_version(archive: Path) -> None:
    notes = (archive.parent / "release_notes.md").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert notes.strip()
    assert notes.strip() in changelog
    assert "## " not in notes


def test_hacs_takes_the_archive_and_nothing_else() -> None:
    """The default branch has no archive, so it could not be installed."""
    hacs = read_json(ROOT / "hacs.json")
    assert hacs["zip_release"] is True
    assert hacs["hide_default_branch"] is True
    assert ARCHIVE.endswith(".zip")


def steps() -> list[dict[str, Any]]:
    """Return the steps of the workflow."""
    listed: list[dict[str, Any]] = workflow()["jobs"]["release"]["steps"]
    return listed


def workflow() -> dict[Any, Any]:
    """Return the workflow of a release; ``on`` is a truth in YAML 1.1."""
    return dict(load_yaml_dict(str(WORKFLOWS / "release.yml")))


def test_workflow_packs_attests_and_publishes_in_this_order() -> None:
    done = [step.get("uses") or step["run"] for step in steps()]
    assert [one.split()[0].partition("@")[0] for one in done] == [
        "actions/checkout",
        "scripts/release_zip",
        "actions/attest-build-provenance",
        "gh",
    ]
    assert steps()[2]["with"]["subject-path"] == f"dist/{ARCHIVE}"
    assert f"dist/{ARCHIVE}" in done[3]
    assert "--notes-file dist/release_notes.md" in done[3]


def test_workflow_may_do_what_it_has_to_and_no_more() -> None:
    assert workflow()["permissions"] == {"contents": "read"}
    assert workflow()["jobs"]["release"]["permissions"] == {
        "attestations": "write",
        "contents": "write",
        "id-token": "write",
    }


def test_workflow_is_started_by_a_version_tag_alone() -> None:
    assert workflow()[True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}


def test_no_template_is_put_into_a_command() -> None:
    """A tag may be named anything; as a variable it cannot become a command."""
    assert not [step for step in steps() if "${{" in step.get("run", "")]


def test_actions_are_pinned_as_in_the_other_workflows() -> None:
    checkouts = {
        line.strip()
        for path in WORKFLOWS.glob("*.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "actions/checkout@" in line
    }
    assert len(checkouts) == 1
