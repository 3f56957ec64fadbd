"""A plan in words: what is done, why, and at which price."""

from math import isfinite
from typing import Final, Protocol

from .planning.plan import Intent, Why
from .texts import NO_BREAK, UNKNOWN, Texts, show_number

WITHOUT_POWER: Final = {Intent.SELF_CONSUMPTION, Intent.STORE_SURPLUS, Intent.KEEP}
"""The battery finds its power by itself."""


class Reasoned(Protocol):
    """A step of a plan, or what is decided of it now."""

    @property
    def why(self) -> Why:
        """Why it does what it does."""

    @property
    def price(self) -> float:
        """The price that it turned on, per kWh."""

    @property
    def value(self) -> float:
        """What a stored kWh is worth later."""


def why_text(texts: Texts, reasoned: Reasoned, currency: str) -> str:
    """Return why something is done, as a sentence with its numbers."""
    return texts.say(
        f"why_{reasoned.why}",
        value=show_price(reasoned.value),
        price=show_price(reasoned.price),
        currency=currency,
    )


def intent_name(texts: Texts, intent: Intent) -> str:
    """Return what the battery does in a word or two."""
    return texts.name(f"entity.sensor.plan_step.state.{intent}", intent)


def summary_text(
    texts: Texts, intent: Intent, *, power_kw: float, price: float, currency: str
) -> str:
    """Return a stretch of a plan in one line: what, how much, at which price."""
    what = intent_name(texts, intent)
    if intent is Intent.SELF_CONSUMPTION:
        return what  # decided by import and export prices in turn
    if intent not in WITHOUT_POWER:
        what = f"{what} {show_number(abs(power_kw))}{NO_BREAK}kW"
    return f"{what} ({show_price(price)}{NO_BREAK}{currency}/kWh)"


def show_price(value: float) -> str:
    """Return a price for people: as many decimals as its size is worth.

    ``0.083`` and ``0.30``, ``25.4``, ``145``: some currencies count in hundreds.
    """
    if not isfinite(value):
        return UNKNOWN
    if abs(value) >= 100:
        return _grouped(f"{value:,.0f}")
    if abs(value) >= 10:
        return f"{value:.1f}"
    text = f"{value:.3f}"
    if float(text) == 0:
        return "0.00"
    return text.removesuffix("0")


def show_money(value: float) -> str:
    """Return an amount for people, in hundreds and more without the small change."""
    if not isfinite(value):
        return UNKNOWN
    text = _grouped(f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}")
    return text.removeprefix("-") if not float(text.replace(NO_BREAK, "")) else text


def _grouped(number: str) -> str:
    return number.replace(",", NO_BREAK)
