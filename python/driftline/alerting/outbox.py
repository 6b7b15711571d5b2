"""Notifications that are not delivered yet, those that never were, and what destinations have been told holds.

Layout of the tables, in the database of :class:`AlertDatabase`; times are seconds since the Unix epoch:

- ``notifications``: what waits. ``id`` gives the order, ``attempts`` those that failed, ``not_before`` the next one.
- ``dead_letters``: what was given up, and why.
- ``told``: by channel and fingerprint the alerts that a destination was told hold, where it wants to hear it again.
- ``notification_totals``: how many came to which end, over all starts.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from driftline.alerting.alert import Alert
from driftline.alerting.channel import Notification
from driftline.alerting.database import AlertDatabase

MOST_DEAD_LETTERS = 1_000
"""Dead letters kept for each channel; the oldest go."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS notifications (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel TEXT NOT NULL,
        group_key TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at REAL NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        not_before REAL NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS notifications_in_order ON notifications (channel, group_key, id)",
    """CREATE TABLE IF NOT EXISTS dead_letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel TEXT NOT NULL,
        group_key TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at REAL NOT NULL,
        died_at REAL NOT NULL,
        attempts INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS dead_letters_by_channel ON dead_letters (channel, id)",
    """CREATE TABLE IF NOT EXISTS told (
        channel TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (channel, fingerprint)
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS notification_totals (
        channel TEXT NOT NULL,
        outcome TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (channel, outcome)
    ) STRICT""",
)

_HEADS = """SELECT id, body, created_at, attempts, not_before FROM notifications
    WHERE id IN (SELECT min(id) FROM notifications WHERE channel = ? GROUP BY group_key)
    ORDER BY not_before, id LIMIT 1"""


@dataclass(frozen=True)
class Pending:
    """
    A notification that waits.

    Attributes
    ----------
    id
        Its place in the order.
    notification
        What is told.
    created_at
        When it was put down, in seconds since the Unix epoch.
    attempts
        How many failed.
    not_before
        When the next attempt is due.
    """

    id: int
    notification: Notification
    created_at: float
    attempts: int
    not_before: float


@dataclass(frozen=True)
class DeadLetter:
    """A notification that was given up: when, after how many attempts, and why."""

    id: int
    notification: Notification
    created_at: float
    died_at: float
    attempts: int
    reason: str


class Outbox:
    """
    The queue of all channels, on disk.

    Parameters
    ----------
    database
        Where it lies.
    clock
        Seconds since the Unix epoch.
    """

    def __init__(self, database: AlertDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        database.create(*_TABLES)

    def put(self, connection: sqlite3.Connection, notification: Notification, most: int = 1_000) -> None:
        """
        Put a notification down, in the transaction that changes what it tells.

        Parameters
        ----------
        connection
            Of a transaction of the database.
        notification
            What is told.
        most
            Notifications that may wait for the channel: beyond them the oldest become dead letters.
        """
        channel = notification.receiver
        connection.execute(
            "INSERT INTO notifications (channel, group_key, body, created_at) VALUES (?, ?, ?, ?)",
            (channel, notification.group_key, notification.to_json(), self._clock()),
        )
        beyond = connection.execute(
            "SELECT id FROM notifications WHERE channel = ? ORDER BY id DESC LIMIT -1 OFFSET ?",
            (channel, most),
        ).fetchall()
        for (number,) in beyond:
            self._bury(connection, number, f"more than {most} notifications were waiting")

    def next(self, channel: str) -> Pending | None:
        """The notification that is due first, the oldest of its group; ``None`` if nothing waits."""
        with self._database.transaction() as connection:
            row = connection.execute(_HEADS, (channel,)).fetchone()
        if row is None:
            return None
        number, body, created_at, attempts, not_before = row
        return Pending(number, Notification.from_json(body), created_at, attempts, not_before)

    def delivered(self, pending: Pending, outcome: str = "delivered", resends: bool = False) -> None:
        """
        Take a notification out, since its destination has taken it.

        Parameters
        ----------
        pending
            The notification.
        outcome
            What it is counted as.
        resends
            Remember which alerts the destination has been told hold, see :meth:`told`.
        """
        channel = pending.notification.receiver
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM notifications WHERE id = ?", (pending.id,))
            _count(connection, channel, outcome)
            if resends:
                _remember(connection, pending.notification)

    def postpone(self, pending: Pending, not_before: float) -> None:
        """Note a failed attempt, and when the next one is due."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE notifications SET attempts = attempts + 1, not_before = ? WHERE id = ?",
                (not_before, pending.id),
            )

    def bury(self, pending: Pending, reason: str) -> None:
        """Give a notification up after one more failed attempt."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE notifications SET attempts = attempts + 1 WHERE id = ?", (pending.id,))
            self._bury(connection, pending.id, reason)

    def bury_strangers(self, channels: Iterable[str]) -> int:
        """Give up what waits for channels that are not among those given; returns how many those are."""
        known = set(channels)
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT id, channel FROM notifications ORDER BY id").fetchall()
            strangers = [number for number, channel in rows if channel not in known]
            for number in strangers:
                self._bury(connection, number, "the configuration has no such channel")
            for (channel,) in connection.execute("SELECT DISTINCT channel FROM told").fetchall():
                if channel not in known:
                    connection.execute("DELETE FROM told WHERE channel = ?", (channel,))
        return len(strangers)

    def told(self, channel: str) -> list[Alert]:
        """Alerts that the destination was told hold, and not that they ceased to."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT body FROM told WHERE channel = ? ORDER BY fingerprint", (channel,)
            ).fetchall()
        return [Alert.from_json(body) for (body,) in rows]

    def dead_letters(self, channel: str | None = None) -> list[DeadLetter]:
        """What was given up, the oldest first, of one channel or of all."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT id, body, created_at, died_at, attempts, reason FROM dead_letters "
                "WHERE ? IS NULL OR channel = ? ORDER BY id",
                (channel, channel),
            ).fetchall()
        return [DeadLetter(number, Notification.from_json(body), *rest) for number, body, *rest in rows]

    def retry(self, letters: Iterable[DeadLetter]) -> int:
        """Let dead letters wait again, behind all that waits now; returns how many were still there."""
        count = 0
        with self._database.transaction() as connection:
            for letter in letters:
                notification = letter.notification
                if connection.execute("DELETE FROM dead_letters WHERE id = ?", (letter.id,)).rowcount:
                    self.put(connection, notification)
                    count += 1
        return count

    def pending(self) -> dict[str, int]:
        """How many notifications wait, by channel."""
        return self._counts("SELECT channel, count(*) FROM notifications GROUP BY channel")

    def buried(self) -> dict[str, int]:
        """How many dead letters there are, by channel."""
        return self._counts("SELECT channel, count(*) FROM dead_letters GROUP BY channel")

    def totals(self) -> dict[tuple[str, str], int]:
        """How many notifications came to which end, by channel and outcome, over all starts."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT channel, outcome, count FROM notification_totals").fetchall()
        return {(channel, outcome): count for channel, outcome, count in rows}

    def _counts(self, question: str) -> dict[str, int]:
        with self._database.transaction() as connection:
            return dict(connection.execute(question).fetchall())

    def _bury(self, connection: sqlite3.Connection, number: int, reason: str) -> None:
        connection.execute(
            "INSERT INTO dead_letters (channel, group_key, body, created_at, died_at, attempts, reason) "
            "SELECT channel, group_key, body, created_at, ?, attempts, ? FROM notifications WHERE id = ?",
            (self._clock(), reason, number),
        )
        channel, body = connection.execute(
            "SELECT channel, body FROM notifications WHERE id = ?", (number,)
        ).fetchone()
        connection.execute("DELETE FROM notifications WHERE id = ?", (number,))
        # What has ceased to hold must not be told again and again because its end could not be.
        _forget(connection, Notification.from_json(body))
        _count(connection, channel, "dead_lettered")
        lost = connection.execute(
            "DELETE FROM dead_letters WHERE channel = ? AND id <= "
            "(SELECT id FROM dead_letters WHERE channel = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (channel, channel, MOST_DEAD_LETTERS),
        ).rowcount
        if lost > 0:
            _count(connection, channel, "dropped", lost)


def _count(connection: sqlite3.Connection, channel: str, outcome: str, count: int = 1) -> None:
    connection.execute(
        "INSERT INTO notification_totals VALUES (?, ?, ?) "
        "ON CONFLICT (channel, outcome) DO UPDATE SET count = count + excluded.count",
        (channel, outcome, count),
    )


def _remember(connection: sqlite3.Connection, notification: Notification) -> None:
    """Note which alerts the destination knows to hold."""
    for alert in notification.alerts:
        if alert.status == "firing":
            connection.execute(
                "INSERT OR REPLACE INTO told VALUES (?, ?, ?)",
                (notification.receiver, alert.fingerprint, alert.to_json()),
            )
    _forget(connection, notification)


def _forget(connection: sqlite3.Connection, notification: Notification) -> None:
    """Tell the destination no longer that alerts hold that have ceased to."""
    for alert in notification.alerts:
        if alert.status == "resolved":
            connection.execute(
                "DELETE FROM told WHERE channel = ? AND fingerprint = ?",
                (notification.receiver, alert.fingerprint),
            )
