"""What rules would have said of the past: the same evaluation of the same windows, and nobody is told."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

from driftline.alerting.alert import Alert
from driftline.alerting.database import AlertDatabase
from driftline.alerting.default_rules import rules_of
from driftline.alerting.evaluator import Evaluator
from driftline.alerting.ledger import Ledger
from driftline.alerting.recipients import Recipients
from driftline.alerting.register import Register
from driftline.alerting.silences import Silences
from driftline.config.alerting import AbsenceCondition, AlertingConfig, RuleConfig
from driftline.config.alerting.conditions import EACH, leaves
from driftline.config.duration import nanoseconds
from driftline.query import Monitor
from driftline.query.grid import Grid, figure
from driftline.query.results import WindowInfo
from driftline.query.results.result import Listing

_MOST_TICKS = 20_000

_FIELDS: dict[str, pa.DataType] = {
    "alertname": pa.string(),
    "model": pa.string(),
    "version": pa.string(),
    "what": pa.string(),
    "fired": pa.timestamp("us", "UTC"),
    "resolved": pa.timestamp("us", "UTC"),
    "value": pa.float64(),
    "is_told": pa.bool_(),
    "summary": pa.string(),
}
_HEADERS = ("alert", "of", "fired", "resolved", "value", "told", "summary")


@dataclass(frozen=True)
class Firing:
    """
    One time that an alert would have fired.

    Attributes
    ----------
    alert
        As it would have been told when it fired.
    resolved
        As it would have been told when it ended; ``None``: it would fire still.
    is_told
        Whether channels would have been told: no silence or maintenance was in force.
    """

    alert: Alert
    resolved: Alert | None
    is_told: bool

    @property
    def what(self) -> str:
        """What it is about, besides the model."""
        names = ("feature", "set", "objective", "principal", "segment")
        return ", ".join(self.alert.labels[name] for name in names if name in self.alert.labels)


@dataclass(frozen=True, repr=False)
class ReplayResult(Listing[Firing]):
    """
    When rules would have fired, in order of time.

    Attributes
    ----------
    windows
        How many windows were replayed.
    evaluations
        How often rules were evaluated.
    unknown
        By rule why its last evaluation could not say anything.
    """

    windows: int
    evaluations: int
    unknown: dict[str, str]

    def _key(self, entry: Firing) -> str:
        return entry.alert.rule

    def to_arrow(self) -> pa.Table:
        """One row a firing."""
        rows = [_row(each) for each in self.entries]
        return pa.Table.from_pylist(rows, schema=pa.schema(_FIELDS.items()))

    def grid(self) -> Grid:
        """One row a firing; what could not be answered is below."""
        title = f"{len(self)} alerts in {self.windows:,} windows, {self.evaluations:,} evaluations; nobody was told"
        notes = tuple(f"{rule} is not known: {reason}" for rule, reason in self.unknown.items())
        return Grid(title, _HEADERS, tuple(map(_cells, self.entries)), text_columns=2, notes=notes)


def replay(
    config: AlertingConfig,
    monitor: Monitor,
    since: timedelta | None = None,
    model: str | None = None,
    on_progress: Callable[[str, int, int], None] = lambda _model, _done, _all: None,
) -> ReplayResult:
    """
    Evaluate rules on the past, as they would have been at the end of each window.

    Windows are as they are now: labels and records that came late are in them. Silences and maintenance of the
    configuration count.

    Parameters
    ----------
    config
        The rules.
    monitor
        Has the past.
    since
        How far back from the newest window of each model; ``None``: everything.
    model
        The one model to look at; ``None``: all.
    on_progress
        Told how far it is: the model, how many of its windows were evaluated, and how many it has.

    Raises
    ------
    UnavailableError
        If the monitor cannot be asked.
    """
    names = [each.name for each in monitor.models()] if model is None else [model]
    with ExitStack() as opened:
        replayed = [_Model(config, monitor, name, opened.enter_context(AlertDatabase())) for name in names]
        windows = sum(each.replay(since, on_progress) for each in replayed)
        unknown = {rule: reason for each in replayed for rule, reason in each.unknown.items()}
    firings = [firing for each in replayed for firing in _pairs(each.events)]
    evaluations = sum(each.evaluator.counters.evaluations.total() for each in replayed)
    in_order = sorted(firings, key=lambda each: each.alert.starts_at)
    return ReplayResult(tuple(in_order), windows, evaluations, unknown)


class _Model:
    """The alerting of one model."""

    def __init__(self, config: AlertingConfig, monitor: Monitor, model: str, database: AlertDatabase) -> None:
        self._grace = nanoseconds(config.grace)
        self._monitor = monitor
        self._model = model
        self._ledger = Ledger(database)
        self.events: list[tuple[Alert, bool]] = []
        register = Register(
            config,
            self._ledger,
            Silences(database, config),
            Recipients(config, None),
            lambda alert, is_told: self.events.append((alert, is_told)),
        )
        self.evaluator = Evaluator(rules_of(config), monitor, self._ledger, register)

    @property
    def unknown(self) -> dict[str, str]:
        """By rule why it could not say anything last."""
        return {place.rule: each.reason for place, each in self._ledger.positions.items() if each.reason}

    def replay(self, since: timedelta | None, on_progress: Callable[[str, int, int], None]) -> int:
        """Evaluate the past; returns the number of windows."""
        windows = list(self._monitor.windows(model=self._model))
        if since is not None and windows:
            first = max(each.end_unix_nanos for each in windows) - nanoseconds(since)
            windows = [each for each in windows if each.start_unix_nanos >= first]
        by_end: dict[int, list[WindowInfo]] = {}
        for each in windows:
            by_end.setdefault(each.end_unix_nanos, []).append(each)
        ticks = _ticks(self.evaluator.rules.values(), self._model, windows)
        waiting = sorted(windows, key=lambda each: each.start_unix_nanos)
        starts = [each.start_unix_nanos for each in waiting]
        position = done = 0
        for now in sorted({*by_end, *ticks}):
            begun = bisect_left(starts, now)
            self.evaluator.observe_windows(self._model, waiting[position:begun])
            position = begun
            if now in by_end:
                self.evaluator.close_windows(self._model, by_end[now], now + self._grace)
                done += len(by_end[now])
                on_progress(self._model, done, len(windows))
            self.evaluator.tick([self._model], now)
        return len(windows)


def _ticks(rules: Iterable[RuleConfig], model: str, windows: list[WindowInfo]) -> range:
    """When the clock would have been looked at."""
    lengths = [
        nanoseconds(leaf.longer_than)
        for rule in rules
        if rule.model in (EACH, model)
        for leaf in leaves(rule.when)
        if isinstance(leaf, AbsenceCondition)
    ]
    if not lengths or not windows:
        return range(0)
    first, last = min(each.start_unix_nanos for each in windows), max(each.end_unix_nanos for each in windows)
    step = max(min(lengths) // 4, (last - first) // _MOST_TICKS, 10**9)
    return range(first, last, step)


def _pairs(events: list[tuple[Alert, bool]]) -> Iterator[Firing]:
    """Each firing with its end."""
    resolved: dict[tuple[str, object], Alert] = {
        (alert.fingerprint, alert.starts_at): alert for alert, _ in events if alert.status == "resolved"
    }
    for alert, is_told in events:
        if alert.status == "firing":
            yield Firing(alert, resolved.get((alert.fingerprint, alert.starts_at)), is_told)


def _row(entry: Firing) -> dict[str, object]:
    labels = entry.alert.labels
    return {
        "alertname": entry.alert.rule,
        "model": labels["model"],
        "version": labels["version"],
        "what": entry.what,
        "fired": entry.alert.starts_at,
        "resolved": None if entry.resolved is None else entry.resolved.ends_at,
        "value": entry.alert.value,
        "is_told": entry.is_told,
        "summary": entry.alert.annotations.get("summary"),
    }


def _cells(entry: Firing) -> tuple[str, ...]:
    labels = entry.alert.labels
    of = " ".join(each for each in (labels["model"], labels["version"], entry.what) if each)
    ended = None if entry.resolved is None else entry.resolved.ends_at
    return (
        entry.alert.rule,
        of,
        entry.alert.starts_at.isoformat(timespec="seconds"),
        "still" if ended is None else ended.isoformat(timespec="seconds"),
        figure(entry.alert.value),
        "yes" if entry.is_told else "no",
        entry.alert.annotations.get("summary", ""),
    )
