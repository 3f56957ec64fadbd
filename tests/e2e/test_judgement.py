"""Whether the check would notice: a judge that never condemns is none."""

from pathlib import Path

import pytest
from scripts.headless import balance
from scripts.headless.config_directory import ConfigDirectory
from scripts.headless.errors import SceneError
from scripts.headless.log import complaints
from scripts.headless.memory import Memory

GOOD = {
    "pv_power": 3000.0,
    "grid_power": -400.0,
    "battery_power": -1500.0,
    "load_power": 1100.0,
    "ac_power": 1440.0,
}


def test_a_house_that_adds_up_is_accepted() -> None:
    assert balance.contradictions(GOOD) == []


@pytest.mark.parametrize("key", sorted(GOOD))
def test_a_wrong_sign_of_any_power_is_noticed(key: str) -> None:
    assert balance.contradictions({**GOOD, key: -GOOD[key]})


def test_an_inverter_that_makes_energy_is_noticed() -> None:
    assert balance.contradictions({**GOOD, "ac_power": 1600.0})


def test_a_missing_power_is_noticed() -> None:
    known = {key: value for key, value in GOOD.items() if key != "grid_power"}
    assert balance.contradictions(known) == ["no power balance without grid_power"]


def log_with(folder: Path, level: str, logger: str, text: str) -> Path:
    """Return a log of one record, as Home Assistant writes it."""
    log = folder / "home-assistant.log"
    log.write_text(f"2026-11-21 07:00:00.000 {level} (MainThread) [{logger}] {text}\n")
    return log


@pytest.mark.parametrize(
    ("level", "logger", "text"),
    [
        ("ERROR", "custom_components.bessai", "No answer"),
        ("ERROR", "homeassistant.setup", "Setup failed for 'bessai'"),
        ("WARNING", "asyncio", "Slow\n  File '/x/custom_components/bessai/a.py'"),
    ],
)
def test_complaints_about_the_integration_are_noticed(
    tmp_path: Path, level: str, logger: str, text: str
) -> None:
    assert len(complaints(log_with(tmp_path, level, logger, text))) == 1


@pytest.mark.parametrize(
    ("level", "logger", "text"),
    [
        ("INFO", "custom_components.bessai", "Hello"),
        ("WARNING", "homeassistant.loader", "bessai has not been tested"),
        ("ERROR", "haffmpeg.core", "No ffmpeg\n  File '/me/bessai/.venv/core.py'"),
    ],
)
def test_other_records_are_not(
    tmp_path: Path, level: str, logger: str, text: str
) -> None:
    assert complaints(log_with(tmp_path, level, logger, text)) == []


def test_a_folder_of_somebody_else_is_not_wiped(tmp_path: Path) -> None:
    (tmp_path / "configuration.yaml").write_text("frontend:")
    with pytest.raises(SceneError, match="not made by scripts/develop"):
        ConfigDirectory(tmp_path).wipe()


def test_a_folder_serves_one_at_a_time(tmp_path: Path) -> None:
    with (
        ConfigDirectory(tmp_path).held(),
        pytest.raises(SceneError, match="--config"),
        ConfigDirectory(tmp_path).held(),
    ):
        pytest.fail("two hold the folder")


def test_a_memory_of_another_version_asks_for_a_fresh_start(tmp_path: Path) -> None:
    path = tmp_path / "develop.json"
    path.write_text('{"password": "secret"}')
    with pytest.raises(SceneError, match="--fresh"):
        Memory.read(path)
