"""Measured days lived through again on the simulated plant, with another owner."""
