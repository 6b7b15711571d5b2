"""
One batch on disk: an Arrow IPC stream that any Arrow library opens.

The name tells what a reader must know before it reads: ``<sequence>-<records>-<CRC-32 of the content>.arrow``, the
sequence in 20 decimal digits, the checksum in 8 hexadecimal ones.
"""

import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from driftline.client.message_encoder import Message
from driftline.client.store import DamagedBatchError
from driftline.directories import sync_directory

BLOCK_BYTES = 4_096
"""Files are counted in whole blocks, as disks do."""

_NAME = re.compile(r"(?P<sequence>\d{20})-(?P<records>\d{1,10})-(?P<checksum>[0-9a-f]{8})\.arrow")
_UNFINISHED = "next.tmp"


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """
    A file that is there in full, since it gets its name when it is complete.

    Attributes
    ----------
    folder
        Where it lies.
    sequence, records
        Number of the batch, and of its records.
    checksum
        CRC-32 of the content.
    """

    folder: Path
    sequence: int
    records: int
    checksum: int

    @classmethod
    def write(cls, folder: Path, sequence: int, records: int, content: bytes, *, synced: bool) -> Self:
        """
        Write a file beside its place, then move it there; ``synced``: such that it survives a loss of power.

        Raises
        ------
        OSError
            If the disk is full or broken; nothing but an unfinished file is left then.
        """
        file = cls(folder, sequence, records, zlib.crc32(content))
        unfinished = folder / _UNFINISHED
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as opened:
            opened.write(content)
            if synced:
                opened.flush()
                os.fsync(opened.fileno())
        unfinished.rename(file.path)
        if synced:
            sync_directory(folder)
        return file

    @classmethod
    def parse(cls, path: Path) -> Self | None:
        """The file of that name; ``None`` if it is another kind of file."""
        match = _NAME.fullmatch(path.name)
        if match is None:
            return None
        return cls(path.parent, int(match["sequence"]), int(match["records"]), int(match["checksum"], 16))

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / f"{self.sequence:020d}-{self.records}-{self.checksum:08x}.arrow"

    def read(self) -> Message:
        """
        Read and check the content.

        Raises
        ------
        DamagedBatchError
            If it cannot be read, or is not what was written.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise DamagedBatchError(f"{self.path} cannot be read: {error}") from error
        found = zlib.crc32(content)
        if found != self.checksum:
            raise DamagedBatchError(
                f"{self.path} must have the checksum {self.checksum:08x}, got {found:08x} of {len(content)} bytes"
            )
        return Message(b"", content, stands_alone=True)


def blocks(size: int) -> int:
    """Bytes of disk that a file of that size takes."""
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES
