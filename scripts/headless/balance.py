"""The power balance of the house, from the registers of different devices."""

from collections.abc import Mapping

PLANT = {"pv_power": 1, "grid_power": 1, "battery_power": 1, "load_power": -1}
"""With our signs everything that flows towards the house adds up to its load."""

AC_SIDE = {"ac_power": 1, "grid_power": 1, "load_power": -1}
"""What the inverter measures at its AC terminals has no part in the load."""

SHARE, ROUNDING_W = 0.01, 20.0
"""Apart from rounding the balance is exact: all its terms are of one poll."""

LOSS_SHARE, IDLE_LOSS_W, GAIN_W = 0.1, 50.0, 20.0
"""What an inverter may lose on the way, and what an error of measurement may add."""


def describe(values: Mapping[str, float]) -> list[str]:
    """Return both balances in words."""
    if missing(values):
        return []
    loss = _sum(values, AC_SIDE)
    return [
        f"power balance: {_words(values, PLANT)} = {_sum(values, PLANT):.0f} W",
        f"AC side: {_words(values, AC_SIDE)} = {loss:.0f} W of conversion loss",
    ]


def contradictions(values: Mapping[str, float]) -> list[str]:
    """Return what is wrong with the balance."""
    if absent := missing(values):
        return [f"no power balance without {', '.join(absent)}"]
    wrong = []
    left = _sum(values, PLANT)
    if abs(left) > max(SHARE * max(abs(values[key]) for key in PLANT), ROUNDING_W):
        wrong.append(f"the power balance is off by {left:.0f} W")
    loss = -_sum(values, AC_SIDE)
    most = LOSS_SHARE * max(abs(values[key]) for key in PLANT) + IDLE_LOSS_W
    if not -GAIN_W <= loss <= most:
        wrong.append(f"a conversion loss of {loss:.0f} W is not plausible")
    return wrong


def missing(values: Mapping[str, float]) -> list[str]:
    """Return the terms that have no value."""
    return sorted({*PLANT, *AC_SIDE} - values.keys())


def _sum(values: Mapping[str, float], terms: Mapping[str, int]) -> float:
    return sum(sign * values[key] for key, sign in terms.items())


def _words(values: Mapping[str, float], terms: Mapping[str, int]) -> str:
    words = [
        f"{'+' if sign > 0 else '-'} {key.removesuffix('_power')} {values[key]:.0f} W"
        for key, sign in terms.items()
    ]
    return " ".join(words).removeprefix("+ ")
