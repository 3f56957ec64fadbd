"""How well the plausibility monitor tells attacks and faults from a sound plant."""
