"""Whether a command may be given, and whether it is obeyed; pure."""
