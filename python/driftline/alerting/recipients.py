"""Who is told of what: alerts by routes into the outbox, unless they are silenced."""

import sqlite3
from collections import Counter
from collections.abc import Sequence

from driftline.alerting.alert import Alert
from driftline.alerting.channel import GROUP_BY, Notification
from driftline.alerting.outbox import Outbox
from driftline.config.alerting import AlertingConfig, matches


class Recipients:
    """
    Puts down who is to be told.

    Parameters
    ----------
    config
        Has the channels and the routes.
    outbox
        Takes the notifications; ``None``: nobody is told of anything.
    """

    def __init__(self, config: AlertingConfig, outbox: Outbox | None) -> None:
        self._config = config
        self._outbox = outbox

    def tell(self, connection: sqlite3.Connection, alerts: Sequence[Alert]) -> None:
        """Put alerts down for all channels that their routes name, in the transaction that changes them."""
        if self._outbox is None:
            return
        for channel, settings in self._config.channels.items():
            groups: dict[tuple[str, ...], list[Alert]] = {}
            for alert in alerts:
                if channel in self._channels(alert):
                    group = tuple(alert.labels.get(name, "") for name in GROUP_BY)
                    groups.setdefault(group, []).append(alert)
            for group_alerts in groups.values():
                for together in _apart(group_alerts):
                    self._outbox.put(connection, Notification.of(channel, together), settings.max_pending)

    def _channels(self, alert: Alert) -> Sequence[str]:
        routed = [
            name
            for route in self._config.routes
            if matches(route.match, alert.labels)
            for name in route.channels
        ]
        return routed or list(self._config.channels)


def _apart(alerts: list[Alert]) -> list[list[Alert]]:
    """Alerts as notifications in order: in none of them is there the same alert twice."""
    groups: list[list[Alert]] = []
    seen: Counter[str] = Counter()
    for alert in alerts:
        position = seen[alert.fingerprint]
        seen[alert.fingerprint] += 1
        if position == len(groups):
            groups.append([])
        groups[position].append(alert)
    return groups
