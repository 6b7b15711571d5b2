"""A strict parser of DogStatsD, written from Datadog's description of the datagrams."""

import math
import re
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,199}")
_TAG = re.compile(r"[A-Za-z][^|,\n]{0,199}")
_KINDS = {"c", "g", "ms", "h", "s", "d"}


@dataclass
class Sample:
    """One metric line."""

    name: str
    values: list[float]
    kind: str
    rate: float = 1.0
    tags: dict[str, str] = field(default_factory=dict)
    timestamp: int | None = None


@dataclass
class Told:
    """An event or a service check: its fields by their letters."""

    name: str
    text: str
    fields: dict[str, str]
    tags: dict[str, str]


def parse_packet(packet: bytes) -> list[Sample | Told]:
    """All lines of a packet; ValueError for whatever an agent would not take."""
    lines = packet.decode("utf-8").split("\n")
    if not all(lines):
        raise ValueError("an empty line")
    return [parse_line(line) for line in lines]


def parse_line(line: str) -> Sample | Told:
    if line.startswith("_sc|"):
        return _check(line)
    if line.startswith("_e{"):
        return _event(line)
    return _sample(line)


def _sample(line: str) -> Sample:
    head, *parts = line.split("|")
    name, _, text = head.partition(":")
    if not _NAME.fullmatch(name) or not text or not parts or parts[0] not in _KINDS:
        raise ValueError(f"no metric: {line!r}")
    values = [float(value) for value in text.split(":")]
    if not all(map(math.isfinite, values)):
        raise ValueError(f"no number: {line!r}")
    sample = Sample(name, values, parts[0])
    for part in parts[1:]:
        if part.startswith("@"):
            sample.rate = float(part[1:])
            if not 0.0 < sample.rate <= 1.0:
                raise ValueError(f"no rate: {line!r}")
        elif part.startswith("#"):
            sample.tags = _tags(part[1:])
        elif part.startswith("T"):
            if sample.kind not in ("c", "g"):
                raise ValueError(f"a timestamp is for gauges and counts: {line!r}")
            sample.timestamp = int(part[1:])
        else:
            raise ValueError(f"no field {part!r}: {line!r}")
    return sample


def _tags(text: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for each in text.split(","):
        key, separator, value = each.partition(":")
        if not _TAG.fullmatch(each) or not separator or key in tags:
            raise ValueError(f"no tag: {each!r}")
        tags[key] = value
    return tags


def _told(name: str, text: str, parts: list[str]) -> Told:
    told = Told(name, text, {}, {})
    for part in parts:
        if part.startswith("#"):
            told.tags = _tags(part[1:])
        else:
            letter, separator, value = part.partition(":")
            if not separator or len(letter) != 1 or letter in told.fields:
                raise ValueError(f"no field: {part!r}")
            told.fields[letter] = value
    return told


def _check(line: str) -> Told:
    _, name, status, *parts = line.split("|")
    if status not in ("0", "1", "2", "3") or not _NAME.fullmatch(name):
        raise ValueError(f"no service check: {line!r}")
    if any(part.startswith("m:") for part in parts[:-1]):
        raise ValueError(f"a message comes last: {line!r}")
    return _told(name, status, parts)


def _event(line: str) -> Told:
    match = re.match(r"_e\{(\d+),(\d+)\}:", line)
    if match is None:
        raise ValueError(f"no event: {line!r}")
    rest = line[match.end() :].encode()
    title_bytes, text_bytes = int(match[1]), int(match[2])
    title, text = rest[:title_bytes], rest[title_bytes + 1 : title_bytes + 1 + text_bytes]
    after = rest[title_bytes + 1 + text_bytes :].decode()
    if rest[title_bytes : title_bytes + 1] != b"|" or (after and not after.startswith("|")):
        raise ValueError(f"lengths are wrong: {line!r}")
    return _told(title.decode(), text.decode().replace("\\n", "\n"), after.split("|")[1:])
