"""What the courier does next, one situation at a time."""

import pytest

from custom_components.bessai.forwarding.backoff import Backoff
from custom_components.bessai.forwarding.courier import Courier
from custom_components.bessai.forwarding.courier_batch import Batcher
from custom_components.bessai.forwarding.courier_memory import Memory
from custom_components.bessai.forwarding.courier_steps import (
    Commit,
    CourierLimits,
    DiskStep,
    Drain,
    Finished,
    Park,
    Remove,
    Send,
    Step,
    Stopped,
    Wait,
)
from custom_components.bessai.forwarding.publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
    RefusedContent,
)

from .outbox_builders import MEGABYTE, parcel, parcels

PASSING = PassingFailure(FailureReason.UNAVAILABLE)
LASTING = LastingFailure(FailureReason.PERMISSION)
REFUSED = RefusedContent(FailureReason.CONTENT)


def courier(
    *numbers: int, has_backlog: bool = False, limits: CourierLimits | None = None
) -> Courier:
    """Return a courier with messages that came at 0 s; it waits as long as it may."""
    one = Courier(has_backlog=has_backlog, jitter=lambda: 1.0, limits=limits)
    for each in parcels(numbers):
        one.accept(each, 0)
    return one


def sending(one: Courier, now_s: float) -> Send:
    step = one.next(now_s)
    assert isinstance(step, Send)
    return step


def putting_away(one: Courier, now_s: float) -> Commit | Remove | Park:
    step = one.next(now_s)
    assert isinstance(step, Commit | Remove | Park)
    return step


def numbers(step: Step) -> list[int]:
    assert isinstance(step, Send | Commit)
    return [each.seq for each in step.parcels]


def test_without_messages_it_waits_for_one() -> None:
    assert courier().next(0) == Wait(None)


def test_while_all_is_well_messages_never_touch_the_disk() -> None:
    one = courier(1, 2)
    send = sending(one, 0)
    assert (numbers(send), send.from_disk) == ([1, 2], False)
    one.acknowledged(send)
    assert one.next(1) == Wait(None)


def test_a_message_that_comes_during_a_request_goes_with_the_next() -> None:
    one = courier(1)
    send = sending(one, 0)
    one.accept(parcel(2), 0.1)
    one.acknowledged(send)
    assert one.next(0.1) == Wait(0.2)
    assert numbers(one.next(0.2)) == [2]


def test_what_is_not_accepted_within_a_minute_goes_to_the_disk() -> None:
    one = courier(1)
    one.failed(sending(one, 0), PASSING, 0)
    one.accept(parcel(2), 30)
    one.failed(sending(one, 59), PASSING, 59)
    step = putting_away(one, 60)
    assert numbers(step) == [1, 2]
    one.stored(step)
    assert one.next(60) == Drain(100, MEGABYTE, 0)


def test_new_messages_go_behind_those_on_the_disk_and_wait_for_nothing() -> None:
    """A kill in an outage loses none."""
    one = courier(11, has_backlog=True)
    one.failed(Send(tuple(parcels([1])), from_disk=True), PASSING, 0)
    behind = putting_away(one, 0)
    assert numbers(behind) == [11]
    one.stored(behind)
    assert isinstance(one.next(0), Wait)


def test_what_comes_while_the_disk_is_read_is_sent_behind_it() -> None:
    one = courier(has_backlog=True)
    assert one.next(0) == Drain(100, MEGABYTE, 0)
    one.drained(parcels([1, 2]))
    send = sending(one, 0)
    assert (numbers(send), send.from_disk) == ([1, 2], True)
    one.acknowledged(send)
    assert one.next(0) == Remove((1, 2))
    one.stored(Remove((1, 2)))
    assert isinstance(one.next(0.2), Drain)
    one.accept(parcel(11), 0.2)
    one.drained([])
    assert numbers(one.next(0.2)) == [11]


def test_no_more_than_five_requests_a_second() -> None:
    one = courier(has_backlog=True)
    one.drained(parcels(range(1, 100)))
    one.acknowledged(sending(one, 10))
    one.stored(putting_away(one, 10))
    assert one.next(10) == Wait(10.2)


def test_pauses_double_up_to_a_quarter_of_a_minute() -> None:
    one = courier(has_backlog=True)
    one.drained(parcels([1]))
    now_s, pauses = 0.0, []
    for _ in range(9):
        one.failed(sending(one, now_s), PASSING, now_s)
        step = one.next(now_s)
        assert isinstance(step, Wait)
        assert step.until_s
        pauses.append(step.until_s - now_s)
        now_s = step.until_s
    assert pauses == [0.5, 1, 2, 4, 8, 15, 15, 15, 15]
    one.acknowledged(sending(one, now_s))
    one.stored(putting_away(one, now_s))
    one.drained(parcels([2]))
    one.failed(sending(one, now_s + 1), PASSING, 1_000)
    assert one.next(1_000) == Wait(1_000.5)


def test_the_shortest_pause_is_still_polite() -> None:
    one = Courier(has_backlog=False, jitter=lambda: 0.0)
    one.accept(parcel(1), 0)
    one.failed(sending(one, 0), PASSING, 5)
    assert one.next(5) == Wait(5.2)


def test_a_pause_ends_early_when_messages_have_to_go_to_the_disk() -> None:
    one = courier(1)
    for now_s in (0.0, 1.0, 3.0, 7.0, 15.0, 31.0):
        one.failed(sending(one, now_s), PASSING, now_s)
    assert one.next(32) == Wait(46)
    one.failed(sending(one, 46), PASSING, 46)
    assert one.next(46) == Wait(60)


def test_a_lasting_failure_stops_sending_but_not_keeping() -> None:
    one = courier(1)
    one.failed(sending(one, 0), LASTING, 0)
    assert one.next(1) == Stopped(FailureReason.PERMISSION, 60)
    one.stored(putting_away(one, 60))
    assert one.next(60) == Stopped(FailureReason.PERMISSION, 900)


def test_it_tries_again_by_itself_after_a_quarter_of_an_hour() -> None:
    one = courier(has_backlog=True)
    one.drained(parcels([1]))
    one.failed(sending(one, 0), LASTING, 0)
    one.failed(sending(one, 900), LASTING, 900)
    assert one.next(900) == Stopped(FailureReason.PERMISSION, 1_800)
    one.acknowledged(sending(one, 1_800))
    assert one.next(1_800) == Remove((1,))


def test_it_tries_again_at_once_when_somebody_has_acted() -> None:
    one = courier(1)
    one.failed(sending(one, 0), LASTING, 0)
    one.resume()
    one.stored(putting_away(one, 1))
    assert isinstance(one.next(1), Drain)
    one.drained(parcels([1]))
    assert numbers(one.next(1)) == [1]


@pytest.mark.parametrize("poison", [1, 37, 64, 100])
def test_a_poison_message_is_found_alone_and_laid_aside(poison: int) -> None:
    one = courier(has_backlog=True)
    one.drained(parcels(range(1, 101)))
    now_s, requests, accepted = 0.0, 0, []
    while not isinstance(step := one.next(now_s), Park):
        match step:
            case Send() if any(each.seq == poison for each in step.parcels):
                one.failed(step, REFUSED, now_s)
            case Send():
                accepted += numbers(step)
                one.acknowledged(step)
            case Remove():
                one.stored(step)
        requests += isinstance(step, Send)
        now_s += 0.2
    assert step.parcel == parcel(poison)
    assert accepted == list(range(1, poison))
    assert requests <= 9
    one.stored(step)
    one.drained(parcels(range(poison + 1, 201)))
    assert len(numbers(one.next(now_s))) == 100


def test_a_refused_message_from_memory_is_laid_aside_as_well() -> None:
    one = courier(1, 2)
    one.failed(sending(one, 0), REFUSED, 0)
    send = sending(one, 1)
    assert numbers(send) == [1]
    one.failed(send, REFUSED, 1)
    assert one.next(1) == Park(parcel(1))
    one.stored(Park(parcel(1)))
    assert numbers(one.next(2)) == [2]


def test_where_everything_is_refused_it_is_not_the_messages() -> None:
    limits = CourierLimits(poison_in_a_row=3, batch=1)
    one = courier(1, 2, 3, 4, limits=limits)
    for now_s in (0, 1, 2):
        one.failed(sending(one, now_s), REFUSED, now_s)
        one.stored(putting_away(one, now_s))
    one.failed(sending(one, 3), REFUSED, 3)
    assert one.next(3) == Stopped(FailureReason.CONTENT, 60)
    one.resume()
    one.drained([])
    one.failed(sending(one, 4), REFUSED, 4)
    assert one.next(4) == Park(parcel(4))


def test_refused_messages_that_cannot_be_laid_aside_do_not_fill_memory() -> None:
    limits = CourierLimits(poison_in_a_row=2, batch=1)
    one = courier(1, 2, 3, 4, 5, 6, limits=limits)
    for now_s in (0, 2):
        one.failed(sending(one, now_s), REFUSED, now_s)
        one.disk_failed(Park(parcel(now_s + 1)), now_s)
        one.acknowledged(sending(one, now_s + 1))
    one.failed(sending(one, 4), REFUSED, 4)
    assert one.next(4) == Stopped(FailureReason.CONTENT, 62)
    assert one.next(62) == Park(parcel(1))


def test_too_many_in_memory_are_committed_at_once() -> None:
    one = courier(1, 2, 3, limits=CourierLimits(memory=2))
    assert numbers(one.next(0)) == [1, 2, 3]
    assert isinstance(one.next(0), Commit)
    big = courier(limits=CourierLimits(memory_bytes=500))
    big.accept(parcel(1, size=600), 0)
    assert isinstance(big.next(0), Commit)


def test_a_full_disk_is_tried_again_and_sending_goes_on() -> None:
    one = courier(1)
    one.disk_failed(putting_away(one, 60), 60)
    send = sending(one, 60)
    one.failed(send, PASSING, 60)
    assert one.next(60) == Wait(60.5)
    one.failed(sending(one, 119.9), PASSING, 119.9)
    assert one.next(119.9) == Wait(120)
    assert isinstance(one.next(120), Commit)


def test_memory_is_bounded_even_then_and_what_went_is_counted() -> None:
    limits = CourierLimits(memory=2, full_memory=3)
    one = courier(1, 2, 3, limits=limits)
    one.disk_failed(putting_away(one, 0), 0)
    one.accept(parcel(4), 1)
    one.accept(parcel(5), 1)
    step = one.next(60)
    assert step == Commit(tuple(parcels([3, 4, 5])), 2)
    one.stored(step)
    one.accept(parcel(6), 60)
    assert one.next(120) == Commit((parcel(6),), 0)


def test_accepted_messages_that_cannot_be_removed_are_not_sent_again() -> None:
    one = courier(has_backlog=True)
    one.drained(parcels([1, 2]))
    one.acknowledged(sending(one, 0))
    one.disk_failed(putting_away(one, 0), 0)
    assert one.next(1) == Drain(100, MEGABYTE, 2)
    one.drained(parcels([3]))
    one.acknowledged(sending(one, 1))
    assert one.next(2) == Drain(100, MEGABYTE, 3)
    one.drained([])
    assert one.next(2) == Wait(60)
    one.stored(putting_away(one, 60))
    assert one.next(60) == Drain(100, MEGABYTE, 0)


def test_an_outbox_that_cannot_be_read_is_tried_again() -> None:
    one = courier(has_backlog=True)
    drain = one.next(0)
    assert isinstance(drain, Drain)
    one.disk_failed(drain, 0)
    assert one.next(1) == Wait(60)
    assert isinstance(one.next(60), Drain)


def test_rather_out_of_order_than_lost() -> None:
    one = courier(7, 8, 9, has_backlog=True, limits=CourierLimits(memory=2))
    failing: list[DiskStep] = [Commit((), 0), Drain(1, 1, 0)]
    for step in failing:
        one.disk_failed(step, 0)
    assert numbers(one.next(1)) == [7, 8, 9]


def test_a_new_outbox_is_used_at_once() -> None:
    one = courier(1)
    one.disk_failed(putting_away(one, 60), 60)
    one.reopened()
    assert isinstance(one.next(61), Commit)


def test_at_the_end_everything_in_memory_is_put_away() -> None:
    one = courier(1, 2)
    one.close()
    step = putting_away(one, 0)
    assert numbers(step) == [1, 2]
    one.stored(step)
    assert one.next(0) == Finished()


def test_the_end_does_not_wait_for_a_broken_disk() -> None:
    one = courier(1)
    one.close()
    one.disk_failed(putting_away(one, 0), 0)
    assert one.next(0) == Finished()


def test_at_the_end_losses_are_counted_even_if_nothing_else_is_left() -> None:
    one = courier(1, 2, 3, limits=CourierLimits(memory=1, full_memory=2))
    one.disk_failed(putting_away(one, 0), 0)
    one.acknowledged(sending(one, 0))
    one.close()
    step = putting_away(one, 60)
    assert step == Commit((), 1)
    one.stored(step)
    assert one.next(60) == Finished()


def test_a_number_out_of_order_is_a_bug() -> None:
    with pytest.raises(ValueError, match="number 2 comes after a later one"):
        courier(3, 2)


def test_a_batch_is_bounded_by_bytes_but_never_empty() -> None:
    batcher = Batcher(10, 2 * parcel(1).size)
    assert len(batcher.take(parcels(range(1, 9)))) == 2
    assert len(batcher.take([parcel(1, size=5_000), parcel(2)])) == 1
    assert batcher.take([]) == ()


def test_memory_knows_what_it_holds() -> None:
    memory = Memory()
    memory.add(parcel(1), 3)
    memory.add(parcel(2), 5)
    memory.forget_up_to(1)
    assert (len(memory), memory.oldest_s) == (1, 5)
    assert memory.is_above(1, parcel(2).size - 1)
    assert not memory.is_above(1, parcel(2).size)
    assert len(memory.trim(0, MEGABYTE)) == 1
    assert not memory.is_above(0, 0)


def test_while_a_request_is_on_its_way_only_a_backlog_is_added_to() -> None:
    one = courier(has_backlog=True)
    one.drained(parcels([1]))
    sending(one, 0)
    assert one.meanwhile(0) is None
    one.accept(parcel(2), 0)
    assert one.meanwhile(0) == Commit((parcel(2),), 0)
    one.close()
    one.stored(putting_away(one, 0))
    assert one.meanwhile(0) is None
    fresh = courier()
    fresh.accept(parcel(1), 0)
    sending(fresh, 0)
    assert fresh.meanwhile(600) is None


def test_jitter_spreads_a_pause_over_its_whole_length() -> None:
    shares = iter([0.25, 0.5])
    backoff = Backoff(lambda: next(shares))
    assert [backoff.next_s(), backoff.next_s()] == [0.125, 0.5]
