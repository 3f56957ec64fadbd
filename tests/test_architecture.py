"""The rules of the layout that a reader relies on, held by parsing the source.

A file at the root belongs to Home Assistant, a folder to the battery; values flow up,
and one file writes to the plant.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
import re

import homeassistant.components

from .source import INTEGRATION, imports, modules, name_of, nodes

# What a folder may import besides itself. Siblings do not import each other: what two
# of them need is a value, and values live in core.
LAYERS = {
    "core": set[str](),
    "device": {"core"},
    "safety": {"core"},
    "planning": {"core"},
    "inference": {"core"},
    "anomaly": {"core"},
    "forwarding": {"core"},
    "simulator": {"core"},
    "control": {"core", "safety"},
    "replay": {"core", "planning", "simulator"},
}
# A technology has one adapter, and only that file knows it.
ADAPTERS = {
    "pymodbus": "device/pymodbus_link.py",
    "onnxruntime": "inference/onnxruntime_engine.py",
    "google": "forwarding/pubsub_publisher.py",
}
# These meet the world; everything else in a folder is told the time and the data.
IMPURE = {
    "device/connect_failure.py",  # knows the errors of sockets; opens none
    "device/profile_library.py",  # reads the profiles
    "device/pymodbus_link.py",
    "forwarding/outbox.py",  # keeps messages in a file
    "forwarding/outbox_file.py",
    "forwarding/outbox_rescue.py",
    "inference/model_shelf.py",  # reads the models
    "planning/__main__.py",  # reads cases and times itself
    "simulator/__main__.py",
    "simulator/server.py",
}
WORLD = {"os", "pathlib", "random", "secrets", "socket", "tempfile", "time", "urllib"}
CLOCK = re.compile(r"\b(date|datetime)\.(now|today|utcnow)$|loop(\(\))?\.time$")
# Home Assistant imports a file or folder that is named like a component of its own
# as our part of that component. These are meant to be.
PLATFORMS = {
    *("binary_sensor", "button", "event", "number", "select", "sensor", "switch"),
    *("calendar", "diagnostics", "logbook", "repairs", "system_health"),
    "frontend",  # JavaScript only, and Home Assistant asks nobody for this one
}
FOLDER_FILES = [path for path in modules() if "/" in path]


def resolve(path: str, level: int, name: str) -> str:
    """Return an import as a path from the integration, or unchanged if absolute."""
    package = Path("bessai", path).parts[:-level] if level else ()
    return "/".join((*package, *name.split(".")))


def test_every_folder_of_code_has_a_layer() -> None:
    """Else the next test would look past a new one."""
    assert {path.split("/")[0] for path in FOLDER_FILES} <= LAYERS.keys()


def test_folder_imports_only_what_lies_below_it() -> None:
    wrong = [
        f"{path} imports {name}"
        for path in FOLDER_FILES
        for level, name in imports(modules()[path])
        if not may_import(path, resolve(path, level, name).split("/"))
    ]
    assert not wrong


def may_import(path: str, target: list[str]) -> bool:
    """Return whether a file of a folder may import this."""
    folder = path.split("/", maxsplit=1)[0]
    if target[0] == "bessai":
        return target[1] in {folder} | LAYERS[folder]
    return target[0] not in {"homeassistant", "probatio", "voluptuous"}


def test_imports_inside_the_integration_are_relative() -> None:
    assert not [
        path for path in modules() if "custom_components" in imported_from(path)
    ]


def test_a_technology_stays_in_its_adapter() -> None:
    wrong = [
        f"{path} imports {name}"
        for path in modules()
        for name in imported_from(path) & ADAPTERS.keys()
        if ADAPTERS[name] != path
    ]
    assert not wrong


def imported_from(path: str) -> set[str]:
    """Return the packages that a file imports by their own names."""
    return {name.split(".")[0] for level, name in imports(modules()[path]) if not level}


def test_folder_has_no_clock_and_no_world() -> None:
    """The time is an argument, so that every hour of a plan can be tested."""
    wrong = [
        f"{path}: {', '.join(world)}"
        for path in FOLDER_FILES
        if path not in IMPURE and (world := worldly(path))
    ]
    assert not wrong


def worldly(path: str) -> list[str]:
    """Return what a file knows of the world, and its looks at a clock."""
    calls = (name_of(call) for call in nodes(ast.Call, modules()[path]))
    clocks = (name for name in calls if CLOCK.search(name))
    return [*sorted(imported_from(path) & WORLD), *clocks]


def test_nothing_at_the_root_is_a_platform_by_accident() -> None:
    root = {
        path.stem for path in INTEGRATION.iterdir() if not path.name.startswith("_")
    }
    components = {
        path.name for path in Path(homeassistant.components.__path__[0]).iterdir()
    }
    assert root & components <= PLATFORMS


def test_only_the_dispatcher_writes_to_the_plant() -> None:
    """The guard has vetted what the dispatcher writes, and nothing else."""
    writers = {
        path
        for path, tree in modules().items()
        for call in nodes(ast.Call, tree)
        if re.search(r"driver\.(apply|release)$", name_of(call))
    }
    assert writers == {"control/dispatcher.py"}


def test_whoever_does_not_forward_loads_next_to_nothing_of_it() -> None:
    """Home Assistant loads the platforms at its start, whether they are used or not."""
    loaded = {"__init__.py", "config_flow.py", *(f"{name}.py" for name in PLATFORMS)}
    waiting = list(loaded & modules().keys())
    while waiting:
        path = waiting.pop()
        found = {file for file in loaded_by(path) if file not in loaded}
        loaded |= found
        waiting += found
    assert {path for path in loaded if path.startswith("forward")} == {
        "forwarding_issues.py",
        "forwarding_setup.py",
    }


def loaded_by(path: str) -> Iterator[str]:
    """Yield the files of ours that importing a file imports, itself, at once."""
    at_once = [
        node
        for node in modules()[path].body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    for level, name in imports(ast.Module(body=[*at_once], type_ignores=[])):
        parts = resolve(path, level, name).split("/")[1:] if level else []
        for length in range(1, len(parts) + 1):
            file = "/".join(parts[:length])
            yield from {f"{file}.py", f"{file}/__init__.py"} & modules().keys()
