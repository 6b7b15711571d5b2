"""What is known of every alert, over restarts.

Layout of the tables, in the database of :class:`AlertDatabase`; times are nanoseconds since the Unix epoch:

- ``alert_states``: by rule and fingerprint the alerts whose condition has held, with what their state follows from:
  ``runs`` (``[[first, last, level], ...]``) and ``told`` (``[[fired, ended], ...]``).
- ``rule_positions``: by rule, model, version and segment how far it is evaluated, and why it is not known.
- ``closed_windows``: windows that were evaluated, and their revisions.
- ``alerting_begun``: a row, once rules were evaluated here.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from driftline.alerting.alert import Json, fingerprint
from driftline.alerting.database import AlertDatabase
from driftline.alerting.machine import Episode, Level, Run, Runs, State
from driftline.query.results import WindowInfo

_TABLES = (
    """CREATE TABLE IF NOT EXISTS alert_states (
        rule TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        about TEXT NOT NULL,
        runs TEXT NOT NULL,
        told TEXT NOT NULL,
        state TEXT NOT NULL,
        pending_since INTEGER,
        is_notified INTEGER NOT NULL,
        looked_at INTEGER NOT NULL,
        seen TEXT NOT NULL,
        PRIMARY KEY (rule, fingerprint)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS rule_positions (
        rule TEXT NOT NULL,
        model TEXT NOT NULL,
        version TEXT NOT NULL,
        segment TEXT NOT NULL,
        newest INTEGER,
        looked_at INTEGER NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (rule, model, version, segment)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS closed_windows (
        model TEXT NOT NULL,
        version TEXT NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (model, version, start, end)
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS alerting_begun (only INTEGER PRIMARY KEY CHECK (only = 1)) STRICT",
)


class Place(NamedTuple):
    """Where a rule is evaluated: a model, a version (``*``: all) and a segment as text (empty: all records)."""

    rule: str
    model: str
    version: str
    segment: str


class Window(NamedTuple):
    """A window of a version, by its ends."""

    version: str
    start: int
    end: int

    @classmethod
    def of(cls, listed: WindowInfo) -> "Window":
        """Which one it is that the query service lists."""
        return cls(listed.version, listed.start_unix_nanos, listed.end_unix_nanos)


@dataclass(frozen=True)
class Entry:
    """
    One alert.

    Attributes
    ----------
    place
        Where it is evaluated.
    labels
        Its labels.
    runs, told
        What its condition said, and the episodes that were made known.
    state
        Where it stands.
    pending_since
        Since when its condition holds, where it does not fire yet.
    is_notified
        Whether channels were told that it fires.
    looked_at
        When something was last known of it, by the clock.
    seen
        What its rule saw when its condition held last.
    """

    place: Place
    labels: Mapping[str, str]
    runs: Runs = ()
    told: tuple[Episode, ...] = ()
    state: State = "inactive"
    pending_since: int | None = None
    is_notified: bool = False
    looked_at: int = 0
    seen: Mapping[str, Json] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Rule and fingerprint."""
        return self.place.rule, fingerprint(self.labels)

    @property
    def fired(self) -> int | None:
        """Since when it fires; ``None``: it does not."""
        return self.told[-1].fired if self.told and self.told[-1].ended is None else None


@dataclass(frozen=True)
class Position:
    """
    How far a rule is evaluated somewhere.

    Attributes
    ----------
    newest
        End of the newest window of which something was known; ``None``: of none yet.
    looked_at
        When it was evaluated last, by the clock.
    reason
        Why the last evaluation could not say anything; empty: it could.
    """

    newest: int | None
    looked_at: int
    reason: str


class Ledger:
    """
    The tables, and what is in them, in memory.

    Parameters
    ----------
    database
        Where they are.
    """

    def __init__(self, database: AlertDatabase) -> None:
        self.database = database
        database.create(*_TABLES)
        with database.transaction() as connection:
            self.entries = {entry.key: entry for entry in _read_entries(connection)}
            self.positions = dict(_read_positions(connection))
            self.windows = _read_windows(connection)
            self.has_begun = connection.execute("SELECT 1 FROM alerting_begun").fetchone() is not None
        self._oldest: dict[str, int] = {}
        self._kept: dict[str, int] = {}
        self._newest: dict[tuple[str, str | None], Window] = {}
        for model, windows in self.windows.items():
            self._note_newest(model, windows)

    def begin(self) -> None:
        """Remember that rules are evaluated here from now on."""
        with self.database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO alerting_begun VALUES (1)")
        self.has_begun = True

    def put_entry(self, connection: sqlite3.Connection, entry: Entry) -> None:
        """Keep what is known of an alert, in a transaction; nothing is kept of one of which nothing is left to know."""
        connection.execute(
            "INSERT OR REPLACE INTO alert_states VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *entry.key,
                json.dumps({"place": list(entry.place), "labels": dict(entry.labels)}),
                json.dumps([list(run) for run in entry.runs]),
                json.dumps([list(each) for each in entry.told]),
                entry.state,
                entry.pending_since,
                entry.is_notified,
                entry.looked_at,
                json.dumps(dict(entry.seen)),
            ),
        )

    def drop_entry(self, connection: sqlite3.Connection, key: tuple[str, str]) -> None:
        """Forget an alert, in a transaction."""
        connection.execute("DELETE FROM alert_states WHERE rule = ? AND fingerprint = ?", key)

    def put_position(self, connection: sqlite3.Connection, place: Place, position: Position) -> None:
        """Keep how far a rule is evaluated, in a transaction."""
        connection.execute(
            "INSERT OR REPLACE INTO rule_positions VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*place, position.newest, position.looked_at, position.reason),
        )

    def drop_position(self, connection: sqlite3.Connection, place: Place) -> None:
        """Forget how far a rule is evaluated, in a transaction."""
        connection.execute(
            "DELETE FROM rule_positions WHERE rule = ? AND model = ? AND version = ? AND segment = ?", place
        )

    def put_windows(
        self, connection: sqlite3.Connection, model: str, windows: Mapping[Window, int], horizon: int
    ) -> None:
        """
        Keep which windows of a model were evaluated, in a transaction, and forget old ones now and then.

        Parameters
        ----------
        connection
            Of the transaction.
        model
            Their model.
        windows
            Their revisions.
        horizon
            Age from which windows are old, from the newest one.
        """
        connection.executemany(
            "INSERT OR REPLACE INTO closed_windows VALUES (?, ?, ?, ?, ?)",
            [(model, *window, revision) for window, revision in windows.items()],
        )
        oldest = max(window.end for window in windows) - horizon
        if oldest > self._oldest.get(model, -(2**63)) + horizon // 16:
            connection.execute("DELETE FROM closed_windows WHERE model = ? AND end < ?", (model, oldest))
            self._oldest[model] = oldest

    def keep_windows(self, model: str, windows: Mapping[Window, int]) -> None:
        """Know windows that were put."""
        known = self.windows.setdefault(model, {})
        known.update(windows)
        oldest = self._oldest.get(model, -(2**63))
        if len(known) > 2 * self._kept.get(model, 1_000):
            for window in [each for each in known if each.end < oldest]:
                del known[window]
            self._kept[model] = max(1_000, len(known))
        self._note_newest(model, windows)

    def newest_window(self, model: str, version: str | None) -> Window | None:
        """The newest window of a version that was evaluated; ``None``: of any version."""
        return self._newest.get((model, version))

    def _note_newest(self, model: str, windows: Iterable[Window]) -> None:
        for window in windows:
            for version in (window.version, None):
                newest = self._newest.get((model, version))
                if newest is None or newest.end < window.end:
                    self._newest[model, version] = window


def _read_entries(connection: sqlite3.Connection) -> Iterable[Entry]:
    rows = connection.execute(
        "SELECT about, runs, told, state, pending_since, is_notified, looked_at, seen FROM alert_states"
    )
    for about, runs, told, state, pending_since, is_notified, looked_at, seen in rows:
        known = json.loads(about)
        yield Entry(
            place=Place(*known["place"]),
            labels=known["labels"],
            runs=tuple(Run(first, last, Level(level)) for first, last, level in json.loads(runs)),
            told=tuple(Episode(fired, ended) for fired, ended in json.loads(told)),
            state=state,
            pending_since=pending_since,
            is_notified=bool(is_notified),
            looked_at=looked_at,
            seen=json.loads(seen),
        )


def _read_positions(connection: sqlite3.Connection) -> Iterable[tuple[Place, Position]]:
    rows = connection.execute("SELECT * FROM rule_positions")
    for rule, model, version, segment, newest, looked_at, reason in rows:
        yield Place(rule, model, version, segment), Position(newest, looked_at, reason)


def _read_windows(connection: sqlite3.Connection) -> dict[str, dict[Window, int]]:
    windows: dict[str, dict[Window, int]] = {}
    for model, version, start, end, revision in connection.execute("SELECT * FROM closed_windows"):
        windows.setdefault(model, {})[Window(version, start, end)] = revision
    return windows
