"""The simulated plant: physics behind a Huawei register image."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from .condition import PlantCondition
from .engine import Engine
from .errors import ExceptionCode, LinkDropped, NoSuchUnit, RegisterFault
from .image import Image
from .image_battery import lay_battery
from .image_identity import lay_identity
from .image_inverter import lay_inverter
from .image_meter import lay_meter
from .image_neighbours import build_emma, build_sdongle, build_smartlogger
from .journal import JournalEntry, PlantJournal
from .overrides import Overrides
from .parameters import PlantParameters
from .past import Past
from .register_file import RegisterFile, distort, is_measured
from .settings import Ceiling
from .snapshot import Snapshot
from .truth import PlantTruth
from .witness import NO_LIGHT, build_truth

SDONGLE_UNIT = 100
COMMANDER_UNIT = 0
_METER_VALUES = range(37101, 37139)
_COMMAND, _START_UP, _SHUT_DOWN = 47100, 40200, 40201


class SimulatedPlant:
    """A home with inverter, battery and meter, told the time from outside.

    ``read`` and ``write`` act at the time of the last ``advance``.
    """

    def __init__(
        self, parameters: PlantParameters, start: datetime, past: Past | None = None
    ) -> None:
        """Build a plant as it stands at ``start``, which is aware.

        With a ``past`` it goes on from where it was stopped; what would have happened
        in between is left out.
        """
        self.parameters = parameters
        self.journal = PlantJournal()
        self._engine = Engine(parameters, start, past)
        self._file = RegisterFile(bridges_holes=parameters.quirks.bridges_holes)
        self._stuck: dict[int, int] = {}
        self._words: dict[int, int] | None = None
        self._truth: PlantTruth | None = None
        if past is not None:
            self.set_soc(past.soc_pct)

    @property
    def past(self) -> Past:
        """What has to be kept to go on from here another time."""
        ledger = self._engine.ledger
        return Past(
            at=self.at,
            soc_pct=self.truth.soc_pct,
            counters=replace(ledger.counters),
            day=replace(ledger.day),
        )

    @property
    def at(self) -> datetime:
        """The time of the last ``advance``, aware, UTC."""
        return datetime.fromtimestamp(self._engine.at_s, UTC)

    @property
    def truth(self) -> PlantTruth:
        """What is physically so at that time, in our units and signs."""
        if self._truth is None:
            self._truth = build_truth(self._engine)
        return self._truth

    @property
    def condition(self) -> PlantCondition:
        """What is wrong with the plant; the fault scenarios set it."""
        return self._engine.condition

    @condition.setter
    def condition(self, condition: PlantCondition) -> None:
        self._stuck = self._measured_words() if condition.stuck else {}
        self._engine.condition = condition
        self._engine.reset_clock(condition.clock_offset_s)
        self._forget()

    @property
    def overrides(self) -> Overrides:
        """Sun, load and air held at fixed values instead of being simulated."""
        return self._engine.environment.overrides

    @overrides.setter
    def overrides(self, overrides: Overrides) -> None:
        self._engine.environment.overrides = overrides
        self._forget()

    def advance(self, to: datetime) -> None:
        """Integrate up to a time. A clock that goes backwards changes no energy."""
        at_s = to.timestamp()
        if at_s == self._engine.at_s:
            return  # An image costs more than all else that a request does.
        self._engine.advance(at_s)
        self._forget()

    def set_soc(self, soc_pct: float) -> None:
        """Set the state of charge, percent."""
        self._engine.set_soc(soc_pct)
        self._forget()

    def set_battery_temperature(self, temperature_c: float) -> None:
        """Set the temperature of the cells, °C."""
        self._engine.set_battery_temperature(temperature_c)
        self._forget()

    def read(self, unit_id: int, address: int, count: int) -> tuple[int, ...]:
        """Return raw words.

        Raises:
            RegisterFault: The device answers with an exception code.
            NoSuchUnit: Nothing answers under this unit id.
            LinkDropped: The device closes the connection instead of answering.
        """
        neighbour = self._neighbour(unit_id)
        if neighbour is not None:
            return RegisterFile(bridges_holes=True).read(
                neighbour.words, address, count
            )
        self.check_inverter(unit_id)
        self._check_meter(address, count)
        self._file.check_present(address, count, self.condition.absent)
        if self._words is None:
            self._words = self._build_words()
        return self._file.read(self._words, address, count)

    def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        """Take words as function 16 would; raises the same errors as ``read``."""
        if self._neighbour(unit_id) is not None:
            raise RegisterFault(ExceptionCode.ILLEGAL_ADDRESS)
        self.check_inverter(unit_id)
        self._file.check_present(address, len(words), self.condition.absent)
        written = self._engine.settings.write(address, words, self._ceilings())
        self.journal.add(
            JournalEntry(
                at=self.at, unit_id=unit_id, address=address, words=tuple(words)
            )
        )
        self._react(written)

    def poke(self, address: int, words: Sequence[int]) -> None:
        """Pin what addresses of the inverter read, from now on."""
        self._file.poke(address, words)

    def unpoke(self, address: int | None = None) -> None:
        """Let one pinned run go, named by its first address, or all of them."""
        self._file.unpoke(address)

    def remove(self, first: int, last: int) -> None:
        """Make addresses of the inverter, both ends included, absent."""
        self._file.remove(first, last)

    def restore(self) -> None:
        """Make all removed addresses present again."""
        self._file.restore()

    def _react(self, written: Sequence[int]) -> None:
        """Do what a write asks for beyond being kept."""
        if _START_UP in written or _SHUT_DOWN in written:
            self._engine.run(running=_START_UP in written)
        if _COMMAND in written:
            self._engine.order()
        self._engine.obey()
        self._forget()

    def _forget(self) -> None:
        """Build truth and image anew when they are next asked for."""
        self._words = None
        self._truth = None

    def _ceilings(self) -> Mapping[Ceiling, int]:
        """Return the bounds of powers as the registers show them now."""
        return {
            Ceiling.CHARGE_POWER: round(self.truth.charge_limit_w),
            Ceiling.DISCHARGE_POWER: round(self.truth.discharge_limit_w),
            Ceiling.GRID_CHARGE_POWER: self._engine.settings.value(47244),
        }

    def check_inverter(self, unit_id: int) -> None:
        """Raise unless the inverter answers under this unit id now."""
        asleep = (
            self.parameters.quirks.silent_at_night
            and self.truth.device_status == NO_LIGHT
        )
        silent = self.condition.inverter_silent or asleep
        if silent or unit_id not in self.parameters.unit_ids:
            raise NoSuchUnit(f"unit {unit_id}")

    def _check_meter(self, address: int, count: int) -> None:
        """Raise if values are asked of a meter that was lost."""
        asked = range(
            max(address, _METER_VALUES.start),
            min(address + count, _METER_VALUES.stop),
        )
        if asked and not self.condition.meter_online:
            raise LinkDropped("the meter is lost")

    def _neighbour(self, unit_id: int) -> Image | None:
        """Return the registers of another device that has this unit id."""
        if unit_id == COMMANDER_UNIT and self.parameters.emma:
            return build_emma(self._snapshot())
        if unit_id == COMMANDER_UNIT and self.parameters.smartlogger:
            return build_smartlogger(self._snapshot())
        if unit_id == SDONGLE_UNIT and unit_id in self.parameters.unit_ids:
            return build_sdongle(self._snapshot())
        return None

    def _snapshot(self) -> Snapshot:
        """Return this instant with all that registers tell."""
        engine, clock = self._engine, self._engine.clock
        stopped_s = engine.stopped_s
        return Snapshot(
            parameters=self.parameters,
            condition=self.condition,
            truth=self.truth,
            at_s=engine.at_s,
            local_s=clock.local_s(engine.at_s),
            started_local_s=clock.local_s(engine.started_s),
            stopped_local_s=None if stopped_s is None else clock.local_s(stopped_s),
        )

    def _build_image(self) -> Image:
        """Return what a sound inverter tells at this instant."""
        image, snapshot = Image(), self._snapshot()
        for lay in (lay_identity, lay_inverter, lay_battery, lay_meter):
            lay(image, snapshot)
        return image

    def _build_words(self) -> dict[int, int]:
        """Return every readable word of the inverter as it is told now."""
        settings = dict(self._engine.settings.image)
        told = distort(
            self._build_image(), self.condition, self._stuck, int(self._engine.at_s)
        )
        return settings | told

    def _measured_words(self) -> dict[int, int]:
        """Return the measurements of this instant."""
        words = self._build_image().words
        return {place: word for place, word in words.items() if is_measured(place)}
