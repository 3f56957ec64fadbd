"""Who answers at an address: an inverter we know, something else, or nobody."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..core.errors import BessaiError
from .codec import decode
from .link import (
    GatewayUnreachable,
    IllegalAddress,
    IllegalFunction,
    IllegalValue,
    LinkDown,
    LinkError,
    NoAnswer,
)
from .profile import DeviceProfile


class ReadsRegisters(Protocol):
    """As much of a unit on a link as finding out needs."""

    async def read(self, address: int, count: int) -> Sequence[int]:
        """Return the words from ``address`` on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantIdentity:
    """An inverter that answered and the profile that fits it."""

    unit_id: int
    model: str
    serial_number: str
    firmware: str
    profile: DeviceProfile


class OtherDevice(BessaiError):  # noqa: N818 - named after what was found
    """Something answered that is not an inverter of any profile."""

    def __init__(self, unit_id: int, model: str | None, kind: str) -> None:
        """Say what it is.

        Args:
            unit_id: Where it answered.
            model: The name it gave; ``None`` if it gave none.
            kind: A key of the profile's ``refuse`` table, or ``unknown``.
        """
        super().__init__(f"unit {unit_id} is {model or 'nameless'} ({kind})")
        self.unit_id, self.model, self.kind = unit_id, model, kind


class NobodyThere(BessaiError):  # noqa: N818 - named after what was found
    """The address is reachable, but no unit id gave an answer."""


async def identify(
    link: ReadsRegisters, unit_id: int, profiles: Iterable[DeviceProfile]
) -> PlantIdentity:
    """Return the inverter behind a unit id.

    Raises:
        OtherDevice: If what answers fits no profile.
        LinkError: If nothing answers, or not in Modbus.
    """
    found: OtherDevice | LinkError = OtherDevice(unit_id, None, "unknown")
    for profile in profiles:
        try:
            model = await _read_text(link, profile, profile.identity.model)
        except IllegalAddress, IllegalFunction, IllegalValue:
            continue
        except LinkDown:
            raise
        except LinkError as err:
            # Another family may have its name elsewhere and answer for that.
            found = err
            continue
        if model is not None and profile.identity.match.search(model):
            return await _identity(link, unit_id, model, profile)
        found = OtherDevice(unit_id, model, _kind_of(model, profile))
    raise found


async def _identity(
    link: ReadsRegisters, unit_id: int, model: str, profile: DeviceProfile
) -> PlantIdentity:
    serial_number = await _read_text(link, profile, profile.identity.serial_number)
    if serial_number is None:
        raise OtherDevice(unit_id, model, "nameless")
    firmware = await _read_text(link, profile, profile.identity.firmware)
    return PlantIdentity(
        unit_id=unit_id,
        model=model,
        serial_number=serial_number,
        firmware=firmware or "",
        profile=profile,
    )


def _kind_of(model: str | None, profile: DeviceProfile) -> str:
    """Return which refused kind of device a model's name belongs to."""
    refused = profile.identity.refuse.items()
    return next(
        (kind for kind, pattern in refused if model and pattern.search(model)),
        "unknown",
    )


async def _read_text(
    link: ReadsRegisters, profile: DeviceProfile, key: str
) -> str | None:
    register = profile.registers[key]
    words = await link.read(register.address, register.words)
    value = decode(register, words)
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a scan found."""

    plant: PlantIdentity | None
    others: tuple[OtherDevice, ...]
    """Devices that are not inverters: a manager among them overrides commands."""


async def survey(
    unit: Callable[[int], ReadsRegisters],
    unit_ids: Sequence[int],
    profiles: Sequence[DeviceProfile],
    on_progress: Callable[[float], None],
) -> Survey:
    """Ask unit ids in order until an inverter answers.

    Args:
        unit: Makes the view of one unit id.
        unit_ids: Which to ask, most likely first.
        profiles: The families to look for.
        on_progress: Called with the share done, 0 to 1, before each unit id.

    Raises:
        LinkDown: If there is no connection at all.
        LinkError: If every unit id failed for another reason than silence.
        NobodyThere: If no unit id gave any answer.
    """
    others: list[OtherDevice] = []
    trouble: LinkError | None = None
    for position, unit_id in enumerate(unit_ids):
        on_progress(position / len(unit_ids))
        try:
            plant = await identify(unit(unit_id), unit_id, profiles)
        except OtherDevice as other:
            others.append(other)
        except LinkDown:
            raise
        except NoAnswer, GatewayUnreachable:
            continue
        except LinkError as err:
            trouble = trouble or err
        else:
            return Survey(plant=plant, others=tuple(others))
    if not others:
        raise trouble or NobodyThere(f"none of the units {list(unit_ids)} answered")
    return Survey(plant=None, others=tuple(others))
