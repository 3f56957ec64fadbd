"""The base of every error BESSAI raises on purpose."""


class BessaiError(Exception):
    """Something a caller is expected to tell apart from a bug."""
