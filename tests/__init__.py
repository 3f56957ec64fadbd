"""Tests, in the same folders as the source; only those at the root use ``hass``."""
