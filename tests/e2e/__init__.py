"""Tests of the whole: a real Home Assistant process, a real browser."""
