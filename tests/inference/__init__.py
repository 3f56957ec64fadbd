"""Tests of models and of what they forecast; never ``hass``."""
