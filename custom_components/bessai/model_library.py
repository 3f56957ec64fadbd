"""Lists and loads models in the executor, for every plant of Home Assistant alike.

The folder ``inference`` needs numpy for most of what it does, and whoever uses no model
shall not wait for that: it is imported where the first model is loaded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .inference.errors import ModelRefused, Refusal
from .inference.model_card import Purpose
from .inference.model_shelf import FileStamp, ModelFile, ModelShelf
from .model_options import NO_MODEL, SHIPPED
from .model_status import Fallback, ModelState

if TYPE_CHECKING:
    from .inference.feature import Feature
    from .inference.model_loader import LoadedModel

SHIPPED_MODELS: Final = Path(__file__).parent / "models"
OWN_MODELS: Final = (DOMAIN, "models")
"""Below Home Assistant's config directory: updates leave it alone."""

SHIPPED_FILES: Final = {Purpose.DISPATCH_POLICY: "policy.onnx"}

type _Key = tuple[Purpose, str, FileStamp]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOffers:
    """What can be chosen for a purpose."""

    files: tuple[str, ...] = ()
    """Of the owner, readable or not: why one cannot be used is said when it is
    chosen."""

    shipped: str | None = None
    """Name and version of ours; ``None``: none is shipped."""


class ModelLibrary:
    """The models of the owner and ours; one is loaded at a time.

    A model is kept as long as somebody uses it, and not loaded again meanwhile unless
    its file or its card has changed.
    """

    def __init__(self, hass: HomeAssistant, shelf: ModelShelf) -> None:
        """Begin with nothing loaded."""
        self._hass, self._shelf = hass, shelf
        # Taken in the executor: a job goes on there when whoever waits is cancelled.
        self._loading, self._asking = Lock(), Lock()
        self._loaded: WeakValueDictionary[_Key, LoadedModel] = WeakValueDictionary()

    async def async_names(self, purpose: Purpose) -> ModelOffers:
        """Return what there is to choose from."""
        return await self._hass.async_add_executor_job(self._list, purpose)

    async def async_load(self, name: str, purpose: Purpose) -> LoadedModel:
        """Return a model that can be asked, see :meth:`async_ask`.

        Args:
            name: ``shipped``, or a file of the owner's folder.
            purpose: What it is to be used for.

        Raises:
            ModelRefused: If it cannot be used.
        """
        return await self._hass.async_add_executor_job(self._load, name, purpose)

    async def async_take(
        self, name: str, purpose: Purpose, fallback: Fallback
    ) -> tuple[LoadedModel | None, ModelState]:
        """Return the model that was chosen, if it can be used, and how it stands.

        No model and no refusal: none is wanted, or ours is and none is shipped.

        Args:
            name: ``shipped``, ``none``, or a file of the owner's folder.
            purpose: What it is to be used for.
            fallback: What runs instead if it cannot be used.
        """
        state = ModelState(purpose=purpose, chosen=name)
        if name == NO_MODEL:
            return None, state
        if name == SHIPPED and (await self.async_names(purpose)).shipped is None:
            return None, state
        try:
            model = await self.async_load(name, purpose)
        except ModelRefused as err:
            return None, ModelState.without(purpose, name, err, fallback)
        return model, ModelState(
            purpose=purpose, chosen=name, card=model.card, backend=model.backend
        )

    async def async_ask[T](self, question: Callable[[], T]) -> T:
        """Answer what takes a model, in the executor: one question at a time.

        Plants share their models, and a model is not to be asked by two threads.
        """
        return await self._hass.async_add_executor_job(self._ask, question)

    def _list(self, purpose: Purpose) -> ModelOffers:
        entries = self._shelf.names()
        ours = SHIPPED_FILES.get(purpose)
        has_ours = any(one.is_shipped and one.name == ours for one in entries)
        return ModelOffers(
            files=tuple(one.name for one in entries if not one.is_shipped),
            shipped=self._title(ours) if ours and has_ours else None,
        )

    def _title(self, file: str) -> str:
        """Return name and version of a shipped model, or else its file."""
        try:
            card = self._shelf.read(file, shipped=True).card_document or {}
        except ModelRefused:
            card = {}
        return f"{card.get('name', file)} {card.get('version', '')}".strip()

    def _ask[T](self, question: Callable[[], T]) -> T:
        with self._asking:
            return question()

    def _load(self, name: str, purpose: Purpose) -> LoadedModel:
        shipped = name == SHIPPED
        file = SHIPPED_FILES.get(purpose) if shipped else name
        if file is None:
            raise ModelRefused(Refusal.NOT_FOUND, SHIPPED)
        # What changes after this look is loaded anew the next time, not missed.
        stamp = self._shelf.stamp(file, shipped=shipped)
        key = (purpose, name, stamp)
        with self._loading:
            model = self._loaded.get(key)
            if model is None:
                model = _load_model(self._shelf.read(file, shipped=shipped), purpose)
                self._loaded[key] = model
        return model


_LIBRARY: HassKey[ModelLibrary] = HassKey(f"{DOMAIN}_models")


@callback
def async_model_library(hass: HomeAssistant) -> ModelLibrary:
    """Return the library that all plants share."""
    if _LIBRARY not in hass.data:
        own = Path(hass.config.path(*OWN_MODELS))
        hass.data[_LIBRARY] = ModelLibrary(hass, ModelShelf(own, SHIPPED_MODELS))
    return hass.data[_LIBRARY]


def _load_model(file: ModelFile, purpose: Purpose) -> LoadedModel:
    from .inference.model_loader import load_model  # noqa: PLC0415 - needs numpy

    return load_model(file, purpose, _vocabulary(purpose))


def _vocabulary(purpose: Purpose) -> Mapping[str, Feature]:
    """Return what models of a purpose can be told."""
    from .inference.policy_features import (  # noqa: PLC0415 - needs numpy
        FEATURES as POLICY,
    )
    from .inference.price_features import (  # noqa: PLC0415 - needs numpy
        FEATURES as PRICES,
    )

    return POLICY if purpose is Purpose.DISPATCH_POLICY else PRICES
