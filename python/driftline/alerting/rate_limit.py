"""How often something was started, remembered over restarts."""

from typing import Literal

from driftline.alerting.database import AlertDatabase

_TABLES = (
    """CREATE TABLE IF NOT EXISTS retrain_starts (
        channel TEXT NOT NULL,
        model TEXT NOT NULL,
        notification TEXT NOT NULL,
        started_at REAL NOT NULL,
        is_done INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (channel, model, notification)
    ) STRICT""",
)


class RateLimit:
    """
    Lets a channel start something for a model so many times in a period.

    Parameters
    ----------
    database
        Where starts are remembered.
    channel
        Name of the channel.
    count, period_seconds
        Most starts of one model in any period of that many seconds.
    """

    def __init__(self, database: AlertDatabase, channel: str, count: int, period_seconds: float) -> None:
        self._database = database
        self._channel = channel
        self._count = count
        self._period_seconds = period_seconds
        database.create(*_TABLES)

    def take(self, model: str, notification: str, now: float) -> Literal["go", "done", "over"]:
        """
        Note a start, if there may be one.

        Parameters
        ----------
        model
            Of which model.
        notification
            Id of the notification; one that comes again takes no second place.
        now
            Seconds since the Unix epoch.

        Returns
        -------
        str
            ``go``: it may start; ``done``: it was started already, and that is known; ``over``: it was too often.
        """
        mine = (self._channel, model)
        with self._database.transaction() as connection:
            # What lies in the future was noted before the clock was set back: it must not last longer than a period.
            connection.execute(
                "DELETE FROM retrain_starts WHERE channel = ? AND NOT started_at BETWEEN ? AND ?",
                (self._channel, now - self._period_seconds, now + self._period_seconds),
            )
            if connection.execute(
                "SELECT 1 FROM retrain_starts WHERE channel = ? AND model = ? AND notification = ? AND is_done",
                (*mine, notification),
            ).fetchone():
                return "done"
            taken = connection.execute(
                "SELECT count(*) FROM retrain_starts WHERE channel = ? AND model = ? AND notification <> ?",
                (*mine, notification),
            ).fetchone()[0]
            if taken >= self._count:
                return "over"
            connection.execute(
                "INSERT OR REPLACE INTO retrain_starts VALUES (?, ?, ?, ?, 0)", (*mine, notification, now)
            )
        return "go"

    def done(self, model: str, notification: str) -> None:
        """Note that a start has come about."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE retrain_starts SET is_done = 1 WHERE channel = ? AND model = ? AND notification = ?",
                (self._channel, model, notification),
            )

    def give_back(self, model: str, notification: str) -> None:
        """Forget a start that failed."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM retrain_starts WHERE channel = ? AND model = ? AND notification = ?",
                (self._channel, model, notification),
            )
