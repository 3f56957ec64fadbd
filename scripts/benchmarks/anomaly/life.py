"""A plant that lives on in its surroundings, with its owner's commands."""

from datetime import UTC, datetime

from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.thermal import settle
from custom_components.bessai.simulator.truth import PlantTruth

from .board import Board
from .commander import Commander
from .home import Home
from .surroundings import Surroundings

_HOUR_S = 3_600.0
_STRIDE_S = 60.0
"""Longest time that sun and load are held."""

_KEEPS_PCT_FROM_FULL, _KEEPS_PCT_FROM_EMPTY = 97.0, 7.0
_MOST_DRIFT_PCT = 6.0


class Life:
    """The plant, what it is told, and what its own instruments get wrong."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.plant = SimulatedPlant(home.parameters, home.start)
        self.board = Board(home, self.plant)
        self.commander = Commander(home, self.board)
        self._surroundings = Surroundings(home)
        self.at_s = home.start.timestamp()
        self._cells_c = self._surroundings.ambient_c(self.at_s)
        self.truth = self.plant.truth
        self.soc_error_pct = 0.0
        """By how much the battery tells too much."""

        self._hour = -1
        self.utc_offset_s = 0.0

    def pass_to(self, at_s: float) -> PlantTruth:
        """Live until a time and return what is then so."""
        while self.at_s < at_s:
            self._stride(min(at_s, self.at_s + _STRIDE_S))
        return self.truth

    def refresh(self) -> None:
        """Look at the plant again after something was done to it."""
        self.truth = self.plant.truth
        self.board.follow(self.truth.forcible_command)

    def _stride(self, to_s: float) -> None:
        duration_s, self.at_s = to_s - self.at_s, to_s
        local_s = to_s + self._offset_s(to_s)
        weather = self._surroundings.at(to_s, local_s)
        self.plant.overrides = Overrides(
            pv_w=weather.pv_w, load_w=weather.load_w, ambient_c=weather.ambient_c
        )
        self.plant.advance(datetime.fromtimestamp(to_s, UTC))
        self._cells_c = settle(
            self.home.cells,
            self._cells_c,
            weather.ambient_c,
            abs(self.truth.battery_w) * self.home.cell_loss,
            duration_s,
        )
        self.plant.set_battery_temperature(self._cells_c)
        self.truth = self.plant.truth
        self.commander.look(to_s, local_s, self.truth)
        self.board.follow(self.truth.forcible_command)
        self._misjudge(duration_s)

    def _offset_s(self, at_s: float) -> float:
        """Return how far the wall clock is ahead of UTC; it changes by the hour."""
        hour = int(at_s // _HOUR_S)
        if hour != self._hour:
            moment = datetime.fromtimestamp(at_s, self.home.zone)
            offset = moment.utcoffset()
            self._hour = hour
            self.utc_offset_s = offset.total_seconds() if offset else 0.0
        return self.utc_offset_s

    def _misjudge(self, duration_s: float) -> None:
        """Let the state of charge go wrong; near full and empty it is put right."""
        soc_pct = self.truth.soc_pct
        if soc_pct >= _KEEPS_PCT_FROM_FULL or soc_pct <= _KEEPS_PCT_FROM_EMPTY:
            if abs(self.soc_error_pct) > 0.3:
                self.soc_error_pct = 0.0
            return
        drift_pct = self.home.soc_drift_pct_per_day * duration_s / 86_400.0
        error = self.soc_error_pct + drift_pct
        self.soc_error_pct = min(max(error, -_MOST_DRIFT_PCT), _MOST_DRIFT_PCT)
