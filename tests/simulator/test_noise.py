"""Noise is a function: even, repeatable, different for each purpose."""

from itertools import pairwise

from custom_components.bessai.simulator.noise import Channel, hashed, smooth


def test_hashed_numbers_fill_the_range_evenly() -> None:
    numbers = [hashed(3, Channel.HOUSE, index) for index in range(2000)]
    assert all(0.0 <= number < 1.0 for number in numbers)
    tenths = [
        sum(int(number * 10) == tenth for number in numbers) for tenth in range(10)
    ]
    assert min(tenths) > 140
    assert max(tenths) < 260


def test_seed_channel_and_index_all_matter() -> None:
    numbers = {
        hashed(seed, channel, index)
        for seed in range(10)
        for channel in range(10)
        for index in range(-5, 5)
    }
    assert len(numbers) == 1000


def test_smooth_noise_meets_its_lattice_and_does_not_jump() -> None:
    at_lattice = smooth(1, Channel.HOUSE, 40 * 60.0, 60.0)
    assert at_lattice == hashed(1, Channel.HOUSE, 40)
    samples = [smooth(1, Channel.HOUSE, second, 600.0) for second in range(-1200, 1200)]
    steps = [abs(b - a) for a, b in pairwise(samples)]
    assert max(steps) < 0.003
    assert max(samples) - min(samples) > 0.1
