"""Tests of the plant over Modbus; never ``hass``."""
