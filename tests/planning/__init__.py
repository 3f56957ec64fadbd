"""Tests of what would be worth doing; never ``hass``."""
