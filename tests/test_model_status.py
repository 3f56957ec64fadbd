"""Whoever uses a model says how it stands, and listeners hear of what is new."""

from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.model_status import Fallback, ModelState, ModelStatus

POLICY, PRICES = Purpose.DISPATCH_POLICY, Purpose.PRICE_FORECAST


def refused(detail: str = "mine.onnx") -> ModelState:
    error = ModelRefused(Refusal.NOT_FOUND, detail)
    return ModelState.without(POLICY, "mine.onnx", error, Fallback.PLAN)


def test_nothing_is_known_before_somebody_says_so() -> None:
    status = ModelStatus()
    assert status.of(POLICY) is None
    assert status.states == ()


def test_each_purpose_has_the_state_that_was_said_last() -> None:
    status = ModelStatus()
    prices = ModelState(purpose=PRICES, chosen="none")
    fine = ModelState(purpose=POLICY, chosen="mine.onnx", backend="numpy")
    for state in (refused(), prices, fine):
        status.async_set(state)
    assert status.of(POLICY) == fine
    assert status.of(PRICES) == prices
    assert set(status.states) == {fine, prices}


def test_a_refusal_is_kept_with_its_reason_and_what_runs_instead() -> None:
    state = refused("no such file")
    assert state.card is None
    assert state.refused is not None
    assert state.refused.refusal is Refusal.NOT_FOUND
    assert state.refused.detail == "no such file"
    assert state.refused.fallback is Fallback.PLAN


def test_listeners_hear_of_what_is_new_until_they_have_enough() -> None:
    status, heard = ModelStatus(), list[str]()
    stop = status.async_add_listener(lambda: heard.append("!"))
    status.async_set(refused())
    status.async_set(refused())
    assert heard == ["!"], "the same once more is no news"
    status.async_set(refused("otherwise"))
    assert heard == ["!", "!"]
    stop()
    status.async_set(refused())
    assert heard == ["!", "!"]


def test_a_listener_may_leave_while_it_is_told() -> None:
    status, heard = ModelStatus(), list[str]()

    def listen() -> None:
        heard.append("!")
        stop()

    stop = status.async_add_listener(listen)
    status.async_set(refused())
    status.async_set(refused("otherwise"))
    assert heard == ["!"]
