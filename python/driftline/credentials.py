"""What a caller shows to a collector, and what it expects of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Self

from driftline.errors import InvalidArgumentError
from driftline.loopback import is_loopback


@dataclass(frozen=True)
class Tls:
    """
    Encryption on the way to a collector. The files are read again when they have changed.

    Attributes
    ----------
    ca_file
        PEM file of the authorities that the collector's certificate may be of; ``None``: those of the system.
    certificate_file, private_key_file
        PEM files of the client's own certificate, where the collector asks for one.
    server_name
        Name in the collector's certificate, if it is not the host of its address.
    """

    ca_file: str | PathLike[str] | None = None
    certificate_file: str | PathLike[str] | None = None
    private_key_file: str | PathLike[str] | None = None
    server_name: str | None = None

    def __post_init__(self) -> None:
        if (self.certificate_file is None) != (self.private_key_file is None):
            raise InvalidArgumentError("certificate_file and private_key_file go together, got one of them")


@dataclass(frozen=True)
class Credentials:
    """
    As whom to call a collector, and how to know that it is the right one.

    Attributes
    ----------
    token
        Bearer token; never shown.
    token_file
        File with the token, read again for every call; it goes before ``token``.
    tls
        Encryption; ``None``: none.
    """

    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    tls: Tls | None = None

    @classmethod
    def choose(
        cls,
        target: str,
        token: str | None = None,
        token_file: str | PathLike[str] | None = None,
        tls: Tls | bool | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> Self:
        """
        Take what the caller gives, else what ``DRIFTLINE_TOKEN``, ``DRIFTLINE_TOKEN_FILE``, ``DRIFTLINE_CA_FILE`` say.

        Parameters
        ----------
        target
            Address of the collector.
        token, token_file
            See :class:`Credentials`.
        tls
            ``True``: the authorities of the system; ``False``: no encryption, even if a token is sent.
        environment
            Variables.

        Raises
        ------
        InvalidArgumentError
            If a token would be sent to another machine without encryption.
        """
        if token is None and token_file is None:
            token = environment.get("DRIFTLINE_TOKEN") or None
            token_file = None if token else environment.get("DRIFTLINE_TOKEN_FILE") or None
        if tls is None and (ca_file := environment.get("DRIFTLINE_CA_FILE")):
            tls = Tls(ca_file)
        has_token = token is not None or token_file is not None
        if tls is None and has_token and not is_loopback(_host(target)):
            raise InvalidArgumentError(
                f"a token for {target} would be sent in the clear: give tls, or tls=False if that is meant"
            )
        chosen = Tls() if tls is True else tls or None
        return cls(token, Path(token_file) if token_file is not None else None, chosen)

    @property
    def can_change(self) -> bool:
        """Whether they are in files: a caller that is refused today may be taken tomorrow."""
        return self.token_file is not None or (self.tls is not None and self.tls.certificate_file is not None)

    def metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        """
        What is sent with every call.

        Raises
        ------
        InvalidArgumentError
            If the token cannot be read, or is none.
        """
        token = (
            self.token
            if self.token_file is None
            else read_file(self.token_file).decode("ascii", "replace").strip()
        )
        if token is None:
            return ()
        if not token or not all("!" <= character <= "~" for character in token):
            raise InvalidArgumentError("a token must be printable ASCII without spaces, and not empty")
        return (("authorization", f"Bearer {token}"),)


def read_file(file: str | PathLike[str]) -> bytes:
    """Content of a small file; InvalidArgumentError if it cannot be read."""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidArgumentError(f"{file} cannot be read: {error.strerror or error}") from error


def _host(target: str) -> str:
    """The host of a target: ``dns:///[::1]:7571`` is on ``::1``; a Unix socket is on this machine."""
    if target.startswith("unix"):
        return "localhost"
    name = target.rpartition("/")[2]
    for scheme in ("dns:", "ipv4:", "ipv6:"):
        name = name.removeprefix(scheme)
    host = name.rpartition(":")[0] if ":" in name and not name.endswith("]") else name
    return host.removeprefix("[").removesuffix("]")
