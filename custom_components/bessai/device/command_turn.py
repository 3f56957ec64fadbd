"""The link, held for one command: writes that are read back, errors in one language."""

from asyncio import CancelledError
from collections.abc import Callable, Mapping

from ..core.command import (
    CommandError,
    CommandNotPermitted,
    CommandOverruled,
    CommandRefused,
    CommandUnsent,
    ReadBackDiffers,
    Write,
)
from ..core.telemetry import Value
from .codec import CodecError, decode, encode
from .endpoint import UnitTurn
from .inverter_check import InverterCheck
from .link import (
    BrokenAnswer,
    DeviceFailure,
    GatewayUnreachable,
    IllegalAddress,
    IllegalFunction,
    IllegalValue,
    LinkError,
    NoAnswer,
    NotPermitted,
)
from .profile import DeviceProfile
from .read_plan import plan_reads
from .register import Register

# After these nobody knows whether a write took place. The gateway hands it on and
# waits in vain for the answer of the inverter.
_UNCERTAIN = (NoAnswer, BrokenAnswer, GatewayUnreachable)

# Each is said on some firmware when it is the installer who has to allow it
# (``huawei_facts.md`` 2.5).
_FORBIDDEN = (NotPermitted, IllegalAddress, IllegalFunction, DeviceFailure)


class CommandTurn:
    """One unit on a link that nobody else uses meanwhile; made for one call.

    Every method raises :class:`CommandError` and nothing else.
    """

    def __init__(
        self,
        turn: UnitTurn,
        profile: DeviceProfile,
        check: InverterCheck,
        witness: Callable[[Write], None],
        wanted: Callable[[], bool],
    ) -> None:
        """Prepare a turn.

        Args:
            turn: The unit, with the endpoint held.
            profile: Says where everything is.
            check: Knows whether the right inverter answers.
            witness: Is told of each write.
            wanted: Asked before each write.
        """
        self._turn = turn
        self._profile = profile
        self._check = check
        self._witness = witness
        self._wanted = wanted

    async def make_sure(self) -> None:
        """Make sure that the right inverter answers, if that is in doubt."""
        await self._check.make_sure(self._turn.read)

    async def read(self, *keys: str) -> dict[str, Value]:
        """Return what registers hold, in as few requests as are known to be safe."""
        registers = [self._register(key) for key in keys]
        values: dict[str, Value] = {}
        limits = self._profile.proven_spans, self._profile.link.max_read_words
        for read in plan_reads(registers, *limits):
            try:
                words = await self._turn.read(read.start, read.count)
            except LinkError as err:
                raise CommandUnsent(str(err)) from err
            for register in read.registers:
                at = register.address - read.start
                values[register.key] = decode(register, words[at : at + register.words])
        await self.make_sure()
        return values

    async def write(self, key: str, value: Value) -> None:
        """Write one register; whether it holds the value is for :meth:`verify`.

        Raises:
            CommandOverruled: If the command is not wanted any more.
            CommandRefused: If the device, or the register, cannot take the value.
            CommandUnsent: If it did not reach the device, or nobody knows.
        """
        register = self._register(key)
        words = _words(register, value)
        await self._be_connected()
        if not self._wanted():
            raise CommandOverruled(f"{key} = {value} is not wanted any more")
        try:
            await self._turn.write(register.address, words)
        except CancelledError:
            self._tell(register, value, "cut off")
            raise
        except LinkError as err:
            self._tell(register, value, str(err))
            if not isinstance(err, _UNCERTAIN):
                raise _failure(key, value, err) from err
            await self._find_out(key, value, err)
            return
        self._tell(register, value, None)
        await self.make_sure()

    async def verify(self, wanted: Mapping[str, Value]) -> dict[str, Value]:
        """Read registers back and return what they hold.

        Raises:
            ReadBackDiffers: If that is not what was written.
        """
        found = await self.read(*wanted)
        self.compare(wanted, found)
        return found

    def compare(self, wanted: Mapping[str, Value], found: Mapping[str, Value]) -> None:
        """Raise :class:`ReadBackDiffers` for the first value that is not as wanted."""
        for key, value in wanted.items():
            if found[key] != self._held(key, value):
                raise ReadBackDiffers(key, value, found[key])

    async def _be_connected(self) -> None:
        """Have a connection on which the right inverter answers.

        One that was lost since the last request would else be made anew by a write,
        and that would be the first that whoever answers there now gets to hear.
        """
        try:
            await self._turn.connect()
        except LinkError as err:
            raise CommandUnsent(str(err)) from err
        await self.make_sure()

    async def _find_out(self, key: str, value: Value, error: LinkError) -> None:
        """Look whether a write that was not answered took place."""
        found = await self.read(key)
        if found[key] != self._held(key, value):
            raise CommandUnsent(f"{key} = {value} did not arrive: {error}") from error

    def _held(self, key: str, value: Value) -> Value:
        """Return a value as it is read once the register holds it."""
        register = self._register(key)
        return decode(register, _words(register, value))

    def _register(self, key: str) -> Register:
        register = self._profile.registers.get(key)
        if register is None:
            raise CommandError(f"the profile has no register {key}")
        return register

    def _tell(self, register: Register, value: Value, error: str | None) -> None:
        self._witness(
            Write(
                key=register.key,
                address=register.address,
                value=value,
                stored=register.persistent,
                error=error,
            )
        )


def _words(register: Register, value: Value) -> tuple[int, ...]:
    try:
        return encode(register, value)
    except CodecError as err:
        raise CommandRefused(register.key, value, str(err)) from err


def _failure(key: str, value: Value, error: LinkError) -> CommandError:
    """Return what it means for a command that a write failed for certain."""
    if isinstance(error, _FORBIDDEN):
        return CommandNotPermitted(key, value, str(error))
    if isinstance(error, IllegalValue):
        return CommandRefused(key, value, str(error))
    return CommandUnsent(str(error))
