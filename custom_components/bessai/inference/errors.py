"""Why a model, or what it answers, is not used."""

from enum import StrEnum

from ..core.errors import BessaiError


class Refusal(StrEnum):
    """A closed list, each with a text for people."""

    NOT_FOUND = "not_found"
    OUTSIDE_FOLDER = "outside_folder"
    """A name that leads out of the folder of models, also by a symbolic link."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    """Truncated or damaged: not an ONNX model."""

    UNSUPPORTED = "unsupported"
    """An operator, type or feature that is not in the closed list of ours."""

    NO_CARD = "no_card"
    BAD_CARD = "bad_card"
    WRONG_PURPOSE = "wrong_purpose"
    WRONG_HASH = "wrong_hash"
    WRONG_INPUTS = "wrong_inputs"
    """Number or shape is not what the card says."""

    WRONG_OUTPUT = "wrong_output"
    WRONG_SIGN = "wrong_sign"
    GOLDEN_FAILED = "golden_failed"
    """It answers otherwise than its card says."""

    ENGINES_DIFFER = "engines_differ"
    NOT_FINITE = "not_finite"
    OUT_OF_RANGE = "out_of_range"
    """An input or the output is beyond the range of the card."""

    MISSING_INPUT = "missing_input"
    """Something the model wants to know is not known at present."""

    FAILED = "failed"
    """The engine gave up while it computed."""


class ModelRefused(BessaiError):  # noqa: N818 - named after what happened
    """A model, or an answer of it, cannot be used.

    Attributes:
        refusal: Why.
        detail: The value, name or file that it is about, for people and logs; one
            line, bounded in length.
    """

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        detail = detail.replace("\n", " ")[:_LONGEST_DETAIL]
        super().__init__(f"{refusal}: {detail}" if detail else str(refusal))
        self.refusal, self.detail = refusal, detail


_LONGEST_DETAIL = 200
