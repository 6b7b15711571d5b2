"""Silences that were made while a collector runs, beside those of its configuration.

Layout of the table, in the database of :class:`AlertDatabase`: ``silences``, one row a silence; ``body`` is that of
:class:`SilenceConfig` as JSON.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from driftline.alerting.database import AlertDatabase
from driftline.config.alerting import AlertingConfig, SilenceConfig
from driftline.errors import LimitExceededError, NotFoundError

MOST_SILENCES = 10_000

_TABLE = """CREATE TABLE IF NOT EXISTS silences (
    id TEXT PRIMARY KEY,
    end_unix_seconds REAL NOT NULL,
    body TEXT NOT NULL
) STRICT"""


@dataclass(frozen=True)
class Silence:
    """
    A silence that can be ended.

    Attributes
    ----------
    id
        Its name.
    rule
        What it silences, from and until when, and why.
    """

    id: str
    rule: SilenceConfig


class Silences:
    """
    When nobody is told of an alert.

    Parameters
    ----------
    database
        Keeps the silences that are made at run time.
    config
        Has silences and maintenance of its own.
    """

    def __init__(self, database: AlertDatabase, config: AlertingConfig | None = None) -> None:
        self._database = database
        self._config = config or AlertingConfig()
        database.create(_TABLE)

    def add(self, silence: SilenceConfig) -> Silence:
        """
        Silence some alerts from now on.

        Raises
        ------
        LimitExceededError
            If there are 10,000 already.
        """
        made = Silence(secrets.token_hex(8), silence)
        with self._database.transaction() as connection:
            (count,) = connection.execute("SELECT count(*) FROM silences").fetchone()
            if count >= MOST_SILENCES:
                raise LimitExceededError(f"there may be {MOST_SILENCES:,} silences, end one first")
            connection.execute(
                "INSERT INTO silences VALUES (?, ?, ?)",
                (made.id, silence.end.timestamp(), silence.model_dump_json()),
            )
        return made

    def end(self, name: str) -> None:
        """
        End a silence.

        Raises
        ------
        NotFoundError
            If there is none of that name; those of the configuration have none.
        """
        with self._database.transaction() as connection:
            found = connection.execute("DELETE FROM silences WHERE id = ?", (name,)).rowcount
        if not found:
            raise NotFoundError(f"no silence {name!r}")

    def all(self, now: datetime) -> list[Silence]:
        """Those that were made at run time and have not ended, the next to end first. Those that have are forgotten."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM silences WHERE end_unix_seconds <= ?", (now.timestamp(),))
            rows = connection.execute(
                "SELECT id, body FROM silences ORDER BY end_unix_seconds, id"
            ).fetchall()
        return [Silence(name, SilenceConfig.model_validate_json(body)) for name, body in rows]

    def in_force(self, now: datetime) -> "InForce":
        """What silences alerts at a time."""
        rules = [*self._config.silences, *(each.rule for each in self.all(now))]
        return InForce(tuple(rules), self._config, now)


@dataclass(frozen=True)
class InForce:
    """What silences alerts at one moment."""

    rules: tuple[SilenceConfig, ...]
    config: AlertingConfig
    now: datetime

    def why(self, labels: dict[str, str]) -> str:
        """``silence`` or ``maintenance`` if nobody is told of an alert with these labels; else empty."""
        if any(rule.silences(labels, self.now) for rule in self.rules):
            return "silence"
        if any(window.silences(labels, self.now) for window in self.config.maintenance):
            return "maintenance"
        return ""
