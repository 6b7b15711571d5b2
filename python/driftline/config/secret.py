"""Secrets of a configuration: in the environment, in a file, or, where that is safe enough, written down."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from driftline.errors import ConfigurationError

ENVIRONMENT = "env:"

Secret = Annotated[SecretStr, Field(min_length=1)]
"""``env:NAME`` is the variable of that name when it is used, all else the secret itself. Never shown."""


def reveal(
    place: str, written: SecretStr | None, file: Path | None, environment: Mapping[str, str] = os.environ
) -> str:
    """
    Find a secret out, anew each time, so that it can be changed without a start.

    Parameters
    ----------
    place
        Where the setting stands, for errors.
    written, file
        The setting, and that of the same name with ``_file``: one of them is given.
    environment
        Variables.

    Raises
    ------
    ConfigurationError
        If the file cannot be read or the variable does not exist; the message has nothing of the secret.
    """
    if file is not None:
        try:
            text = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigurationError(f"{place}_file: {file} cannot be read: {reason}") from None
        if not text:
            raise ConfigurationError(f"{place}_file: {file} is empty")
        return text
    if written is None:
        raise ConfigurationError(f"{place} or {place}_file must be given")
    text = written.get_secret_value()
    if not text.startswith(ENVIRONMENT):
        return text
    name = text.removeprefix(ENVIRONMENT)
    if not environment.get(name):
        raise ConfigurationError(f"{place}: the environment has no variable {name}, or it is empty")
    return environment[name]


def check_one_source(settings: BaseModel, name: str, required: bool = True) -> None:
    """
    Check that a secret is given at most once, and if it is required, at all.

    Raises
    ------
    ValueError
        If it is not.
    """
    given = [each for each in (name, f"{name}_file") if getattr(settings, each) is not None]
    if len(given) > 1 or (required and not given):
        raise ValueError(f"needs {name} or {name}_file, got {' and '.join(given) or 'neither'}")
