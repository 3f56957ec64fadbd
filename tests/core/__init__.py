"""Tests of the vocabulary; never ``hass``."""
