"""The certificate that the doors show, read again when its files change."""

import ssl
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from driftline.config import TlsConfig
from driftline.errors import FailedPreconditionError
from driftline.logs import get_logger

logger = get_logger("driftline.collector")

# Of each file: size, time of change, and which file it is, since a symbolic link may have been swapped.
_Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Certificate:
    """One state of the files: a certificate that fits its key."""

    chain: bytes
    private_key: bytes
    client_ca: bytes | None

    def __repr__(self) -> str:
        return "Certificate()"


class Certificates:
    """
    The present certificate. Files that do not fit together, half written ones say, leave the last good one in force.

    Parameters
    ----------
    tls
        Where the files are.

    Raises
    ------
    FailedPreconditionError
        If they cannot be read, or the key is not that of the certificate.
    """

    def __init__(self, tls: TlsConfig) -> None:
        self._tls = tls
        self._lock = threading.Lock()
        try:
            self._tried = self._stamp()
            self._current, self._context = self._read()
        except (OSError, ValueError) as error:
            raise FailedPreconditionError(f"tls: {_describe(error, tls)}") from error

    @property
    def asks_clients(self) -> bool:
        """Whether clients show certificates of their own."""
        return self._tls.client_ca is not None

    def current(self) -> Certificate:
        """The certificate to show to the next connection."""
        with self._lock:
            self._refresh()
            return self._current

    @cached_property
    def http_context(self) -> ssl.SSLContext:
        """
        What an HTTP server takes: every handshake gets the present certificate.

        Clients may come without a certificate, so that health can be asked for; what they get is for the
        application to decide.
        """
        context = _new_context(self._tls)

        def take_present(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            with self._lock:
                self._refresh()
                connection.context = self._context

        context.sni_callback = take_present
        return context

    def _refresh(self) -> None:
        """Read the files again if they have changed, and believe them if they fit together."""
        stamp = self._stamp()
        if stamp == self._tried:
            return
        self._tried = stamp
        try:
            read = self._read()
        except (OSError, ValueError) as error:
            logger.error("certificate not taken, the last one stays", reason=_describe(error, self._tls))
            return
        if stamp != self._stamp():
            self._tried = ()  # changed again meanwhile: the next connection looks again
            return
        self._current, self._context = read
        logger.info("certificate taken", certificate=str(self._tls.certificate))

    def _stamp(self) -> _Stamp:
        paths = (self._tls.certificate, self._tls.private_key, self._tls.client_ca)
        return tuple(_stamp_of(path) for path in paths if path is not None)

    def _read(self) -> tuple[Certificate, ssl.SSLContext]:
        context = _new_context(self._tls)
        certificate = Certificate(
            self._tls.certificate.read_bytes(),
            self._tls.private_key.read_bytes(),
            self._tls.client_ca.read_bytes() if self._tls.client_ca else None,
        )
        return certificate, context


def _new_context(tls: TlsConfig) -> ssl.SSLContext:
    """Checks on the way that the key is that of the certificate. A key with a password is refused, not asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tls.certificate, tls.private_key, password="")
    if tls.client_ca is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        # A session that is taken up again would not have its certificate looked at again, and before TLS 1.3 there
        # is no way to forbid that.
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0
        context.load_verify_locations(tls.client_ca)
    return context


def _stamp_of(path: Path) -> tuple[int, int, int]:
    """Zeros for a file that is not there: it may be about to come back."""
    try:
        stat = path.stat()
    except OSError:
        return (0, 0, 0)
    return (stat.st_size, stat.st_mtime_ns, stat.st_ino)


def _describe(error: Exception, tls: TlsConfig) -> str:
    files = f"certificate {tls.certificate}, private_key {tls.private_key}"
    if tls.client_ca is not None:
        files += f", client_ca {tls.client_ca}"
    return f"{files}: {error}"
