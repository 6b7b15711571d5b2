"""A Slack message of blocks, within Slack's limits."""

import json
import re
from collections.abc import Iterator
from typing import Any

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification
from driftline.alerting.channels.wording import facts, left_out, links, shorten, summary, title

# Limits of Block Kit: https://docs.slack.dev/reference/block-kit/blocks
MOST_BLOCKS = 50
MOST_HEADER = 150
MOST_SECTION = 3_000
MOST_FIELDS = 10
MOST_FIELD = 2_000
# Blocks of some 13,000 characters together are refused as `msg_blocks_too_long`, though no page says so.
MOST_CHARACTERS = 10_000

_DESCRIPTION = 600
_FACT = 120
_ADDRESS = 500
_BLOCKS_AN_ALERT = 3
_CUT_ENTITY = re.compile(r"&[a-z]{0,4}$")
_SIGNS = {"firing": ":red_circle:", "resolved": ":large_green_circle:"}


def slack_message(notification: Notification) -> dict[str, Any]:
    """Write a notification as a Slack message; alerts for which there is no room are counted in it."""
    head = title(notification)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": shorten(head, MOST_HEADER)}}
    ]
    room = MOST_CHARACTERS - len(json.dumps(blocks))
    shown = 0
    for alert in notification.alerts:
        of_alert = list(_blocks(alert))
        room -= len(json.dumps(of_alert, ensure_ascii=False))
        if room < 0 or len(blocks) + _BLOCKS_AN_ALERT >= MOST_BLOCKS:
            break
        blocks += of_alert
        shown += 1
    if shown < len(notification.alerts):
        blocks.append(_context(left_out(len(notification.alerts) - shown)))
    # What notifications and screen readers say.
    return {"text": escape(f"{head}: {summary(notification.alerts[0])}", MOST_SECTION), "blocks": blocks}


def escape(text: str, most: int) -> str:
    """Text in which nothing is a link or a mention, of at most ``most`` characters."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(plain) <= most:
        return plain
    return f"{_CUT_ENTITY.sub('', plain[: most - 1])}…"


def _blocks(alert: Alert) -> Iterator[dict[str, Any]]:
    description = alert.annotations.get("description", "")
    text = f"{_SIGNS[alert.status]} *{escape(summary(alert), _DESCRIPTION)}*"
    if description:
        text += f"\n{escape(description, _DESCRIPTION)}"
    fields = [
        {"type": "mrkdwn", "text": f"*{escape(name, _FACT)}*\n{escape(value, _FACT)}"}
        for name, value in facts(alert)
    ]
    yield {"type": "section", "text": {"type": "mrkdwn", "text": text}, "fields": fields[:MOST_FIELDS]}
    addresses = [
        f"<{_address(address)}|{name}>"
        for name, address in links(alert)
        if len(_address(address)) <= _ADDRESS
    ]
    if addresses:
        yield _context("  ".join(addresses))
    yield {"type": "divider"}


def _address(address: str) -> str:
    """An address in which nothing ends the link."""
    return escape(address.replace("|", "%7C"), 10 * _ADDRESS)


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}
