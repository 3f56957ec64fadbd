"""Tests of what trains the shipped policy."""
