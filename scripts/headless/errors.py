"""What goes wrong, in words for the person at the terminal."""


class SceneError(Exception):
    """Says what is wrong and what to do about it; no traceback is wanted."""
