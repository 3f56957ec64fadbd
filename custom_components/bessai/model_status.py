"""Which models are in use, and why one that was chosen is not."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from homeassistant.core import CALLBACK_TYPE, callback

from .inference.errors import ModelRefused, Refusal
from .inference.model_card import ModelCard, Purpose


class Fallback(StrEnum):
    """What runs instead of a model that cannot be used."""

    PLAN = "plan"
    SELF_CONSUMPTION = "self_consumption"
    LINEAR = "linear"
    """Our own price forecast, fitted to the prices of the last weeks."""

    RECENT_DAYS = "recent_days"
    """The mean of the same hours of the last days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a model that was chosen is not used."""

    refusal: Refusal
    detail: str
    """The value, name or file that it is about; may be empty."""

    fallback: Fallback
    """What runs instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """How it stands with the model of a purpose."""

    purpose: Purpose
    chosen: str
    """``shipped``, ``none``, or the name of a file of the owner."""

    card: ModelCard | None = None
    """Of the model that is in use."""

    backend: str | None = None
    """``numpy`` or ``onnxruntime``."""

    refused: Refused | None = None
    """``None`` also where no model is wanted."""

    @classmethod
    def without(
        cls, purpose: Purpose, chosen: str, error: ModelRefused, fallback: Fallback
    ) -> Self:
        """Return the state of a model that cannot be used."""
        refused = Refused(refusal=error.refusal, detail=error.detail, fallback=fallback)
        return cls(purpose=purpose, chosen=chosen, refused=refused)


class ModelStatus:
    """The states of the models of a plant; whoever uses a model says how it stands."""

    def __init__(self) -> None:
        """Know nothing: no model was tried yet."""
        self._states: dict[Purpose, ModelState] = {}
        self._listeners: set[Callable[[], None]] = set()

    @property
    def states(self) -> tuple[ModelState, ...]:
        """What was said so far, one for each purpose at most."""
        return tuple(self._states.values())

    def of(self, purpose: Purpose) -> ModelState | None:
        """Return how it stands with a purpose; ``None``: nobody has tried yet."""
        return self._states.get(purpose)

    @callback
    def async_set(self, state: ModelState) -> None:
        """Say how it stands; listeners hear of what is new."""
        if self._states.get(state.purpose) == state:
            return
        self._states[state.purpose] = state
        for listener in tuple(self._listeners):
            listener()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call a listener with each change; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)
