"""Learned policies and price models: cards, engines, features, forecasts."""
