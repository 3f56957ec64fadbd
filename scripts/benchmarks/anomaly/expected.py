"""What is known beforehand of the plant: what the shipped profile says of it."""

from functools import cache
from pathlib import Path

from custom_components.bessai.core.observation import Expectations
from custom_components.bessai.device.observation import build_expectations
from custom_components.bessai.device.plausibility_profile import PlausibilityProfile
from custom_components.bessai.device.profile import DeviceProfile
from custom_components.bessai.device.profile_library import load_profiles

_PROFILES = Path(__file__).parents[3] / "custom_components/bessai/profiles"
_ID = "huawei_sun2000"


@cache
def profile() -> DeviceProfile:
    """Return the profile of the simulated plants."""
    shelf = load_profiles(_PROFILES, None)
    return next(one for one in shelf.profiles if one.id == _ID)


def watched() -> PlausibilityProfile:
    """Return what is audited of such a plant."""
    section = profile().plausibility
    if section is None:
        raise ValueError(f"the profile {_ID} says nothing of plausibility")
    return section


def expectations() -> Expectations:
    """Return what the detector is told."""
    return build_expectations(profile())
