"""A real Home Assistant with a simulated plant, for development and for tests."""
