"""The forcible command of register 47100 and how it ends by itself."""

from .controls import Command

_TOLERANCE_WH = 1e-6


class ForcibleCommand:
    """A command to charge or discharge, with its countdown."""

    def __init__(self, *, rewrite_restarts: bool) -> None:
        self._rewrite_restarts = rewrite_restarts
        self.command = Command.STOP
        self.remaining_s: float | None = None
        """``None``: no command, or one without a time limit."""

    def order(self, command: Command, period_s: float | None) -> None:
        """Obey a write to 47100.

        Args:
            command: What was written.
            period_s: After how long it is to end; ``None``: not by time.
        """
        if command is self.command and not self._rewrite_restarts:
            return
        self.command = command
        self.remaining_s = None if command is Command.STOP else period_s
        self.elapse(0.0)

    def elapse(self, duration_s: float) -> None:
        """Let time pass; a period of 0 ends at once."""
        if self.remaining_s is None:
            return
        self.remaining_s -= duration_s
        if self.remaining_s <= 0.0:
            self.end()

    def judge(self, stored_wh: float, floor_wh: float, ceiling_wh: float) -> None:
        """End a command that has come to the bound it was heading for."""
        if (
            self.command is Command.CHARGE and stored_wh >= ceiling_wh - _TOLERANCE_WH
        ) or (
            self.command is Command.DISCHARGE and stored_wh <= floor_wh + _TOLERANCE_WH
        ):
            self.end()

    def end(self) -> None:
        """Return to the working mode."""
        self.command = Command.STOP
        self.remaining_s = None
