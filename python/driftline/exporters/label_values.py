"""Label values from names that users choose."""

import hashlib
from functools import lru_cache

MAX_LENGTH = 128
_DIGEST_LETTERS = 8


# The same names come with every scrape.
@lru_cache(maxsize=50_000)
def label_value(text: str) -> str:
    """
    A label value for any text: no control characters, at most 128 characters.

    A text that has to be changed ends in a digest of itself, so that different texts stay different series.
    """
    if text.isprintable() and len(text) <= MAX_LENGTH:
        return text
    clean = "".join(character for character in text if character.isprintable())
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LETTERS]
    return f"{clean[: MAX_LENGTH - _DIGEST_LETTERS - 1]}~{digest}"
