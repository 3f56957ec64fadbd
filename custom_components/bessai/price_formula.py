"""A price by the owner's own formula: a template that sees the price and the time."""

from datetime import datetime
from math import isfinite
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.template import Template, is_template_string
from homeassistant.util import dt as dt_util

from .core.errors import BessaiError

LONGEST: Final = 2000
"""Characters of a formula."""


class FormulaError(BessaiError):
    """A formula that gives no number; the text has the formula and the time."""


class PriceFormula:
    """A template over ``price``, ``period`` and ``start``, without access to states.

    An expression without braces is taken as one: ``(price + 0.08) * 1.19``.
    """

    def __init__(self, hass: HomeAssistant, text: str) -> None:
        """Take the text; it is compiled on its first use."""
        self._text = text.strip()
        whole = self._text
        if not is_template_string(whole):
            whole = f"{{{{ {whole} }}}}"
        self._template = Template(whole, hass)

    def price(
        self, price: float, period: float, start: datetime, bought: float
    ) -> float:
        """Return the price per kWh.

        May be called outside the event loop: it touches nothing of Home Assistant's.

        Args:
            price: Of the market or tariff, per kWh.
            period: What the periods say at that time, per kWh; 0 without one.
            start: Of the interval, aware.
            bought: The import price, for a formula of the export price.

        Raises:
            FormulaError: If the template fails or does not give a number.
        """
        local = dt_util.as_local(start)
        variables = {
            "price": price,
            "period": period,
            "start": local,
            "import_price": bought,
        }
        try:
            result = self._template.async_render(
                variables, parse_result=False, limited=True
            )
        except (TemplateError, ValueError) as err:  # an integer too long to be text
            raise FormulaError(f"{self._text} ({local:%d.%m. %H:%M}): {err}") from err
        try:
            number = float(result)
        except ValueError as err:
            raise FormulaError(
                f"{self._text} ({local:%d.%m. %H:%M}): “{result[:80]}”"
            ) from err
        if not isfinite(number):
            raise FormulaError(f"{self._text} ({local:%d.%m. %H:%M}): {number}")
        return number
