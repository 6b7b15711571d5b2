"""Texts with named fields, and nothing else: what is filled in can reach into nothing."""

import re
from collections.abc import Collection, Mapping
from string import Formatter

FIELDS = frozenset(
    (
        "alertname",
        "model",
        "version",
        "severity",
        "owner",
        "feature",
        "segment",
        "set",
        "objective",
        "principal",
        "metric",
        "value",
        "low",
        "high",
        "limit",
        "start",
        "end",
        "what",
    )
)
"""What a text may name, besides the rule's own labels."""

_SPECIFICATION = re.compile(r"(?:[<>^]?[0-9]{1,2})?,?(?:\.[0-9]{1,2})?[efgdns%]?")
_NUMERIC = re.compile(r"[,.efgdn%]")


def check_template(text: str, labels: Collection[str] = ()) -> None:
    """
    Check that a text names only fields that there are, and formats them plainly.

    Parameters
    ----------
    text
        Fields are in braces, ``{value:.3f}``; ``{{`` stands for a brace.
    labels
        Names of further fields.

    Raises
    ------
    ValueError
        If it does not.
    """
    for name, specification in _fields(text):
        if name not in FIELDS and name not in labels:
            known = ", ".join(sorted(FIELDS | set(labels)))
            raise ValueError(f"a text may name {known}, got {{{name}}}")
        if not _SPECIFICATION.fullmatch(specification):
            raise ValueError(f"a field is formatted like {{value:.3f}}, got {{{name}:{specification}}}")


def fill(text: str, values: Mapping[str, str | float | None]) -> str:
    """
    Fill in the fields of a text that `check_template` has passed; what has no value is ``-``.

    Examples
    --------
    >>> fill("{feature} is {value:.2f}", {"feature": "amount", "value": 0.256})
    'amount is 0.26'
    """
    filled = []
    for literal, name, specification, _ in Formatter().parse(text):
        filled.append(literal)
        if name is not None:
            filled.append(_format(values.get(name), specification or ""))
    return "".join(filled)


def _format(value: str | float | None, specification: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value if _NUMERIC.search(specification) else format(value, specification)
    if specification.endswith("d"):
        return format(round(value), specification)
    return format(value, specification or ".4g") if not specification.endswith("s") else str(value)


def _fields(text: str) -> list[tuple[str, str]]:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"a text has a brace that is not closed or opened: {error}") from None
    found = []
    for _, name, specification, conversion in parts:
        if name is None:
            continue
        if conversion is not None:
            raise ValueError(f"a field has no conversion, got {{{name}!{conversion}}}")
        found.append((name, specification or ""))
    return found
