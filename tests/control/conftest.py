"""What the tests of control share."""

import pytest

from .bench import Bench


@pytest.fixture
async def bench() -> Bench:
    """Return a bench whose owner allows commands, and with nothing left behind."""
    return await Bench().recovered()
