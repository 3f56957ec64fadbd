"""A connection that fails or is taken away is left alone for longer each time."""

from custom_components.bessai.device.reconnection import (
    CONTENTION_PAUSES_S,
    FAILURE_PAUSES_S,
    IDLE_S,
    LOSS_WINDOW_S,
    QUIET_S,
    YOUNG_S,
    Reconnection,
)


def lose(history: Reconnection, now: float, *, age_s: float) -> float:
    """Lose a connection in use and return the pause that follows."""
    history.opened(now - age_s)
    history.lost(now, idle_s=0)
    return history.wait_s(now)


def test_the_first_connection_may_be_tried_at_once() -> None:
    history = Reconnection()
    assert history.wait_s(1000) == 0
    assert not history.contended(1000)


def test_failures_are_followed_by_longer_and_longer_pauses() -> None:
    history = Reconnection()
    pauses = []
    for now in range(0, 8000, 1000):
        history.failed(now)
        pauses.append(history.wait_s(now))
    assert pauses == [*FAILURE_PAUSES_S, 60, 60]


def test_a_pause_ends() -> None:
    history = Reconnection()
    history.failed(100)
    assert history.wait_s(100.75) == 0.25
    assert history.wait_s(101) == 0


def test_a_success_begins_with_the_shortest_pause_again() -> None:
    history = Reconnection()
    history.failed(0)
    history.failed(10)
    history.opened(20)
    history.failed(30)
    assert history.wait_s(30) == FAILURE_PAUSES_S[0]


def test_one_loss_of_an_old_connection_is_no_reason_to_wait() -> None:
    history = Reconnection()
    assert lose(history, 1000, age_s=YOUNG_S) == 0
    assert not history.contended(1000)


def test_one_loss_of_a_young_connection_is_a_reason_to_wait_but_no_proof() -> None:
    history = Reconnection()
    assert lose(history, 1000, age_s=YOUNG_S - 1) == CONTENTION_PAUSES_S[0]
    assert not history.contended(1000)


def test_two_young_losses_prove_a_second_client() -> None:
    history = Reconnection()
    lose(history, 1000, age_s=2)
    assert lose(history, 1010, age_s=2) == CONTENTION_PAUSES_S[1]
    assert history.contended(1010)


def test_two_young_losses_far_apart_prove_nothing() -> None:
    history = Reconnection()
    lose(history, 1000, age_s=2)
    lose(history, 1001 + LOSS_WINDOW_S, age_s=2)
    assert not history.contended(1001 + LOSS_WINDOW_S)


def test_three_losses_in_five_minutes_prove_a_second_client() -> None:
    history = Reconnection()
    assert lose(history, 1000, age_s=50) == 0
    assert lose(history, 1100, age_s=50) == 0
    assert lose(history, 1000 + LOSS_WINDOW_S, age_s=50) == CONTENTION_PAUSES_S[0]
    assert history.contended(1000 + LOSS_WINDOW_S)


def test_contention_retreats_further_with_each_loss() -> None:
    history = Reconnection()
    pauses = [lose(history, now, age_s=2) for now in range(1000, 4600, 400)]
    assert pauses == [*CONTENTION_PAUSES_S, 300, 300]


def test_an_old_connection_lost_during_contention_prolongs_it() -> None:
    history = Reconnection()
    lose(history, 1000, age_s=2)
    lose(history, 1010, age_s=2)
    assert lose(history, 1400, age_s=100) == CONTENTION_PAUSES_S[2]
    assert history.contended(1400 + QUIET_S - 1)


def test_ten_quiet_minutes_end_contention_and_shorten_the_pauses_again() -> None:
    history = Reconnection()
    lose(history, 1000, age_s=2)
    lose(history, 1010, age_s=2)
    assert history.contended(1009 + QUIET_S)
    assert not history.contended(1010 + QUIET_S)
    assert lose(history, 1010 + QUIET_S, age_s=2) == CONTENTION_PAUSES_S[0]


def test_a_connection_that_ends_while_unused_proves_nothing() -> None:
    history = Reconnection()
    for now in (1000, 1070, 1140):
        history.opened(now - 65)
        history.lost(now, idle_s=IDLE_S + 1)
    assert not history.contended(1140)
    assert history.wait_s(1140) == 0
