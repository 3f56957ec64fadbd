"""The plant over Modbus, described by a profile."""
