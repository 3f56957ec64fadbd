"""Measures price forecasts on series of real prices, and trains models of prices."""
