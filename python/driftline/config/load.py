"""Loading a configuration: file, then environment, then every fault in one message."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from driftline.config.collector import CollectorConfig
from driftline.config.document import read_document
from driftline.errors import ConfigurationError

ENVIRONMENT_PREFIX = "DRIFTLINE_"

_SECRET = {"alerting", "exporters", "log_export", "principals", "tracing"}
"""Where a token may have been put in a wrong place: what was found is not told."""

_STRUCTURED = {
    "alerting",
    "exporters",
    "log_export",
    "monitors",
    "principals",
    "record_files",
    "rollup",
    "tls",
    "tracing",
}
_SCALARS = tuple(name for name in CollectorConfig.model_fields if name not in _STRUCTURED)


def load_config(
    path: str | Path | None = None, environment: Mapping[str, str] = os.environ
) -> CollectorConfig:
    """
    Load the settings of a collector.

    Parameters
    ----------
    path
        YAML file whose keys are the fields of :class:`CollectorConfig`; ``None``: defaults only.
    environment
        ``DRIFTLINE_GRPC_ADDRESS``, ``DRIFTLINE_DATA_DIR`` and so on override the field of that name.

    Raises
    ------
    ConfigurationError
        With every fault and its place. Unknown keys are faults.
    """
    document = read_document(Path(path)) if path is not None else {}
    source = str(path) if path is not None else "environment"
    overrides = {
        name: environment[key]
        for name in _SCALARS
        if (key := ENVIRONMENT_PREFIX + name.upper()) in environment
    }
    if overrides.get("data_dir") == "":
        overrides["data_dir"] = None  # type: ignore[assignment]
    try:
        return CollectorConfig.model_validate(document | overrides)
    except ValidationError as error:
        faults = [_describe(fault, overrides) for fault in error.errors(include_url=False)]
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise ConfigurationError(f"{source} has {len(faults)} fault(s):\n{listed}") from error


def _describe(fault: Any, overrides: Mapping[str, str]) -> str:
    """One fault as ``monitors[0].window: what is wrong``."""
    location: tuple[str | int, ...] = fault["loc"]
    place = _place(location)
    if location and location[0] in overrides:
        place = f"{ENVIRONMENT_PREFIX}{str(location[0]).upper()}"
    if fault["type"] == "extra_forbidden":
        return f"{place}: no such setting{_suggestion(location)}"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] in ("missing", "value_error"):
        return f"{place}: {message}" if place else message
    if location[0] in _SECRET:
        return f"{place}: {message}"
    return f"{place}: {message}, got {fault['input']!r}"


def _place(location: tuple[str | int, ...]) -> str:
    place = ""
    for part in location:
        place += f"[{part}]" if isinstance(part, int) else f".{part}"
    return place.removeprefix(".")


def _suggestion(location: tuple[str | int, ...]) -> str:
    """The known setting that an unknown one was probably meant to be."""
    known = list(dict.fromkeys(name for owner in _owners(location) for name in _settings(owner)))
    guess = get_close_matches(str(location[-1]), known, n=1)
    return f"; did you mean {guess[0]!r}?" if guess else f"; known are {', '.join(known)}"


def _owners(location: tuple[str | int, ...]) -> list[type[BaseModel]]:
    """The classes that have, or have not, the setting at the end of a path."""
    owners: list[type[BaseModel]] = [CollectorConfig]
    for name in location[:-1]:
        fields = [_settings(owner).get(str(name)) for owner in owners]
        found = [each for field in fields if field is not None for each in _models_in(field.annotation)]
        # A part that is no setting is a position, a name that the user gave, or the kind of a union that it is.
        owners = found or [owner for owner in owners if name in _tags(owner)] or owners
    return owners


def _settings(owner: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a class by the names that a file calls them."""
    return {field.alias or name: field for name, field in owner.model_fields.items()}


def _tags(owner: type[BaseModel]) -> tuple[str, ...]:
    """The values of ``type`` that stand for a class."""
    field = owner.model_fields.get("type")
    return get_args(field.annotation) if field is not None else ()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
