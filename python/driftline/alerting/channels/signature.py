"""By which a receiver can tell that a request came from driftline, not long ago, and was not changed."""

import hmac
from hashlib import sha256

TIMESTAMP_HEADER = "X-Driftline-Timestamp"
SIGNATURE_HEADER = "X-Driftline-Signature"
DELIVERY_HEADER = "X-Driftline-Delivery"
"""The same for each attempt to tell the same thing."""

OLDEST_SECONDS = 300.0
"""Age from which a request is taken for one that was recorded and is sent again."""

_SCHEME = "v1="


def sign(key: bytes, timestamp: int, body: bytes) -> str:
    """
    Sign a body.

    Parameters
    ----------
    key
        What both sides know.
    timestamp
        Seconds since the Unix epoch, as in its header.
    body
        Bytes of the body.

    Returns
    -------
    str
        ``v1=`` and the HMAC-SHA256 of ``timestamp.body``, in hexadecimal digits.
    """
    return _SCHEME + hmac.new(key, f"{timestamp}.".encode() + body, sha256).hexdigest()


def is_genuine(
    key: bytes, timestamp: str, signature: str, body: bytes, now: float, oldest: float = OLDEST_SECONDS
) -> bool:
    """
    Check what came.

    Parameters
    ----------
    key
        What both sides know.
    timestamp, signature
        The two headers.
    body
        The body as it came.
    now
        Seconds since the Unix epoch.
    oldest
        Most seconds between the two clocks, the way included.
    """
    if not timestamp.isascii() or not timestamp.isdecimal() or abs(now - int(timestamp)) > oldest:
        return False
    expected = sign(key, int(timestamp), body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
