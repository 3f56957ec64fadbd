"""A number in a form that shows its range, and leaves judging it to the flow."""

from typing import Any, override

from homeassistant.helpers.selector import NumberSelector
import voluptuous as vol


class JudgedNumber(NumberSelector):
    """Shows its range, and leaves it to the flow to say clearly what is wrong."""

    @override
    def __call__(self, data: Any) -> float:
        """Take any number."""
        return float(vol.Coerce(float)(data))
