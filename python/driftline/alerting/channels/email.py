"""The channel to mailboxes."""

import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage

from driftline.alerting.channel import Channel, Notification
from driftline.alerting.channels.mail import mail
from driftline.config.alerting.channels import EmailConfig
from driftline.config.secret import reveal
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError

PORTS = {"starttls": 587, "tls": 465, "none": 25}
_PERMANENT = 500


class EmailChannel(Channel):
    """
    Sends a mail for each notification.

    Parameters
    ----------
    name
        As the configuration calls it.
    config
        Its settings.
    """

    def __init__(self, name: str, config: EmailConfig) -> None:
        self.name = name
        self._config = config

    def send(self, notification: Notification) -> str:
        """Send it over a connection of its own."""
        config = self._config
        try:
            message = mail(notification, config.sender, config.recipients, datetime.now(UTC))
            with self._connect() as server:
                self._log_in(server)
                refused = server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _as_told(self.name, *max(error.recipients.values())) from None
        except smtplib.SMTPResponseException as error:
            raise _as_told(self.name, error.smtp_code, error.smtp_error) from None
        except ssl.SSLCertVerificationError as error:
            raise DestinationUnavailableError(f"{self.name}: {error.verify_message}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise DestinationUnavailableError(
                f"{self.name}: {config.host} cannot be reached: {type(error).__name__}"
            ) from None
        return _said(message, len(refused))

    def check(self) -> None:
        """Find out the password."""
        if self._config.username is not None:
            self._password()

    def _connect(self) -> smtplib.SMTP:
        config = self._config
        port = config.port or PORTS[config.encryption]
        seconds = config.timeout_seconds
        if config.encryption == "tls":
            return smtplib.SMTP_SSL(config.host, port, timeout=seconds, context=self._trusted())
        server = smtplib.SMTP(config.host, port, timeout=seconds)
        if config.encryption == "starttls":
            try:
                server.starttls(context=self._trusted())
            except BaseException:
                server.close()
                raise
        return server

    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._config.ca_file)

    def _log_in(self, server: smtplib.SMTP) -> None:
        config = self._config
        if config.username is not None:
            server.login(config.username, self._password())

    def _password(self) -> str:
        config = self._config
        return reveal(f"{self.name}: password", config.password, config.password_file)


def _as_told(
    name: str, code: int, text: bytes | str
) -> DestinationRefusedError | DestinationUnavailableError:
    """What an answer of the server means: 4xx is worth another attempt, 5xx is not."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    message = f"{name}: the server answered {code}: {' '.join(said.split())[:200]}"
    return DestinationRefusedError(message) if code >= _PERMANENT else DestinationUnavailableError(message)


def _said(message: EmailMessage, refused: int) -> str:
    count = len(message["To"].addresses)
    return f"the server took it for {count - refused} of {count} recipients"
