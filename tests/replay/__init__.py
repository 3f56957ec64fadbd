"""Tests of the replay of measured days; never ``hass``."""
