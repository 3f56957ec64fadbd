"""A door that a login opens: the simulator's desk behind a scripted link."""

from collections.abc import Sequence

from custom_components.bessai.device.link import refusal
from custom_components.bessai.simulator.errors import RegisterFault
from custom_components.bessai.simulator.login_desk import LoginDesk

from .link_fakes import Clock, ScriptedLink

PASSWORD = "00000a"
RIGHTS_S = 30.0
CHALLENGE = bytes(range(16))


def desk(
    clock: Clock | None = None, *, password: str | None = PASSWORD, nonce: bytes = b""
) -> LoginDesk:
    return LoginDesk(password, nonce, RIGHTS_S, (clock or Clock()).monotonic)


class Door:
    """A unit that answers private functions as a desk does."""

    def __init__(self, behind: LoginDesk) -> None:
        self.desk = behind
        self.asked: list[bytes] = []

    async def private(self, function: int, payload: bytes) -> bytes:
        self.asked.append(bytes([function]) + payload)
        try:
            return self.desk.answer(payload)[1:]
        except RegisterFault as fault:
            raise refusal(fault.code) from fault


class GuardedLink(ScriptedLink):
    """A link to an inverter that wants a login before it takes a write."""

    def __init__(self, clock: Clock, password: str | None = PASSWORD) -> None:
        super().__init__(clock)
        self.password = password
        self.desk = desk(clock, password=password)

    async def connect(self) -> None:
        await super().connect()
        self.forget_rights()

    def forget_rights(self) -> None:
        """Let the inverter know nobody, as after a start."""
        nonce = str(len(self.done)).encode()
        self.desk = desk(self.clock, password=self.password, nonce=nonce)

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        await super().private(unit_id, function, payload)
        return await Door(self.desk).private(function, payload)

    async def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        await super().write(unit_id, address, words)
        try:
            self.desk.check_rights()
        except RegisterFault as fault:
            raise refusal(fault.code) from fault
        self.desk.note_write(address)
