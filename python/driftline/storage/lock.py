"""One collector a data directory."""

import fcntl
import os
from pathlib import Path

from driftline.errors import FailedPreconditionError


class DirectoryLock:
    """
    An exclusive lock on a data directory, released when the process ends, however it ends.

    Parameters
    ----------
    path
        The lock file; its content is the number of the process that holds it.

    Raises
    ------
    FailedPreconditionError
        If another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = os.open(
            path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip() or "unknown"
            self._close()
            raise FailedPreconditionError(
                f"data directory {path.parent} must be used by one collector, process {holder} uses it"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let others in; releasing twice does nothing."""
        self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
