"""A message to the app Workflows of Microsoft Teams, with an Adaptive Card."""

import json
from typing import Any

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification
from driftline.alerting.channels.wording import facts, left_out, links, shorten, summary, title

# 28 KB is what Microsoft names; cards of over 21 KB have been refused.
MOST_BYTES = 20_000
# FactSet, ActionSet and the style of a heading: all clients of Teams show 1.5.
CARD_VERSION = "1.5"

_TEXT = 500
_FACT = 120
_FACTS = 10
_COLORS = {"firing": "attention", "resolved": "good"}


def teams_message(notification: Notification) -> dict[str, Any]:
    """Write a notification as a message with a card; alerts for which there is no room are counted in it."""
    body: list[dict[str, Any]] = [_heading(notification)]
    shown = 0
    for alert in notification.alerts:
        if (
            _size(_message([*body, _container(alert), _text(left_out(len(notification.alerts)))]))
            > MOST_BYTES
        ):
            break
        body.append(_container(alert))
        shown += 1
    if shown < len(notification.alerts):
        body.append(_text(left_out(len(notification.alerts) - shown)))
    return _message(body)


def _message(body: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": CARD_VERSION,
                    "body": body,
                    "msteams": {"width": "Full"},
                },
            }
        ],
    }


def _size(message: dict[str, Any]) -> int:
    """Bytes of the message as it is sent."""
    return len(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace"))


def _heading(notification: Notification) -> dict[str, Any]:
    return _text(shorten(title(notification), _TEXT)) | {
        "size": "large",
        "weight": "bolder",
        "color": _COLORS[notification.status],
        "style": "heading",
    }


def _container(alert: Alert) -> dict[str, Any]:
    items: list[dict[str, Any]] = [
        _text(shorten(summary(alert), _TEXT)) | {"weight": "bolder", "color": _COLORS[alert.status]}
    ]
    if description := alert.annotations.get("description"):
        items.append(_text(shorten(description, _TEXT)))
    items.append(
        {
            "type": "FactSet",
            "facts": [
                {"title": shorten(name, _FACT), "value": shorten(value, _FACT)}
                for name, value in facts(alert)
            ][:_FACTS],
        }
    )
    actions = [{"type": "Action.OpenUrl", "title": name, "url": address} for name, address in links(alert)]
    if actions:
        items.append({"type": "ActionSet", "actions": actions})
    return {"type": "Container", "separator": True, "items": items}


def _text(text: str) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True}
