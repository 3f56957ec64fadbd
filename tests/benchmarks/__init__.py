"""Benchmarks that judge something are judged here."""
