"""Who calls, and what they may do."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import get_args

from driftline.collector.quotas import Quota
from driftline.collector.refusals import Refusals
from driftline.config import PrincipalConfig, TokenConfig
from driftline.config.security import Scope
from driftline.errors import PermissionDeniedError, UnauthenticatedError


@dataclass(frozen=True)
class Principal:
    """
    Somebody who is known, and what they may do.

    Attributes
    ----------
    name
        As it stands in the audit log.
    scopes
        What they may do.
    models
        The only models this is about; ``None``: all.
    quota
        How much they may send.
    """

    name: str
    scopes: frozenset[Scope]
    models: frozenset[str] | None = None
    quota: Quota = field(default_factory=Quota, compare=False, repr=False)

    @property
    def sender(self) -> str:
        """By whose name its producers are told apart from those of others; empty where nobody is known."""
        return "" if self is ANYBODY else self.name

    def check_scope(self, scope: Scope) -> None:
        """Raise PermissionDeniedError without that scope."""
        if scope not in self.scopes:
            raise PermissionDeniedError(
                f"this needs the scope {scope}, and {self.name} has {', '.join(sorted(self.scopes))}"
            )

    def check_model(self, model: str) -> None:
        """Raise PermissionDeniedError for another model than those allowed."""
        if self.models is not None and model not in self.models:
            raise PermissionDeniedError(f"{self.name} may do nothing with model {model!r}")

    def check_all_models(self) -> None:
        """Raise PermissionDeniedError for somebody who is restricted to some models."""
        if self.models is not None:
            raise PermissionDeniedError(f"this is about all models, and {self.name} is restricted to some")


ANYBODY = Principal("anybody", frozenset(get_args(Scope)))


class Access:
    """
    Knows principals by their tokens, or by the names in their certificates.

    Parameters
    ----------
    principals
        Those who are known. Where there are none, everybody may do everything who shows a valid certificate, or who
        can connect at all if no certificates are asked for.
    asks_clients
        Whether clients show certificates, which the transport has checked.
    now
        The present time.
    """

    def __init__(
        self,
        principals: Sequence[PrincipalConfig] = (),
        *,
        asks_clients: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.asks_clients = asks_clients
        self.refusals = Refusals()
        self._now = now
        known = [(_principal(config), config) for config in principals]
        self._tokens = [(token, principal) for principal, config in known for token in config.tokens]
        self._certificates = {name: principal for principal, config in known for name in config.certificates}
        self._is_restricted = bool(principals)

    def by_token(self, authorization: Sequence[str]) -> Principal | None:
        """
        The principal of the header ``authorization``; ``None`` if there is no such header, or it is of no use here.

        Raises
        ------
        UnauthenticatedError
            For a token that is not valid, or no longer.
        """
        if not authorization or not self._is_restricted:
            return None
        scheme, _, token = authorization[0].partition(" ")
        if len(authorization) > 1 or scheme.lower() != "bearer" or not token:
            raise UnauthenticatedError("the header authorization must be given once, as: Bearer TOKEN")
        found = self._find(token.strip())
        if found is None:
            raise UnauthenticatedError("the token is not valid")
        held, principal = found
        if held.expires is not None and held.expires <= self._now():
            raise UnauthenticatedError(f"the token of {principal.name} expired at {held.expires.isoformat()}")
        return principal

    def by_certificate(self, names: Sequence[str] | None) -> Principal:
        """
        The principal of the client certificate with these names; ``None``: there is no certificate.

        Raises
        ------
        UnauthenticatedError
            If that is nobody.
        """
        if not self._is_restricted:
            return self._unrestricted(names)
        for name in names or ():
            if name in self._certificates:
                return self._certificates[name]
        if names:
            raise UnauthenticatedError(f"a token is needed: no principal has the certificate {names[0]!r}")
        raise UnauthenticatedError("a token is needed: the header authorization, as: Bearer TOKEN")

    def identify(self, authorization: Sequence[str], names: Sequence[str] | None) -> Principal:
        """The principal of a call; a token goes before the certificate. Raises UnauthenticatedError."""
        return self.by_token(authorization) or self.by_certificate(names)

    def _unrestricted(self, names: Sequence[str] | None) -> Principal:
        if not self.asks_clients:
            return ANYBODY
        if names is None:
            raise UnauthenticatedError("a client certificate is needed")
        return Principal(names[0] if names else "a certificate without a name", ANYBODY.scopes)

    def _find(self, token: str) -> tuple[TokenConfig, Principal] | None:
        """Compares with all tokens, whichever fits, so that the time taken tells nothing."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        found = None
        for held, principal in self._tokens:
            if hmac.compare_digest(digest, held.sha256):
                found = (held, principal)
        return found


def _principal(config: PrincipalConfig) -> Principal:
    quota = Quota(config.records_per_second, config.bytes_per_second)
    return Principal(config.name, config.scopes, config.models, quota)
