"""What only a person can put right about commands."""

from collections.abc import Iterator, Mapping
from typing import Final

from .control_loop import ControlLoop
from .device.quantity import from_register
from .device.register import Register
from .runtime import BessaiRuntime
from .texts import Texts

FOREIGN_COMMAND: Final = "foreign_command"
SETTINGS_LEFT_BEHIND: Final = "settings_left_behind"

type Trouble = tuple[str, dict[str, str]]
"""Key of the text, and what it is filled with."""


def control_troubles(runtime: BessaiRuntime) -> Iterator[Trouble]:
    """Yield what is wrong with the commands of a plant, if it can be commanded."""
    control = runtime.control
    if control is None:
        return
    if control.allowed and control.foreign_command:
        yield FOREIGN_COMMAND, {}
    if owed := control.owed_settings:
        yield SETTINGS_LEFT_BEHIND, {"settings": list_settings(runtime, owed)}


def is_undecided(control: ControlLoop | None, key: str) -> bool:
    """Return whether it cannot be told at present if that is wrong."""
    return key == FOREIGN_COMMAND and control is not None and control.watchdog.is_lost


def list_settings(runtime: BessaiRuntime, owed: Mapping[str, float]) -> str:
    """Return each setting with its address and the value that it should have."""
    registers = runtime.driver.profile.registers
    return "\n".join(
        _describe(registers[key], value, runtime.texts)
        for key, value in sorted(owed.items())
    )


def _describe(register: Register, value: float, texts: Texts) -> str:
    kind = from_register(register).kind
    name = texts.name(f"entity.sensor.{kind}.name", register.title)
    unit = f" {register.unit}" if register.unit else ""
    return f"- {name} ({register.address}): {value:.10g}{unit}"
