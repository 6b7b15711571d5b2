"""Lines of DogStatsD: https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/."""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

AlertType = Literal["error", "warning", "info", "success"]
Status = Literal["ok", "warning", "critical", "unknown"]

_STATUSES: dict[Status, int] = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}

_SEPARATORS = re.compile(r"[|,#@\\]")
"""What would end a tag, or begin another part of the line."""

_NO_KEY = re.compile(r"[^\w.-]")

_MAX_VALUE = 128


def tag(key: str, value: str) -> str:
    """One tag. A value that has to be changed ends in a digest of itself, so that different ones stay different."""
    start = _SEPARATORS.sub("_", value[:_MAX_VALUE])
    clean = "".join(each for each in start if each.isprintable())
    if clean != value:
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        clean = f"{clean[: _MAX_VALUE - 9]}~{digest}"
    return f"{_NO_KEY.sub('_', key)}:{clean}"


def tags(labels: Mapping[str, str], given: Mapping[str, str] | None = None) -> str:
    """The part of a line that has all tags, those of the metric and those that are given for all; empty without any."""
    listed = ",".join(tag(key, value) for key, value in (dict(given or {}) | dict(labels)).items())
    return f"|#{listed}" if listed else ""


def gauge(name: str, value: float, tags: str, unix_seconds: int) -> str | None:
    """A gauge at a time, for agents from 7.40 on; ``None`` for what no agent takes: infinity and not-a-number."""
    return f"{name}:{value!r}|g{tags}|T{unix_seconds}" if math.isfinite(value) else None


def count(name: str, value: int, tags: str, unix_seconds: int) -> str:
    """A count at a time."""
    return f"{name}:{value}|c{tags}|T{unix_seconds}"


def distribution(name: str, value: float, times: int, tags: str) -> str:
    """The same value so many times, as one in ``times`` that was sampled; at the time when it arrives."""
    return f"{name}:{value!r}|d|@{1 / times!r}{tags}"


def service_check(name: str, status: Status, tags: str, unix_seconds: int, message: str) -> str:
    """How a service is; the message is cut to one line."""
    told = _escaped(message).replace("m:", "m\\:")
    return f"_sc|{name}|{_STATUSES[status]}|d:{unix_seconds}{tags}|m:{told}"


def event(
    title: str, text: str, tags: str, unix_seconds: int, alert_type: AlertType, aggregation_key: str
) -> str:
    """Something that happened. Lengths are those of the UTF-8 bytes, as agents count them."""
    told_title, told_text = _escaped(title), _escaped(text)
    lengths = f"{len(told_title.encode())},{len(told_text.encode())}"
    key = _SEPARATORS.sub("_", aggregation_key)
    return f"_e{{{lengths}}}:{told_title}|{told_text}|d:{unix_seconds}|k:{key}|t:{alert_type}{tags}"


def _escaped(text: str) -> str:
    return text.replace("\n", "\\n").replace("\r", "")


def packets(lines: Iterable[str], most_bytes: int) -> Iterator[tuple[bytes, int]]:
    """
    Put lines together.

    Parameters
    ----------
    lines
        Each without its end.
    most_bytes
        Of a packet. A longer line is a packet of its own, which nobody may take.

    Yields
    ------
    (bytes, int)
        A packet, and the number of its lines.
    """
    held: list[bytes] = []
    size = 0
    for line in lines:
        encoded = line.encode("utf-8", "replace")
        if held and size + 1 + len(encoded) > most_bytes:
            yield b"\n".join(held), len(held)
            held, size = [], 0
        size += len(encoded) + bool(held)
        held.append(encoded)
    if held:
        yield b"\n".join(held), len(held)
