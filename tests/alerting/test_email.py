"""Mail to a real SMTP server: what arrives, how it is encrypted, and what the server's answers mean."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tenacity import retry, retry_if_exception_type, stop_after_attempt
from tests.alerting.notifications import alert, notification
from tests.security.authority import Authority

from driftline.alerting.channels.email import EmailChannel
from driftline.config.alerting.channels import EmailConfig
from driftline.delivery import DestinationRefusedError, DestinationUnavailableError
from driftline.demo.process import free_addresses


@dataclass
class Mailbox:
    """Takes mail, as a handler of the server; ``answers`` says what it answers to a recipient or to the mail."""

    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - as the server calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "data" in self.answers:
            return self.answers["data"]
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append((list(envelope.rcpt_tos), message))
        self.encrypted.append(session.ssl is not None)
        return "250 Queued as 4711"

    def guarded_by(self, context: ssl.SSLContext, accounts: dict[str, str]) -> dict[str, Any]:
        """Settings of a server that wants encryption and a password."""

        def log_in(
            _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: Any
        ) -> AuthResult:
            assert isinstance(data, LoginPassword)
            user, password = data.login.decode(), data.password.decode()
            self.users.append(f"{user}:{password}")
            # Not handled: the server answers.
            return AuthResult(success=accounts.get(user) == password, handled=False)

        return {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": log_in,
            "auth_exclude_mechanism": ["LOGIN"],
        }


@retry(retry=retry_if_exception_type(OSError), stop=stop_after_attempt(3), reraise=True)
def start(mailbox: Mailbox, **settings: Any) -> Controller:
    """
    A server on a port that was free: it connects to itself as soon as it listens, and so has to know the port before.

    Somebody may take the port in between; then it is another.
    """
    (address,) = free_addresses(1)
    port = int(address.rpartition(":")[2])
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=60, **settings)
    controller.start()
    return controller


@contextmanager
def serving(mailbox: Mailbox, **settings: Any) -> Iterator[int]:
    controller = start(mailbox, **settings)
    try:
        yield controller.port
    finally:
        controller.stop()


def channel(port: int, **settings: Any) -> EmailChannel:
    config = {
        "type": "email",
        "host": "127.0.0.1",
        "port": port,
        "encryption": "none",
        "sender": "Driftline <driftline@example.com>",
        "recipients": ["Flights <flights@example.com>", "on-call@example.com"],
        "timeout": "60s",
    }
    return EmailChannel("mail", EmailConfig.model_validate(config | settings))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def test_a_mail_arrives_at_all_recipients(mailbox: Mailbox) -> None:
    with serving(mailbox) as port:
        said = channel(port).send(notification())
    assert said == "the server took it for 2 of 2 recipients"
    ((recipients, message),) = mailbox.mails
    assert recipients == ["flights@example.com", "on-call@example.com"]
    assert message["Subject"] == "[FIRING:1] FeatureDrift flight-delay"
    assert message["From"] == "Driftline <driftline@example.com>"
    assert message["To"] == "Flights <flights@example.com>, on-call@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "PSI of temp is 0.31 against the training data." in text.get_content()
    assert "https://runbooks.example.com/drift" in html.get_content()


def test_what_is_sent_again_is_known_and_what_ends_is_in_the_same_thread(mailbox: Mailbox) -> None:
    with serving(mailbox) as port:
        for told in (notification(), notification(), notification(alert(status="resolved"))):
            channel(port).send(told)
    first, again, resolved = (message for _, message in mailbox.mails)
    assert first["Message-ID"] == again["Message-ID"] != resolved["Message-ID"]
    assert first["References"] == resolved["References"]


def test_a_password_goes_over_an_encrypted_connection_only(mailbox: Mailbox, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("mail.example.com")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)

    password = tmp_path / "password"
    password.write_text("hunter2\n")
    settings = {
        "encryption": "starttls",
        "ca_file": authority.path,
        "username": "u",
        "password_file": password,
    }
    with serving(mailbox, **mailbox.guarded_by(context, {"u": "hunter2"})) as port:
        channel(port, **settings).send(notification())
        password.write_text("hunter3\n")
        with pytest.raises(DestinationRefusedError, match="535") as caught:
            channel(port, **settings).send(notification())
    assert mailbox.encrypted == [True]
    assert mailbox.users == ["u:hunter2", "u:hunter3"]
    assert "hunter3" not in str(caught.value)


def test_a_server_without_starttls_gets_nothing(mailbox: Mailbox) -> None:
    with serving(mailbox) as port, pytest.raises(DestinationUnavailableError, match="SMTPNotSupportedError"):
        channel(port, encryption="starttls").send(notification())
    assert mailbox.mails == []


def test_a_certificate_of_a_stranger_is_not_trusted(mailbox: Mailbox, tmp_path: Path) -> None:
    pair = Authority(tmp_path, "stranger").issue("mail.example.com")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    trusted = Authority(tmp_path, "trusted").path
    with (
        serving(mailbox, tls_context=context) as port,
        pytest.raises(DestinationUnavailableError, match="certificate"),
    ):
        channel(port, encryption="starttls", ca_file=trusted).send(notification())
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"data": "451 Try later"}, DestinationUnavailableError),
        ({"data": "554 Looks like spam"}, DestinationRefusedError),
        (
            dict.fromkeys(["flights@example.com", "on-call@example.com"], "550 No such user"),
            DestinationRefusedError,
        ),
        (
            dict.fromkeys(["flights@example.com", "on-call@example.com"], "450 Mailbox busy"),
            DestinationUnavailableError,
        ),
    ],
)
def test_what_the_servers_answers_mean(
    mailbox: Mailbox, answers: dict[str, str], error: type[Exception]
) -> None:
    mailbox.answers = answers
    said = next(iter(answers.values())).partition(" ")
    with serving(mailbox) as port, pytest.raises(error, match=f"the server answered {said[0]}: {said[2]}"):
        channel(port).send(notification())


def test_one_recipient_that_is_unknown_keeps_it_from_no_other(mailbox: Mailbox) -> None:
    mailbox.answers = {"on-call@example.com": "550 No such user"}
    with serving(mailbox) as port:
        assert channel(port).send(notification()) == "the server took it for 1 of 2 recipients"


def test_a_server_that_is_dead_is_worth_another_try(mailbox: Mailbox) -> None:
    with serving(mailbox) as port:
        pass
    with pytest.raises(DestinationUnavailableError, match="cannot be reached: ConnectionRefusedError"):
        channel(port).send(notification())
