"""Settings of a channel to mailboxes."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from driftline.config.alerting.channels.channel import ChannelConfig
from driftline.config.secret import Secret, check_one_source

Mailbox = Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$|^[^@<>\r\n]*<[^@\s<>]+@[^@\s<>]+>$")]
"""``somebody@example.com`` or ``Somebody <somebody@example.com>``."""


class EmailConfig(ChannelConfig):
    """
    Mail, by an SMTP server.

    Attributes
    ----------
    type
        ``email``.
    host, port
        The server; without a port 587 for ``starttls``, 465 for ``tls``, 25 for ``none``.
    encryption
        ``starttls``: asked for after connecting, and nothing is sent without; ``tls``: from the start; ``none``.
    ca_file
        PEM file of the authorities that the server's certificate may be of; without one those of the system.
    username, password, password_file
        By what to log in, or a file that the password is in; without a username nothing is logged in.
    sender
        From whom.
    recipients
        To whom.
    """

    type: Literal["email"]
    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65_535)
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None
    username: str | None = None
    password: Secret | None = None
    password_file: Path | None = None
    sender: Mailbox
    recipients: tuple[Mailbox, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        check_one_source(self, "password", required=self.username is not None)
        if self.username is None and (self.password is not None or self.password_file is not None):
            raise ValueError("a password needs a username, got none")
        if self.username is not None and self.encryption == "none":
            raise ValueError("a password is not sent without encryption, got encryption: none")
        return self
