"""Long runs, for ``scripts/soak`` only: their names do not begin with ``test_``."""
