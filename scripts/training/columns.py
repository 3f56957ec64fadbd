"""The product's columns of features, without what a package around them imports."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

_FILE = (
    Path(__file__).parents[2] / "custom_components/bessai/inference/policy_columns.py"
)


def _load() -> ModuleType:
    spec = spec_from_file_location("policy_columns", _FILE)
    if spec is None or spec.loader is None:
        raise ImportError(str(_FILE))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COLUMNS = _load()
"""``inference/policy_columns.py``: where training happens is no Home Assistant."""

FIXED = (
    *COLUMNS.PRICE_NAMES,
    COLUMNS.PUBLISHED_NAME,
    *COLUMNS.ENERGY_NAMES,
    *COLUMNS.BATTERY_NAMES,
)
"""What does not depend on what the battery has done."""

NAMES = (*FIXED, COLUMNS.STORED_NAME)
"""The inputs of the shipped policy, in this order."""
