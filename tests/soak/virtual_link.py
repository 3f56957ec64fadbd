"""A link to a simulated plant without a socket, in whatever time the plant lives."""

from collections.abc import Sequence

from custom_components.bessai.device.link import BrokenAnswer, NoAnswer, refusal
from custom_components.bessai.simulator.errors import (
    LinkDropped,
    NoSuchUnit,
    RegisterFault,
)
from custom_components.bessai.simulator.plant import SimulatedPlant


class VirtualLink:
    """A :class:`RegisterLink` that asks the plant itself."""

    def __init__(self, plant: SimulatedPlant) -> None:
        self.plant = plant
        self.connected = False
        self.reads = 0
        self.writes = 0

    def __str__(self) -> str:
        """Name the endpoint."""
        return "virtual:502"

    async def connect(self) -> None:
        """Open nothing."""
        self.connected = True

    async def read(self, unit_id: int, address: int, count: int) -> tuple[int, ...]:
        """Read as the plant's server would."""
        self.reads += 1
        try:
            return self.plant.read(unit_id, address, count)
        except RegisterFault as err:
            raise refusal(err.code) from err
        except NoSuchUnit as err:
            raise NoAnswer(str(err)) from err
        except LinkDropped as err:
            raise BrokenAnswer(str(err)) from err

    async def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        """Write as the plant's server would."""
        self.writes += 1
        try:
            self.plant.write(unit_id, address, words)
        except RegisterFault as err:
            raise refusal(err.code) from err
        except NoSuchUnit as err:
            raise NoAnswer(str(err)) from err
        except LinkDropped as err:
            raise BrokenAnswer(str(err)) from err

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        """Know no private function."""
        raise refusal(0x01)

    async def close(self) -> None:
        """Close nothing."""
        self.connected = False
