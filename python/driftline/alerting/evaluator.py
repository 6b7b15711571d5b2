"""Rules, window by window and by the clock: what they say of which records."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple, TypeAlias

from driftline.alerting.condition import Silent, judge
from driftline.alerting.ledger import Ledger, Place, Position, Window
from driftline.alerting.register import Finding, Register, Step
from driftline.alerting.scope import MERGED, Scope
from driftline.alerting.verdict import Verdicts, unknown
from driftline.alerting.wording import labels_of, segment_text
from driftline.config.alerting import (
    AbsenceCondition,
    EvidenceCondition,
    MetricCondition,
    ObjectiveCondition,
    RuleConfig,
)
from driftline.config.alerting.conditions import EACH, Leaf, leaves
from driftline.config.duration import nanoseconds
from driftline.errors import UnavailableError
from driftline.logs import get_logger
from driftline.query import Monitor
from driftline.query.results import WindowInfo

logger = get_logger("driftline.alerting")

_MOST_WINDOWS = 64
"""Ranges of windows that are evaluated in one transaction."""

_MOST_SECONDS = 1.0

_MOST_REASON = 1_000

_EVER = 2**62

_LONGEST_STEP = 30 * 10**9


class _Newest(NamedTuple):
    """Ends of the newest windows with records and with labels; ``None``: there never was one."""

    records: int | None
    labels: int | None


@dataclass
class Counters:
    """What has been done since the start, by rule."""

    evaluations: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    defects: int = 0


#: Windows of several versions between the same ends.
_Group: TypeAlias = tuple[tuple[int, int], list[WindowInfo]]


class Evaluator:
    """
    Evaluates rules.

    Parameters
    ----------
    rules
        Which ones.
    monitor
        Is asked.
    ledger
        What is known.
    register
        Learns what they say.
    """

    def __init__(
        self, rules: Sequence[RuleConfig], monitor: Monitor, ledger: Ledger, register: Register
    ) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self.counters = Counters()
        self._monitor = monitor
        self._ledger = ledger
        self._register = register
        self._newest: dict[tuple[str, str], _Newest] = {}
        self._looked_by_clock: dict[str, int] = {}

    def observe_windows(self, model: str, windows: Iterable[WindowInfo]) -> None:
        """Take note of when records and labels came last, by windows that need not have closed."""
        for each in windows:
            for version in (each.version, MERGED):
                known = self._newest.get((model, version), _Newest(None, None))
                records = (
                    max(each.end_unix_nanos, known.records or each.end_unix_nanos)
                    if each.records
                    else known.records
                )
                labels = (
                    max(each.end_unix_nanos, known.labels or each.end_unix_nanos)
                    if each.labels
                    else known.labels
                )
                self._newest[model, version] = _Newest(records, labels)

    def close_windows(
        self,
        model: str,
        windows: Sequence[WindowInfo],
        now: int,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> int:
        """
        Evaluate windows that have closed, or have changed since, the earliest first.

        What follows from some of them is kept, and told, before the rest is looked at: after 64 or a second.

        Parameters
        ----------
        model
            Their model.
        windows
            Of all versions.
        now
            The time, in nanoseconds since 1970.
        is_stopped
            Whether to leave the rest for another time.

        Returns
        -------
        int
            How many windows were evaluated.

        Raises
        ------
        UnavailableError
            If the monitor cannot be asked; the windows are to be closed again then.
        """
        groups: dict[tuple[int, int], list[WindowInfo]] = {}
        for each in windows:
            groups.setdefault((each.end_unix_nanos, each.start_unix_nanos), []).append(each)
        waiting = deque(sorted(groups.items()))
        count = 0
        while waiting and not is_stopped():
            step = self._register.begin(now)
            started = time.monotonic()
            closed: list[_Group] = []
            while waiting and not self._is_enough(closed, started) and not is_stopped():
                (end, start), group = waiting.popleft()
                step.windows += [Window.of(each) for each in group]
                self._close(step, model, group, start, end)
                closed.append(((end, start), group))
            self._follow(step, model, closed)
            revisions = {Window.of(each): each.revision for _, group in closed for each in group}
            self._register.commit(step, model, revisions)
            count += len(revisions)
        return count

    @staticmethod
    def _is_enough(closed: Sequence[_Group], started: float) -> bool:
        return len(closed) >= _MOST_WINDOWS or (bool(closed) and time.monotonic() - started > _MOST_SECONDS)

    def skip_windows(self, model: str, windows: Sequence[WindowInfo], now: int) -> None:
        """Take windows for evaluated that are older than the rules."""
        step = self._register.begin(now)
        self._register.commit(step, model, {Window.of(each): each.revision for each in windows})

    def tick(self, models: Iterable[str], now: int) -> None:
        """Do what the clock asks for: rules about what does not come, alerts that expire, silences that end."""
        step = self._register.begin(now)
        known = list(models)
        for rule in self.rules.values():
            if rule.is_by_clock and self._is_due(rule, now):
                for model in known if rule.model == EACH else [rule.model]:
                    for version in self._versions_by_clock(rule, model):
                        self._close_by_clock(step, rule, model, version)
        self._register.look_after(step, self.rules)
        self._register.commit(step, gone=self._register.forsaken(step))

    def retire(self, now: int) -> None:
        """End the alerts of rules that there are no longer."""
        step = self._register.begin(now)
        gone = self._register.retire(step, self.rules)
        self._register.commit(step, gone=gone)

    def _close(self, step: Step, model: str, group: Sequence[WindowInfo], start: int, end: int) -> None:
        answers: dict[object, object] = {}
        for rule in self._rules_of(model):
            for version in self._versions(rule, (each.version for each in group)):
                self._evaluate(step, rule, model, version, start, end, answers)

    def _follow(self, step: Step, model: str, closed: Sequence[_Group]) -> None:
        """Look again at the newest windows where a rule looks back on older ones that have changed."""
        answers: dict[object, object] = {}
        ends = {key for key, _ in closed}
        for rule in self._rules_of(model):
            versions = self._versions(rule, (each.version for _, group in closed for each in group))
            for version in dict.fromkeys(versions):
                newest = self._ledger.newest_window(model, None if version == MERGED else version)
                if newest is None or (newest.end, newest.start) in ends:
                    continue
                oldest_seen = newest.end - _looks_back(rule, newest)
                if any(oldest_seen <= start and end < newest.end for end, start in ends):
                    self._evaluate(step, rule, model, version, newest.start, newest.end, answers)

    def _is_due(self, rule: RuleConfig, now: int) -> bool:
        """Whether to look at a rule by the clock: in steps of a twentieth of what it waits for, 30 seconds at most."""
        lengths = [leaf.longer_than for leaf in leaves(rule.when) if isinstance(leaf, AbsenceCondition)]
        step = min(nanoseconds(min(lengths)) // 20, _LONGEST_STEP)
        is_due = now - self._looked_by_clock.get(rule.name, -_EVER) >= step
        if is_due:
            self._looked_by_clock[rule.name] = now
        return is_due

    def _close_by_clock(self, step: Step, rule: RuleConfig, model: str, version: str) -> None:
        newest = self._ledger.newest_window(model, None if version == MERGED else version)
        newest = newest or Window(version, step.now - 1, step.now)
        begin = newest.start if rule.range is None else newest.end - nanoseconds(rule.range)
        for segment in self._segments(rule, model, version):
            scope = Scope(self._monitor, model, version, segment, begin, newest.end)
            self._apply(step, rule, scope, step.now - 1, step.now)

    def _evaluate(
        self,
        step: Step,
        rule: RuleConfig,
        model: str,
        version: str,
        start: int,
        end: int,
        answers: dict[object, object],
    ) -> None:
        if rule.every is not None and end % nanoseconds(rule.every):
            return
        begin = start if rule.range is None else end - nanoseconds(rule.range)
        for segment in self._segments(rule, model, version):
            scope = Scope(self._monitor, model, version, segment, begin, end, answers)
            self._apply(step, rule, scope, start, end)

    def _apply(self, step: Step, rule: RuleConfig, scope: Scope, start: int, end: int) -> None:
        """Evaluate a rule at one place and learn what it says."""
        started = time.perf_counter()
        place = Place(rule.name, scope.model, scope.version, segment_text(scope.segment))
        verdicts = self._judge(rule, scope, step.now)
        before = step.positions.get(place) or self._ledger.positions.get(place)
        newest = before.newest if before is not None else None
        reasons = []
        is_known = verdicts.others is not None
        for finding in self._findings(step, rule, scope, place, verdicts, start, end):
            if finding.verdict.is_known:
                is_known = True
                self._register.learn(step, place, finding, newest)
            else:
                reasons.append(finding.verdict.reason)
        if is_known:
            newest = end if newest is None else max(newest, end)
        reason = "; ".join(dict.fromkeys(reasons))[:_MOST_REASON]
        step.positions[place] = Position(newest, step.now, reason)
        self.counters.evaluations[rule.name] += 1
        self.counters.unknown[rule.name] += bool(reasons)
        self.counters.seconds += time.perf_counter() - started

    def _judge(self, rule: RuleConfig, scope: Scope, now: int) -> Verdicts:
        try:
            return judge(rule.when, scope, self._silent(scope, now), lambda: _unready(rule, scope))
        except UnavailableError:
            raise
        except Exception as error:
            # A defect in one rule's way is no reason to leave the others alone.
            logger.error("a rule cannot be evaluated", rule=rule.name, model=scope.model, exc_info=error)
            self.counters.defects += 1
            return Verdicts({(): unknown(f"a defect of driftline: {type(error).__name__}")})

    def _findings(
        self,
        step: Step,
        rule: RuleConfig,
        scope: Scope,
        place: Place,
        verdicts: Verdicts,
        start: int,
        end: int,
    ) -> Iterator[Finding]:
        """What was said, by alert; of what was not named too, where an alert is known."""
        named = []
        for subject, verdict in verdicts.by_subject.items():
            labels = labels_of(rule, scope, subject)
            named.append(labels)
            yield Finding(rule, scope, labels, verdict, start, end)
        if verdicts.others is not None:
            for entry in self._register.entries_at(step, place):
                if entry.labels not in named:
                    yield Finding(rule, scope, entry.labels, verdicts.others, start, end)

    def _rules_of(self, model: str) -> list[RuleConfig]:
        """The rules that are about windows of a model."""
        return [rule for rule in self.rules.values() if not rule.is_by_clock and rule.model in (EACH, model)]

    def _versions(self, rule: RuleConfig, seen: Iterable[str]) -> list[str]:
        """Those of some versions that a rule is about."""
        found = dict.fromkeys(seen)
        if rule.versions == "merged":
            return [MERGED] if found else []
        return [each for each in found if rule.versions == "each" or each in rule.versions]

    def _versions_by_clock(self, rule: RuleConfig, model: str) -> list[str]:
        """Of a model that a rule names and that has sent nothing yet it is said that nothing is known."""
        chosen = self._versions(rule, self._seen_versions(model))
        is_awaited = rule.model == model and rule.versions == "merged"
        return chosen or ([MERGED] if is_awaited else [])

    def _seen_versions(self, model: str) -> list[str]:
        return [version for known, version in self._newest if known == model and version != MERGED]

    def _segments(self, rule: RuleConfig, model: str, version: str) -> list[Mapping[str, str]]:
        """The segments that a rule is about: ``*`` stands for every value that there is."""
        if EACH not in rule.segment.values():
            return [rule.segment]
        known = [
            segment
            for each in self._monitor.models()[model].versions
            if version in (MERGED, each.version)
            for segment in each.segments
        ]
        chosen = {
            segment_text(segment): segment
            for segment in known
            if segment.keys() == rule.segment.keys()
            and all(rule.segment[column] in (EACH, value) for column, value in segment.items())
        }
        return list(chosen.values())

    def _silent(self, scope: Scope, now: int) -> Silent:
        newest = self._newest.get((scope.model, scope.version), _Newest(None, None))
        ages = (None if end is None else max(0, now - end) for end in (newest.records, newest.labels))
        return Silent(*ages)


def _looks_back(rule: RuleConfig, window: Window) -> int:
    """How far before the end of a window a rule looks, in nanoseconds."""
    own = window.end - window.start if rule.range is None else nanoseconds(rule.range)
    return own + max(map(_looks_further_back, leaves(rule.when)), default=0)


def _looks_further_back(leaf: Leaf) -> int:
    """Evidence, objectives, series and canaries look back to the beginning."""
    match leaf:
        case MetricCondition(relative_to=timedelta() as earlier):
            return nanoseconds(earlier)
        case (
            MetricCondition(family="series" | "objectives" | "canary")
            | EvidenceCondition()
            | ObjectiveCondition()
        ):
            return _EVER
    return 0


def _unready(rule: RuleConfig, scope: Scope) -> str:
    """Why a rule is not to look at figures of these records yet; empty: it may."""
    if scope.records < rule.min_records:
        return f"{scope.records:,} records, {rule.min_records:,} are needed"
    if not rule.min_labels and not rule.min_coverage:
        return ""
    entry = next(iter(scope.performance()), None)
    if entry is None:
        return "there are no predictions"
    if entry.labels < rule.min_labels:
        return f"{entry.labels:,} labels, {rule.min_labels:,} are needed"
    coverage = 0.0 if entry.coverage is None else entry.coverage.value
    if coverage < rule.min_coverage:
        return f"labels of {coverage:.1%} of the predictions, {rule.min_coverage:.1%} are needed"
    return ""
