"""Tests of the judge of commands; never ``hass``."""
