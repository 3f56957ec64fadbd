"""From wishes to one write, told the time by the tests."""
