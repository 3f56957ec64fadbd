"""What a register says about itself."""

import pytest

from custom_components.bessai.device.register import Access, Certainty

from .profile_builders import make_register


def test_register_ends_behind_its_last_word() -> None:
    assert make_register(address=100, words=4).end == 104


@pytest.mark.parametrize(
    ("access", "readable", "writable"),
    [
        (Access.READ, True, False),
        (Access.READ_WRITE, True, True),
        (Access.INSTALLER, True, False),
        (Access.WRITE, False, True),
    ],
)
def test_access_says_what_may_be_done(
    access: Access, *, readable: bool, writable: bool
) -> None:
    register = make_register(access=access)
    assert (register.readable, register.writable) == (readable, writable)


@pytest.mark.parametrize("doubt", [Certainty.SINGLE_SOURCE, Certainty.DISPUTED])
def test_what_is_not_certain_is_not_written(doubt: Certainty) -> None:
    assert not make_register(access=Access.WRITE, certainty=doubt).writable
