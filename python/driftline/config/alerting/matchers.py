"""Which alerts something is about: patterns of their labels."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field


def _listed(patterns: Any) -> Any:
    if not isinstance(patterns, dict):
        return patterns
    return {label: (each,) if isinstance(each, str) else each for label, each in patterns.items()}


Matchers: TypeAlias = Annotated[
    dict[Annotated[str, Field(min_length=1)], Annotated[tuple[str, ...], Field(min_length=1)]],
    BeforeValidator(_listed, json_schema_input_type=dict[str, str | tuple[str, ...]]),
]
"""Patterns by label, one or several, any of which its value must match: ``{severity: page, model: [a, b_*]}``.

``*`` stands for any text, ``?`` for any character. A label that an alert has not is empty.
"""


def matches(matchers: Mapping[str, tuple[str, ...]], labels: Mapping[str, str]) -> bool:
    """
    Whether all labels named match one of their patterns.

    Examples
    --------
    >>> matches({"model": ("a", "b_*")}, {"model": "b_1"}), matches({"owner": ("?*",)}, {"model": "b_1"})
    (True, False)
    """
    return all(
        any(fnmatchcase(labels.get(label, ""), pattern) for pattern in patterns)
        for label, patterns in matchers.items()
    )
