"""Writes and checks the cards of models: scripts/model_card."""
