"""Trains the shipped dispatch policy, and offers its world to others who train."""
