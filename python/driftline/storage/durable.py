"""Files that are either there in full or not there, after a crash too."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from driftline.directories import sync_directory

TEMPORARY_SUFFIX = ".tmp"


def write_durably(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """
    Write a file beside its place, make it durable, then move it there.

    Parameters
    ----------
    path
        Where the file goes; one that is there is replaced.
    write
        Writes the content into the open file.

    Raises
    ------
    OSError
        If the disk is full or broken; what was at ``path`` is still there.
    """
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def make_directory(path: Path) -> None:
    """Make a directory that only its owner may enter, and its parents; one that is there stays as it is."""
    if path.is_dir():
        return
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync_directory(path.parent)
