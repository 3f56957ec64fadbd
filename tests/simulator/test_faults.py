"""The scenarios as a person chooses them."""

import re

from custom_components.bessai.simulator.condition import SOUND
from custom_components.bessai.simulator.faults import (
    CONDITIONS,
    DESCRIPTIONS,
    Scenario,
    condition_of,
)


def test_every_scenario_is_described_in_one_line() -> None:
    assert DESCRIPTIONS.keys() == set(Scenario)
    assert all(text and "\n" not in text for text in DESCRIPTIONS.values())
    assert len(set(DESCRIPTIONS.values())) == len(Scenario)


def test_scenarios_are_slugs() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", scenario) for scenario in Scenario)


def test_only_scenarios_of_the_plant_change_its_condition() -> None:
    changed = {one for one in Scenario if condition_of(one) != SOUND}
    assert changed == CONDITIONS.keys()
