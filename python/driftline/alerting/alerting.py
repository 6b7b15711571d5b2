"""The alerting of one process: looks at windows again and again, and keeps what follows."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from driftline.alerting.alert import Alert
from driftline.alerting.database import AlertDatabase
from driftline.alerting.default_rules import rules_of
from driftline.alerting.evaluator import Counters, Evaluator
from driftline.alerting.ledger import Entry, Ledger, Place, Position, Window
from driftline.alerting.machine import Event
from driftline.alerting.outbox import Outbox
from driftline.alerting.recipients import Recipients
from driftline.alerting.register import Register
from driftline.alerting.silences import Silences
from driftline.config.alerting import AlertingConfig
from driftline.config.duration import nanoseconds
from driftline.errors import DriftlineError
from driftline.query import Monitor
from driftline.query.results import WindowInfo
from driftline.query.window_list import WindowList

_RESTLESS_NANOS = 30 * 10**9
"""How long a window that changes all the time is left alone at most."""


_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0

_FAILURES = (DriftlineError, OSError, sqlite3.Error)


class _Waiting(NamedTuple):
    """The revision that a window had when it was looked at last, and since when it has waited."""

    revision: int
    since: int


class Alerting:
    """
    Evaluates the rules of a configuration whenever windows close or change.

    Parameters
    ----------
    config
        The rules.
    monitor
        Answers the questions.
    database
        Keeps what is known.
    outbox
        Takes what channels are to be told.
    clock
        Nanoseconds since 1970.
    """

    def __init__(
        self,
        config: AlertingConfig,
        monitor: Monitor,
        database: AlertDatabase,
        outbox: Outbox | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._config = config
        self._monitor = monitor
        self._clock = clock
        self._windows = WindowList(monitor, clock)
        self._ledger = Ledger(database)
        self.silences = Silences(database, config)
        self._register = Register(config, self._ledger, self.silences, Recipients(config, outbox))
        self._evaluator = Evaluator(rules_of(config), monitor, self._ledger, self._register)
        self._waiting: dict[str, dict[Window, _Waiting]] = {}
        self._stopped = threading.Event()
        self._listing_seconds = 0.0
        self.failures = 0

    @property
    def counters(self) -> Counters:
        """What has been evaluated since the start."""
        return self._evaluator.counters

    @property
    def suppressed(self) -> Counter[str]:
        """How often channels were not told, by ``silence`` and ``maintenance``."""
        return self._register.suppressed

    @property
    def left_out(self) -> int:
        """How often an alert was left out since its rule has too many."""
        return self._register.left_out

    @property
    def entries(self) -> list[Entry]:
        """All alerts that are known."""
        return list(self._ledger.entries.values())

    @property
    def positions(self) -> dict[Place, Position]:
        """How far the rules are evaluated, and why they are not known."""
        return dict(self._ledger.positions)

    @property
    def pause_seconds(self) -> float:
        """How long to wait for the next look: a second, or so long that listing windows takes 5% of a processor."""
        return min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, 20 * self._listing_seconds))

    def stop(self) -> None:
        """Leave what a look has not come to yet to a later start."""
        self._stopped.set()

    def firing(self) -> list[Alert]:
        """All alerts that fire."""
        return [
            self._register.alert(rule, entry, Event("firing", fired, fired))
            for entry in self.entries
            if (fired := entry.fired) is not None
            and (rule := self._evaluator.rules.get(entry.place.rule)) is not None
        ]

    def begin(self) -> None:
        """
        Take what there is before the first look as given: windows that closed before there were rules are not news.

        Those that closed while the process was away are looked at.
        """
        now = self._clock()
        self._evaluator.retire(now)
        if self._ledger.has_begun:
            return
        for model in self._models():
            windows = self._monitor.windows(model=model)
            newest = max((each.end_unix_nanos for each in windows), default=0)
            older = [each for each in windows if each.end_unix_nanos < newest]
            if older:
                self._evaluator.skip_windows(model, older, now)
        self._ledger.begin()

    def look(self) -> int:
        """
        Evaluate what has closed or changed since the last look; returns how many windows did.

        A window that changes is left alone until it rests, for half a minute at most. A model that cannot be looked at
        keeps no other from it.

        Raises
        ------
        DriftlineError, OSError, sqlite3.Error
            If a model cannot be looked at, or what follows cannot be kept; the next look tries again.
        """
        now = self._clock()
        self._listing_seconds = 0.0
        looked_at = 0
        failed: Exception | None = None
        models: list[str] = []
        try:
            models = self._models()
        except _FAILURES as error:
            failed = error
        for model in models:
            try:
                looked_at += self._look_at(model, now)
            except _FAILURES as error:
                failed = failed or error
        try:
            self._evaluator.tick(models, now)
        except _FAILURES as error:
            failed = failed or error
        if failed is not None:
            self.failures += 1
            raise failed
        return looked_at

    def _look_at(self, model: str, now: int) -> int:
        known = self._ledger.windows.get(model, {})
        newest = self._ledger.newest_window(model, None)
        horizon = nanoseconds(self._config.reevaluate_within)
        length = nanoseconds(self._monitor.get_monitor(model).window)
        # Windows that were rolled up are longer; what they say was known before.
        started = time.thread_time()
        listed = self._windows.of(model, None if newest is None else newest.end - horizon)
        self._listing_seconds += time.thread_time() - started
        self._evaluator.observe_windows(model, listed)
        windows = [each for each in listed if each.end_unix_nanos - each.start_unix_nanos == length]
        # However many come at once, each that is newer than all before is evaluated.
        evaluated = 0 if newest is None else newest.end
        oldest = min(evaluated, max((each.end_unix_nanos for each in windows), default=0) - horizon)
        latest = now - nanoseconds(self._config.grace)
        closed = [each for each in windows if oldest <= each.end_unix_nanos <= latest]
        changed = [each for each in closed if known.get(Window.of(each)) != each.revision]
        at_rest = self._at_rest(model, changed, now)
        return self._evaluator.close_windows(model, at_rest, now, self._stopped.is_set)

    def _at_rest(self, model: str, changed: Sequence[WindowInfo], now: int) -> list[WindowInfo]:
        """Those that have not changed since the last look, or have done so for too long."""
        before = self._waiting.get(model, {})
        self._waiting[model] = {}
        found = []
        for each in changed:
            last = before.get(Window.of(each))
            since = now if last is None else last.since
            self._waiting[model][Window.of(each)] = _Waiting(each.revision, since)
            if (last is not None and last.revision == each.revision) or now - since > _RESTLESS_NANOS:
                found.append(each)
        return found

    def _models(self) -> list[str]:
        return [model.name for model in self._monitor.models(outline=True)]

    def now(self) -> datetime:
        """The time by its clock."""
        return datetime.fromtimestamp(self._clock() / 1e9, UTC)
