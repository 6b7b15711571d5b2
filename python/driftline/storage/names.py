"""File names for names that users choose, such as those of models."""

import hashlib
import re

_KEPT = re.compile(rb"[^a-z0-9_-]")
_LONGEST = 120
_DIGEST_LETTERS = 32


def file_name(name: str) -> str:
    """
    A file name for any text: safe on every file system, and different for different texts.

    Everything but ``a-z 0-9 _ -`` is written as ``%`` and two hexadecimal digits, capitals too, since some file
    systems do not tell them apart. Long names end in a digest instead; the true name is inside the file.
    """
    encoded = _KEPT.sub(
        lambda match: b"%%%02x" % match.group()[0], name.encode("utf-8", "surrogatepass")
    ).decode()
    if len(encoded) <= _LONGEST:
        return encoded or "%"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LETTERS]
    return f"{encoded[: _LONGEST - _DIGEST_LETTERS - 1]}~{digest}"
