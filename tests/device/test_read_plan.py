"""Which requests are sent for which registers."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.device.profile import Proof, SafeSpan
from custom_components.bessai.device.read_plan import Read, plan_reads
from custom_components.bessai.device.register import Access, Register, RegisterType

from .profile_builders import make_register


def at(address: int, words: int = 1, *, alone: bool = False) -> Register:
    """Return a register of so many words."""
    return make_register(
        RegisterType.WORDS, address, words=words, alone=alone, key=f"at_{address}"
    )


def span(start: int, count: int) -> SafeSpan:
    return SafeSpan(start=start, count=count, proof=Proof.PROVEN)


def planned(
    registers: Sequence[Register], *spans: SafeSpan, max_words: int = 125
) -> list[tuple[int, int]]:
    """Return the start and count of each request."""
    reads = plan_reads(registers, spans, max_words)
    return [(read.start, read.count) for read in reads]


def test_nothing_needed_is_nothing_read() -> None:
    assert plan_reads((), (span(0, 10),), 125) == ()


def test_registers_that_touch_share_a_request() -> None:
    assert planned([at(10, 2), at(12), at(13, 4)]) == [(10, 7)]


def test_order_of_the_registers_does_not_matter() -> None:
    reads = plan_reads([at(12), at(10, 2)], (), 125)
    assert [register.key for register in reads[0].registers] == ["at_10", "at_12"]


def test_hole_outside_a_span_is_not_crossed() -> None:
    assert planned([at(10), at(12)]) == [(10, 1), (12, 1)]
    assert planned([at(10), at(12)], span(10, 2)) == [(10, 1), (12, 1)]


def test_span_is_trimmed_to_what_is_needed() -> None:
    assert planned([at(12), at(15, 2)], span(10, 30)) == [(12, 5)]


def test_hole_is_crossed_only_inside_a_single_span() -> None:
    """Two spans side by side do not prove the request across both."""
    registers = [at(10), at(14), at(18)]
    assert planned(registers, span(10, 5), span(14, 5)) == [(10, 5), (18, 1)]


def test_span_that_reaches_furthest_is_taken() -> None:
    registers = [at(10), at(14), at(18)]
    assert planned(registers, span(10, 5), span(8, 11)) == [(10, 9)]


def test_register_half_in_a_span_is_not_in_it() -> None:
    assert planned([at(10), at(14, 4)], span(10, 6)) == [(10, 1), (14, 4)]
    assert planned([at(8, 4), at(14)], span(10, 6)) == [(8, 4), (14, 1)]


def test_run_may_go_beyond_a_span() -> None:
    assert planned([at(10), at(11), at(12)], span(10, 2)) == [(10, 3)]


def test_request_is_never_longer_than_the_device_takes() -> None:
    registers = [at(address, 2) for address in range(0, 12, 2)]
    assert planned(registers, max_words=5) == [(0, 4), (4, 4), (8, 4)]


def test_register_longer_than_any_request_is_an_error() -> None:
    with pytest.raises(ValueError, match="at_0: 6 words do not fit a request of 5"):
        plan_reads([at(0, 6)], (), 5)


def test_register_to_be_read_alone_is_not_joined_and_not_crossed() -> None:
    registers = [at(10), at(11, alone=True), at(12), at(13)]
    assert planned(registers, span(10, 10)) == [(10, 1), (11, 1), (12, 2)]


def test_register_that_cannot_be_read_is_left_out() -> None:
    command = make_register(address=11, access=Access.WRITE)
    assert planned([at(10), command, at(12)]) == [(10, 1), (12, 1)]


def test_requests_can_be_counted_by_read() -> None:
    """A poll keeps how long each of them took."""
    table = make_register(RegisterType.ENUM16, 1, enum={0: "off"})
    assert len(set(plan_reads([at(0), table, at(9)], (), 125))) == 2


@st.composite
def register_maps(draw: st.DrawFn) -> list[Register]:
    """Draw registers that do not overlap, with small and large holes."""
    registers = []
    address = 0
    for _ in range(draw(st.integers(0, 25))):
        address += draw(st.sampled_from([0, 0, 1, 3, 30]))
        words = draw(st.integers(1, 6))
        registers.append(at(address, words, alone=draw(st.integers(0, 9)) == 0))
        address += words
    return draw(st.permutations(registers))


spans = st.lists(st.builds(span, st.integers(0, 150), st.integers(1, 60)), max_size=6)


def is_allowed(registers: Sequence[Register], known: Sequence[SafeSpan]) -> bool:
    """Return whether registers may share a request, without the planner's help."""
    start, end = registers[0].address, registers[-1].end
    touching = all(one.end == two.address for one, two in pairwise(registers))
    spanned = any(one.start <= start and end <= one.end for one in known)
    return len(registers) == 1 or (
        (touching or spanned) and not any(register.alone for register in registers)
    )


@given(registers=register_maps(), known=spans, max_words=st.integers(6, 40))
def test_plan_reads_everything_once_and_nothing_it_must_not(
    registers: list[Register], known: list[SafeSpan], max_words: int
) -> None:
    reads = plan_reads(registers, known, max_words)
    read = [register for one in reads for register in one.registers]
    assert sorted(read, key=lambda register: register.address) == read
    assert set(read) == set(registers)
    assert len(read) == len(registers)
    assert len(reads) <= len(registers)
    for request in reads:
        assert request.count <= max_words
        assert (request.start, request.count) == _extent(request)
        assert is_allowed(request.registers, known)


def _extent(request: Read) -> tuple[int, int]:
    start, end = request.registers[0].address, request.registers[-1].end
    return start, end - start


@given(registers=register_maps(), known=spans, max_words=st.integers(6, 40))
def test_no_plan_has_fewer_requests(
    registers: list[Register], known: list[SafeSpan], max_words: int
) -> None:
    """Dynamic programming over every way to cut gives the same number."""
    ordered = sorted(registers, key=lambda register: register.address)
    fewest = [0]
    for end in range(1, len(ordered) + 1):
        possible = (
            fewest[start] + 1
            for start in range(end)
            if ordered[end - 1].end - ordered[start].address <= max_words
            and is_allowed(ordered[start:end], known)
        )
        fewest.append(min(possible))
    assert len(plan_reads(registers, known, max_words)) == fewest[-1]
