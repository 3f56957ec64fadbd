"""Turns a request into the plant's answer, as the scenario lets it."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from .behaviour import ServerStatistics
from .errors import ExceptionCode, LinkDropped, NoSuchUnit, RegisterFault
from .fault_board import FaultBoard, Treatment
from .login_desk import LOGIN, LoginDesk
from .mbap import (
    Frame,
    ReadRequest,
    exception_answer,
    parse_request,
    read_answer,
    write_answer,
)
from .plant import SimulatedPlant


class Reply(NamedTuple):
    """What to send, and how."""

    answer: bytes | None
    """``None``: silence."""

    treatment: Treatment


class Responder:
    """Stands between the link and the plant; knows the time."""

    def __init__(
        self,
        plant: SimulatedPlant,
        clock: Callable[[], datetime],
        board: FaultBoard,
        statistics: ServerStatistics,
    ) -> None:
        self._plant = plant
        self._clock = clock
        self._board = board
        self._statistics = statistics

    def connected(self) -> None:
        """Note a new connection."""
        self._statistics.connections += 1
        self._board.connected()

    def count(self, frame: Frame, *, unanswered: bool) -> None:
        """Count a request that came."""
        statistics = self._statistics
        statistics.requests += 1
        statistics.read_requests += not frame.is_write
        statistics.write_requests += frame.is_write
        statistics.unanswered += unanswered

    def respond(self, frame: Frame, desk: LoginDesk) -> Reply:
        """Carry a request out.

        Args:
            frame: The request.
            desk: Of the connection that it came by.

        Raises:
            BadFrame: The request cannot be understood.
            LinkDropped: The connection ends instead of an answer.
        """
        self._plant.advance(self._clock())
        treatment = self._board.treat(is_write=frame.is_write)
        answer = None
        try:
            answer = self._answer(frame, treatment, desk)
        except RegisterFault as fault:
            self._statistics.exceptions += 1
            answer = exception_answer(frame, fault.code)
        except NoSuchUnit:
            self._statistics.unanswered += 1
        except LinkDropped:
            self._statistics.unanswered += 1
            raise
        return Reply(answer, treatment)

    def _answer(self, frame: Frame, treatment: Treatment, desk: LoginDesk) -> bytes:
        """Return the plant's answer, or raise what stands in its place."""
        if treatment.drop:
            raise LinkDropped("scenario")
        if treatment.code is not None:
            raise RegisterFault(treatment.code)
        if frame.function == LOGIN:
            self._plant.check_inverter(frame.unit_id)
            return desk.answer(frame.body)
        request = parse_request(frame)
        if isinstance(request, ExceptionCode):
            raise RegisterFault(request)
        if isinstance(request, ReadRequest):
            words = self._plant.read(frame.unit_id, request.address, request.count)
            self._statistics.words_read += len(words)
            return read_answer(words)
        desk.check_rights()
        self._plant.write(frame.unit_id, request.address, request.words)
        desk.note_write(request.address)
        self._statistics.words_written += len(request.words)
        return write_answer(frame)
