"""Tests of the plausibility monitor; never ``hass``."""
