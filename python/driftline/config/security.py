"""Who may do what through which door: certificates, principals and their tokens."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Scope = Literal["ingest", "query", "control"]

MAX_TOKENS = 2
"""Live tokens of one principal: the one in use, and the one that takes its place."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def _check_sha256(value: Any) -> str:
    """The message never repeats the value: it might be the token itself, put here by mistake."""
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError(
            "a token is written as its SHA-256 hash, 64 hexadecimal digits; `driftline token` makes both"
        )
    return value


def _check_expiry(value: Any) -> Any:
    """YAML reads a time that ends in Z as one without a zone, in UTC."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


class TlsConfig(BaseModel):
    """
    Encryption of all doors.

    Attributes
    ----------
    certificate, private_key
        PEM files: the certificate with those between it and its authority, and its key, which has no password.
    client_ca
        PEM file of the authorities of client certificates. gRPC and Flight then refuse clients without one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: Path
    private_key: Path
    client_ca: Path | None = None


class TokenConfig(BaseModel):
    """
    One token of a principal.

    Attributes
    ----------
    sha256
        SHA-256 hash of the token, 64 hexadecimal digits.
    expires
        When it ends; ``None``: never.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Annotated[str, BeforeValidator(_check_sha256)] = Field(repr=False)
    expires: Annotated[AwareDatetime, BeforeValidator(_check_expiry)] | None = None


class PrincipalConfig(BaseModel):
    """
    Somebody who may do something.

    Attributes
    ----------
    name
        As it stands in the audit log.
    scopes
        ``ingest``: send records; ``query``: ask, and read ``/metrics``; ``control``: change monitors and baselines.
    models
        The only models this is about; ``None``: all.
    tokens
        One, or two while one takes the place of the other.
    certificates
        Names in client certificates that stand for this principal: a subject alternative name, or the common name.
    records_per_second, bytes_per_second
        How much it may send in the long run, through all of its streams together; ``None``: without a bound.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=128)
    scopes: frozenset[Scope] = Field(min_length=1)
    models: frozenset[Annotated[str, Field(min_length=1)]] | None = None
    tokens: tuple[TokenConfig, ...] = Field(default=(), max_length=MAX_TOKENS)
    certificates: frozenset[Annotated[str, Field(min_length=1)]] = frozenset()
    records_per_second: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    bytes_per_second: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _can_be_known(self) -> Self:
        if not self.tokens and not self.certificates:
            raise ValueError(f"principal {self.name!r} needs tokens or certificates to be known by")
        return self


def check_principals(principals: tuple[PrincipalConfig, ...]) -> None:
    """
    Check that no name, token or certificate is of two principals.

    Raises
    ------
    ValueError
        If one is.
    """
    _check_unique("name", [each.name for each in principals])
    _check_unique("certificate", [name for each in principals for name in each.certificates])
    tokens = [token.sha256 for each in principals for token in each.tokens]
    if len(set(tokens)) < len(tokens):
        raise ValueError("principals must have tokens of their own, got the same hash twice")


def _check_unique(what: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(
            f"each {what} must be of one principal, got several of {', '.join(map(repr, twice))}"
        )
