"""URLs in settings."""

from urllib.parse import urlsplit


def without_user(url: str) -> str:
    """
    Check that a URL names no user and no password, which would be shown with it.

    Raises
    ------
    ValueError
        If it does.
    """
    if urlsplit(url).netloc.rpartition("@")[0]:
        raise ValueError("a URL must not hold a user or a password: there are settings for them")
    return url
