"""The owner chooses whether to look for findings, and which of them block."""

from typing import Any

import pytest

from custom_components.bessai.anomaly_options import BLOCKABLE, AnomalyOptions
from custom_components.bessai.core.finding import CERTAIN, FindingKind
from custom_components.bessai.options import (
    detects_anomalies,
    merge_options,
    parse_options,
)

from .controlled import control
from .home import Home
from .test_options import BOUNDS
from .test_options_flow import Dialog

TYPED: dict[str, Any] = {"control": {}, "safety": {}, "notifications": {}}


def merged(**anomaly: object) -> dict[str, Any]:
    """Return what is stored of a section that was filled in."""
    return merge_options({}, {**TYPED, "anomaly": anomaly}, BOUNDS)


def test_a_new_entry_looks_for_findings_and_lets_the_certain_ones_block() -> None:
    options = parse_options({}, BOUNDS)
    assert options.anomaly == AnomalyOptions(detect=True, blocking=CERTAIN)
    assert not options.findings
    assert detects_anomalies({})


def test_choices_are_taken_over() -> None:
    stored = {
        "anomaly": {"detect": False, "blocking": ["frozen"]},
        "notifications": {"findings": True},
    }
    options = parse_options(stored, BOUNDS)
    assert options.anomaly.blocking == {FindingKind.FROZEN}
    assert not options.anomaly.detect
    assert options.findings
    assert not detects_anomalies(stored)


@pytest.mark.parametrize(
    "stored",
    [
        {"anomaly": None},
        {"anomaly": {"detect": "no"}},
        {"anomaly": {"detect": 0}},
        {"anomaly": {"blocking": "frozen"}},
        {"anomaly": {"blocking": ["frozen", "haunted"]}},
        {"anomaly": {"blocking": ["unusual"]}},
        {"anomaly": {"blocking": [["frozen"]]}},
    ],
    ids=str,
)
def test_what_does_not_parse_counts_as_not_chosen(
    stored: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert parse_options(stored, BOUNDS) == parse_options({}, BOUNDS)
    assert caplog.text.count("counts as not chosen") == 1
    assert detects_anomalies(stored)


def test_what_is_unusual_can_block_nothing() -> None:
    assert set(FindingKind) - set(BLOCKABLE) == {FindingKind.UNUSUAL}


def test_defaults_are_not_stored_and_nothing_is_a_choice() -> None:
    certain = ["setting_changed", "out_of_bounds", "identity"]
    assert merged(detect=True, blocking=certain) == {}
    assert merged() == {}
    assert merged(detect=False) == {"anomaly": {"detect": False}}
    assert merged(detect=True, blocking=[]) == {"anomaly": {"blocking": []}}
    assert parse_options(merged(blocking=[]), BOUNDS).anomaly.blocking == frozenset()


async def test_the_form_offers_every_kind_but_the_unusual(added_home: Home) -> None:
    dialog = await Dialog(added_home).open()
    config = dialog.selector("anomaly", "blocking").config
    assert config["options"] == [kind.value for kind in BLOCKABLE]
    assert config["translation_key"] == "finding_kind"


async def test_what_is_chosen_is_in_force_and_shown_again(added_home: Home) -> None:
    home = added_home
    dialog = await Dialog(home).open()
    await dialog.save(anomaly={"blocking": []}, notifications={"findings": True})
    assert home.entry.options == {
        "anomaly": {"blocking": []},
        "notifications": {"findings": True},
    }
    assert control(home).options.anomaly.blocking == frozenset()
    await dialog.open()
    assert dialog.shown["anomaly"] == {"detect": True, "blocking": []}
    await dialog.save(anomaly={"detect": False, "blocking": ["frozen"]})
    assert home.runtime.anomaly is None
    assert home.entry.options["anomaly"] == {"detect": False, "blocking": ["frozen"]}
