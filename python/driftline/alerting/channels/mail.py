"""A notification as a mail of text and HTML; the mails of one group are one thread."""

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import blake2b
from html import escape

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification
from driftline.alerting.channels.wording import facts, left_out, links, shorten, summary, title

MOST_ALERTS = 100
MOST_SUBJECT = 200

_STYLE = "font: 14px/1.5 system-ui, sans-serif; color: #1f2328"
_COLORS = {"firing": "#cf222e", "resolved": "#1a7f37"}


def mail(notification: Notification, sender: str, recipients: Sequence[str], now: datetime) -> EmailMessage:
    """
    Write a mail.

    Parameters
    ----------
    notification
        What is told; of more than a hundred alerts the others are counted.
    sender, recipients
        Mailboxes, with or without a name.
    now
        Its date.
    """
    domain = parseaddr(sender)[1].rpartition("@")[2]
    thread = blake2b(notification.group_key.encode("utf-8", "replace"), digest_size=12).hexdigest()
    message = EmailMessage()
    message["Subject"] = shorten(" ".join(title(notification).split()), MOST_SUBJECT)
    message["From"] = _mailbox(sender)
    message["To"] = [_mailbox(recipient) for recipient in recipients]
    message["Date"] = format_datetime(now)
    # A mail that is sent again has the same id, by which it is known as the same.
    message["Message-ID"] = f"<{notification.id}@{domain}>"
    message["In-Reply-To"] = message["References"] = f"<{thread}.driftline@{domain}>"
    # Answers of absence are not wanted.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Driftline-Status"] = notification.status
    message.set_content(_text(notification))
    message.add_alternative(_html(notification), subtype="html")
    return message


def _mailbox(written: str) -> Address:
    name, address = parseaddr(written)
    return Address(name, addr_spec=address)


def _text(notification: Notification) -> str:
    parts = [title(notification)]
    parts += [_alert_text(alert) for alert in notification.alerts[:MOST_ALERTS]]
    if (beyond := len(notification.alerts) - MOST_ALERTS) > 0:
        parts.append(left_out(beyond))
    return "\n\n".join(parts) + "\n"


def _alert_text(alert: Alert) -> str:
    lines = [summary(alert)]
    if description := alert.annotations.get("description"):
        lines.append(description)
    lines += [f"  {name}: {value}" for name, value in (*facts(alert), *links(alert))]
    return "\n".join(lines)


def _html(notification: Notification) -> str:
    shown = "".join(_alert_html(alert) for alert in notification.alerts[:MOST_ALERTS])
    beyond = len(notification.alerts) - MOST_ALERTS
    rest = f"<p>{left_out(beyond)}</p>" if beyond > 0 else ""
    heading = f'<h2 style="color: {_COLORS[notification.status]}">{escape(title(notification))}</h2>'
    return f'<html><body style="{_STYLE}">{heading}{shown}{rest}</body></html>'


def _alert_html(alert: Alert) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts(alert)
    )
    addresses = " ".join(f'<a href="{escape(address)}">{name}</a>' for name, address in links(alert))
    description = escape(alert.annotations.get("description", ""))
    return (
        f'<h3 style="color: {_COLORS[alert.status]}">{escape(summary(alert))}</h3>'
        f"<p>{description}</p><table>{rows}</table><p>{addresses}</p>"
    )
