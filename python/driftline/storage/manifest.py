"""What of a writer's files counts: one small file, replaced as a whole, is the only commit point."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from driftline.errors import FailedPreconditionError
from driftline.storage.durable import make_directory, write_durably

FileName = Annotated[str, Field(pattern=r"^[0-9a-f]{32}-[0-9c-]+\.parquet$")]
Count = Annotated[int, Field(ge=0)]

_NUMBERED = re.compile(r"(?P<writer>[0-9a-f]{32})-(?P<sequence>\d{12})\.parquet")
_WRITTEN = re.compile(r"(?P<writer>[0-9a-f]{32})-(?:\d{12}|c\d{12}-\d{6})\.parquet")


def flush_name(writer_id: str, sequence: int) -> str:
    """Name of the files of one flush."""
    return f"{writer_id}-{sequence:012d}.parquet"


def compacted_name(writer_id: str, compaction: int, part: int) -> str:
    """Name of one file of a compaction; no later one has that name again."""
    return f"{writer_id}-c{compaction:012d}-{part:06d}.parquet"


def flush_sequence(name: str) -> int | None:
    """Number of the flush that wrote a file; ``None`` for a compaction's and for foreign names."""
    match = _NUMBERED.fullmatch(name)
    return int(match["sequence"]) if match else None


def writer_of(name: str) -> str | None:
    """Writer of a file of snapshot rows by its name; ``None`` for foreign names."""
    match = _WRITTEN.fullmatch(name)
    return match["writer"] if match else None


class ProfileFile(BaseModel):
    """
    One file of snapshot rows that counts. Times are nanoseconds since the Unix epoch, UTC.

    Attributes
    ----------
    name
        File name in ``profiles/``.
    first_flush, last_flush
        The flushes whose rows it holds.
    first_window, last_window
        Starts of its first and last window.
    first_end
        When the first of its windows to end does.
    window_length
        Length in nanoseconds to which its windows were rolled up; 0: they were not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FileName
    first_flush: Count
    last_flush: Count
    first_window: int
    last_window: int
    first_end: int
    window_length: Count = 0


class Manifest(BaseModel):
    """
    The state of one writer as it was last committed.

    Attributes
    ----------
    format
        Version of this layout.
    writer_id
        The writer, 32 hexadecimal digits.
    flush_sequence
        Number of the last flush; 0 before the first one.
    log_position
        Position in the log up to and including which the rows contain everything; 0 without a log.
    compactions
        Number of the last compaction; 0 before the first one.
    profiles
        The files in ``profiles/`` that count.
    pending, producers
        Name of the file in ``pending/`` and in ``producers/`` that goes with the rows, if there is one.
    pending_additions
        Names of further files in ``pending/``: what later flushes added, oldest first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    writer_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    flush_sequence: Count = 0
    log_position: Count = 0
    compactions: Count = 0
    profiles: tuple[ProfileFile, ...] = ()
    pending: FileName | None = None
    pending_additions: tuple[FileName, ...] = ()
    producers: FileName | None = None

    @property
    def pending_files(self) -> tuple[FileName, ...]:
        """Names of all files in ``pending/`` that count, oldest first."""
        return (*filter(None, [self.pending]), *self.pending_additions)


def manifest_path(directory: Path, writer_id: str) -> Path:
    """Where a writer's manifest lies."""
    return directory / f"{writer_id}.json"


def read_manifest(path: Path) -> Manifest | None:
    """
    Read a manifest.

    Returns
    -------
    Manifest or None
        ``None`` if there is none.

    Raises
    ------
    FailedPreconditionError
        If it is damaged.
    """
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise FailedPreconditionError(
            f"{path} is not a manifest: {place + ': ' if place else ''}{first['msg']}; "
            "put back a copy of it, without it nothing tells which files count"
        ) from error
    if manifest.writer_id != path.stem:
        raise FailedPreconditionError(
            f"{path} must be the manifest of writer {path.stem}, got {manifest.writer_id}"
        )
    return manifest


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """
    Replace a writer's manifest, durably.

    Raises
    ------
    OSError
        If that failed; which of the two manifests is there after a crash is then not known.
    """
    make_directory(directory)
    text = manifest.model_dump_json(indent=1)
    write_durably(
        manifest_path(directory, manifest.writer_id), lambda file: file.write(text.encode() + b"\n")
    )
