"""Home Assistant OS has no onnxruntime, scikit-learn or onnx: all works there."""

from importlib.metadata import requires
from pathlib import Path
import sys

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.policy_pilot import InCharge
from custom_components.bessai.simulator.overrides import Overrides

from .controlled import allow, ask, control, look
from .home import Home, settle
from .plants import until
from .source import INTEGRATION, imports, modules, read_json
from .test_planner import planner_of, tariff
from .test_policy_pilot import in_charge, pilot_of
from .test_price_outlooks import past

MISSING = ("onnxruntime", "sklearn", "onnx", "skl2onnx", "scipy", "google.protobuf")
ADAPTER = "custom_components.bessai.inference.onnxruntime_engine"


@pytest.fixture
def as_on_alpine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be imported for which there is no wheel."""
    for name in MISSING:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, ADAPTER, raising=False)


@pytest.mark.usefixtures("as_on_alpine")
async def test_the_shipped_policy_is_in_control(home: Home) -> None:
    home.plant.overrides = Overrides(pv_w=0.0, load_w=800.0)
    home.options = tariff(0.05, 0.60)
    await home.add()
    await allow(home)
    await look(home)
    planner, pilot = planner_of(home), pilot_of(home)
    await until(lambda: planner.market.curve is not None)
    await planner.forecasts.async_refresh(dt_util.utcnow())
    await control(home).async_set_mode(DispatchMode.POLICY)
    await pilot.async_ready()
    pilot._asked_at = None
    await home.poll()
    await until(lambda: not pilot._is_asking)
    await home.poll()
    assert pilot.refusal is None
    assert in_charge(home) is InCharge.POLICY
    answer = await ask(home, "run_policy")
    assert answer["backend"] == "numpy"
    assert answer["in_charge"] == "policy"


@pytest.mark.usefixtures("as_on_alpine")
async def test_prices_are_forecast(home: Home) -> None:
    hass: HomeAssistant = home.hass
    hass.states.async_set(
        "sensor.price", "0.2", {"unit_of_measurement": "EUR/kWh", "prices": []}
    )
    home.options = {"prices": {"source": "entity", "price_entity": "sensor.price"}}
    await home.add()
    await settle(hass)
    market = planner_of(home).market
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    market._history.keep(market._history_key(), {"import": past(60, hour)})
    await market.async_refresh()
    await settle(hass)
    answer = await ask(home, "forecast_prices", hours=24)
    assert answer["method"] == "linear"


def test_nothing_asks_for_them() -> None:
    required = read_json(INTEGRATION / "manifest.json")["requirements"]
    names = {text.split(">")[0] for text in required}
    assert names == {"numpy", "pymodbus"}
    assert "numpy" not in " ".join(requires("pymodbus") or ())


def test_only_one_file_may_import_one_of_them() -> None:
    """And none of them is imported before it is wanted."""
    users = {
        path: {name.split(".")[0] for level, name in imports(tree) if not level}
        for path, tree in modules().items()
    }
    found = {path for path, names in users.items() if names & {*MISSING, "google"}}
    assert found == {
        "inference/onnxruntime_engine.py",
        "forwarding/pubsub_publisher.py",
    }


def test_what_starts_with_home_assistant_does_not_need_numpy() -> None:
    """The root imports of ``inference`` only what is made of values.

    The forest of ``anomaly`` is imported with the first one that is grown.
    """
    with_numpy = {
        path
        for path, tree in modules().items()
        if any(name.split(".")[0] == "numpy" for level, name in imports(tree))
    }
    assert with_numpy
    without = with_numpy - {"anomaly/forest.py"}
    assert {Path(path).parts[0] for path in without} == {"inference"}
