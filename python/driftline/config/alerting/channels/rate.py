"""How often something may be done, as people say it: ``1 per 6h``."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, GetPydanticSchema, PlainSerializer
from pydantic_core import core_schema

from driftline.config.duration import format_duration, parse_duration

_RATE = re.compile(r"(?P<count>[1-9][0-9]{0,8}) per (?P<period>\S+)")


@dataclass(frozen=True)
class Rate:
    """At most ``count`` times in any ``period``."""

    count: int
    period: timedelta

    def __str__(self) -> str:
        return f"{self.count} per {format_duration(self.period)}"


def parse_rate(text: str) -> Rate:
    """
    Read a rate.

    Parameters
    ----------
    text
        ``1 per 6h``: a whole number and a duration.

    Raises
    ------
    ValueError
        If the text is anything else.

    Examples
    --------
    >>> parse_rate("1 per 6h")
    Rate(count=1, period=datetime.timedelta(seconds=21600))
    """
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"a rate is written like 1 per 6h, got {text!r}")
    period = parse_duration(match["period"])
    if not period:
        raise ValueError(f"the period of a rate must be above 0s, got {text!r}")
    return Rate(int(match["count"]), period)


def _from_text(value: Any) -> Any:
    if isinstance(value, str):
        return parse_rate(value)
    if isinstance(value, Rate):
        return value
    raise ValueError(f"a rate is written like 1 per 6h, got {value!r}")


AtMost = Annotated[
    Rate,
    GetPydanticSchema(lambda _source, _handler: core_schema.is_instance_schema(Rate)),
    BeforeValidator(_from_text, json_schema_input_type=str),
    PlainSerializer(str, when_used="json", return_type=str),
]
"""A :class:`Rate` that configuration files write as ``1 per 6h``."""
