"""What only a person can put right about models."""

from collections.abc import Iterator, Mapping
from typing import Final

from .inference.model_card import Purpose
from .model_options import is_file_chosen
from .model_texts import refused_words
from .runtime import BessaiConfigEntry, BessaiRuntime

MODEL_REFUSED: Final = "model_refused"

MODEL_ISSUES: Final[Mapping[str, Purpose]] = {
    f"{MODEL_REFUSED}_{purpose}": purpose for purpose in Purpose
}
"""Names of the issues: there can be one for each purpose."""


def model_troubles(runtime: BessaiRuntime) -> Iterator[tuple[Purpose, dict[str, str]]]:
    """Yield each chosen model that is not used, and what its text is filled with."""
    for state in runtime.models.states:
        if state.refused is not None:
            yield state.purpose, refused_words(runtime.texts, state, state.refused)


def is_untried(entry: BessaiConfigEntry, name: str) -> bool:
    """Return whether an issue is about a file that nobody has tried yet."""
    purpose = MODEL_ISSUES.get(name)
    if purpose is None or entry.runtime_data.models.of(purpose) is not None:
        return False
    return is_file_chosen(entry.options, purpose)
