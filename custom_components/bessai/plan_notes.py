"""What a plan lacks, or could have more of, in words."""

from collections.abc import Iterator

from .planner import Planner
from .planner_status import PlannerStatus
from .price_notes import show_notes
from .texts import Texts


def missing_texts(planner: Planner, texts: Texts) -> list[str]:
    """Return what keeps a plan from being made, or from being better."""
    forecasts = (
        texts.say(note.translation_key, **note.placeholders)
        for note in planner.forecasts.notes
    )
    return [
        *_status_texts(planner, texts),
        *show_notes(texts, planner.market.notes),
        *forecasts,
    ]


def _status_texts(planner: Planner, texts: Texts) -> Iterator[str]:
    is_explained = any(note.is_blocking for note in planner.market.notes)
    if planner.status is PlannerStatus.NO_PRICES and is_explained:
        return  # the note says why
    if planner.status not in {PlannerStatus.READY, PlannerStatus.WAITING}:
        yield texts.say(f"plan_{planner.status}", error=planner.problem or "")
