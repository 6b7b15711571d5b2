"""A channel to a collector, for the client and for questions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import grpc

from driftline.credentials import Credentials, Tls, read_file
from driftline.errors import InvalidArgumentError

_Stamp = tuple[tuple[int, int, int], ...]


class Connection:
    """
    A channel to a collector, made anew when the files of its certificates have changed.

    Parameters
    ----------
    target
        ``host:port``, or any gRPC name.
    credentials
        As whom, and how, to connect.
    options
        Of the channel.
    """

    def __init__(
        self, target: str, credentials: Credentials, options: Sequence[tuple[str, int | str]] = ()
    ) -> None:
        self._target = target
        self._credentials = credentials
        self._options = list(options)
        self._channel: grpc.Channel | None = None
        self._stamp: _Stamp = ()

    def channel(self) -> grpc.Channel:
        """
        The channel for the next call; calls on an earlier one go on.

        Raises
        ------
        InvalidArgumentError
            If a file cannot be read, and never could.
        """
        tls = self._credentials.tls
        stamp = _stamp(tls)
        if self._channel is None or stamp != self._stamp:
            try:
                self._channel = self._open(tls)
            except InvalidArgumentError:
                if self._channel is None:
                    raise
            self._stamp = stamp
        return self._channel

    def metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        """What to send with the next call; see :meth:`Credentials.metadata`."""
        return self._credentials.metadata()

    def close(self) -> None:
        """Close the channel; a later call opens another."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, tls: Tls | None) -> grpc.Channel:
        if tls is None:
            return grpc.insecure_channel(self._target, options=self._options)
        options = list(self._options)
        if tls.server_name is not None:
            options.append(("grpc.ssl_target_name_override", tls.server_name))
        return grpc.secure_channel(self._target, _channel_credentials(tls), options=options)


def _channel_credentials(tls: Tls) -> grpc.ChannelCredentials:
    files = (tls.ca_file, tls.private_key_file, tls.certificate_file)
    return grpc.ssl_channel_credentials(*(read_file(file) if file is not None else None for file in files))


def _stamp(tls: Tls | None) -> _Stamp:
    """Size, time of change and identity of the files, zeros for one that is not there now."""
    if tls is None:
        return ()
    files = (tls.ca_file, tls.certificate_file, tls.private_key_file)
    return tuple(_stamp_of(Path(file)) for file in files if file is not None)


def _stamp_of(file: Path) -> tuple[int, int, int]:
    try:
        stat = file.stat()
    except OSError:
        return (0, 0, 0)
    return (stat.st_size, stat.st_mtime_ns, stat.st_ino)
