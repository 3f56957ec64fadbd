"""From wishes to one write."""
