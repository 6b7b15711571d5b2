"""What becomes of alerts: their histories, the episodes that follow, and who is to be told."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from driftline.alerting.alert import Alert, Json, fingerprint
from driftline.alerting.ledger import Entry, Ledger, Place, Position, Window
from driftline.alerting.machine import Event, Level, Run, Timing, forget, observe, reconcile, stand
from driftline.alerting.recipients import Recipients
from driftline.alerting.scope import MERGED, Scope
from driftline.alerting.silences import InForce, Silences
from driftline.alerting.verdict import Verdict
from driftline.alerting.wording import annotations_of, link_of, seen_of
from driftline.config.alerting import AlertingConfig, RuleConfig
from driftline.config.alerting.rule import RESERVED
from driftline.config.duration import nanoseconds
from driftline.query.instants import from_nanos

_DAY = 86_400 * 10**9

#: Told of every alert that fires or ends, and whether channels are told, too.
Listener = Callable[[Alert, bool], None]


@dataclass
class Step:
    """
    What one evaluation changes: all of it is kept, or nothing.

    Attributes
    ----------
    now
        The time, in nanoseconds since 1970.
    in_force
        What silences alerts.
    windows
        Windows that are evaluated in it, of one model.
    entries, positions
        What is known after it.
    alerts
        What channels are told.
    events
        What is made known to the listener.
    """

    now: int
    in_force: InForce
    windows: list[Window] = field(default_factory=list)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    positions: dict[Place, Position] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    events: list[tuple[Alert, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Finding:
    """What a rule says of one alert at the end of a window."""

    rule: RuleConfig
    scope: Scope
    labels: Mapping[str, str]
    verdict: Verdict
    start: int
    end: int

    @property
    def level(self) -> Level:
        """The verdict as the history holds it."""
        if self.verdict.fires:
            return Level.FIRES
        return Level.KEEPS if self.verdict.keeps else Level.OFF


class Register:
    """
    Keeps what is known of all alerts.

    Parameters
    ----------
    config
        How many there may be, and how old windows may change them.
    ledger
        Where it is kept.
    silences
        When nobody is told.
    recipients
        Who is told.
    listener
        Told of everything.
    """

    def __init__(
        self,
        config: AlertingConfig,
        ledger: Ledger,
        silences: Silences,
        recipients: Recipients,
        listener: Listener = lambda _alert, _is_told: None,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._silences = silences
        self._recipients = recipients
        self._listener = listener
        self._horizon = nanoseconds(config.reevaluate_within)
        self.suppressed: Counter[str] = Counter()
        self.left_out = 0

    def begin(self, now: int) -> Step:
        """Begin a change."""
        return Step(now, self._silences.in_force(from_nanos(now)))

    def entries_at(self, step: Step, place: Place) -> list[Entry]:
        """The alerts that are known of a place."""
        return [entry for entry in {**self._ledger.entries, **step.entries}.values() if entry.place == place]

    def learn(self, step: Step, place: Place, finding: Finding, newest: int | None) -> None:
        """
        Take in what a rule says of an alert.

        Parameters
        ----------
        step
            The change that it is part of.
        place
            Where the rule was evaluated.
        finding
            What it says; it must be known.
        newest
            End of the newest window that the rule has said something of there before.
        """
        key = (place.rule, fingerprint(finding.labels))
        entry = step.entries.get(key) or self._ledger.entries.get(key)
        if entry is None:
            if finding.level is Level.OFF or not self._has_room(step, place):
                return
            entry = Entry(place, finding.labels, self._silent_around(step, place, finding, newest))
        last = max(finding.end, entry.runs[-1].last if entry.runs else finding.end)
        before, after = finding.start, None
        if finding.end < last:
            before, after = self._neighbours(step, place, finding)
        runs = observe(entry.runs, before, finding.end, finding.level, after)
        runs = forget(runs, timing_of(finding.rule), last - self._horizon)
        seen = entry.seen
        if finding.end == last or not seen:
            found = seen_of(finding.scope, finding.verdict)
            found["summary"] = annotations_of(finding.rule, finding.labels, found).get("summary", "")
            seen = found if finding.level is not Level.OFF or not seen else {**seen, "value": found["value"]}
        learnt = replace(entry, runs=runs, looked_at=step.now, seen=seen)
        self._conclude(step, finding.rule, learnt, last)

    def look_after(self, step: Step, rules: Mapping[str, RuleConfig]) -> None:
        """End alerts of which nothing is known any more, tell of those whose silence is over, forget old ones."""
        for entry in list(self._ledger.entries.values()):
            rule = rules.get(entry.place.rule)
            if rule is not None:
                self._look_after(step, rule, step.entries.get(entry.key, entry))

    def forsaken(self, step: Step) -> list[Place]:
        """Places that no rule was evaluated at for long: of versions that serve no longer, say."""
        return [
            place
            for place, position in self._ledger.positions.items()
            if step.now - position.looked_at > self._horizon and place not in step.positions
        ]

    def retire(self, step: Step, rules: Mapping[str, RuleConfig]) -> list[Place]:
        """End the alerts of rules that are no longer, or label them differently; returns places that are gone."""
        for entry in self._ledger.entries.values():
            if _is_of(rules.get(entry.place.rule), entry.labels):
                continue
            if entry.fired is not None:
                self._announce(step, None, entry, Event("resolved", entry.fired, step.now))
            step.entries[entry.key] = replace(entry, runs=(), told=())
        return [place for place in self._ledger.positions if place.rule not in rules]

    def commit(
        self,
        step: Step,
        model: str = "",
        windows: Mapping[Window, int] | None = None,
        gone: Sequence[Place] = (),
    ) -> None:
        """
        Keep a change, with the notifications that follow from it, in one transaction.

        Parameters
        ----------
        step
            The change.
        model, windows
            Windows that were evaluated for it, and their revisions.
        gone
            Places that are no longer evaluated.
        """
        if not (step.entries or step.positions or step.alerts or windows or gone):
            return
        with self._ledger.database.transaction() as connection:
            for key, entry in step.entries.items():
                if _is_worth_keeping(entry):
                    self._ledger.put_entry(connection, entry)
                else:
                    self._ledger.drop_entry(connection, key)
            for place, position in step.positions.items():
                self._ledger.put_position(connection, place, position)
            for place in gone:
                self._ledger.drop_position(connection, place)
            if windows:
                self._ledger.put_windows(connection, model, windows, self._horizon)
            if step.alerts:
                self._recipients.tell(connection, step.alerts)
        self._keep(step, model, windows or {}, gone)
        for event in step.events:
            self._listener(*event)

    def alert(self, rule: RuleConfig | None, entry: Entry, event: Event) -> Alert:
        """An alert as others see it; ``None``: its rule is no longer."""
        seen: Mapping[str, Json] = entry.seen
        value, evidence = seen.get("value"), seen.get("evidence")
        details: dict[str, Json] = dict(evidence) if isinstance(evidence, dict) else {}
        details |= {"start": seen.get("start"), "end": seen.get("end")}
        return Alert(
            rule=entry.place.rule,
            labels=entry.labels,
            annotations=annotations_of(rule, entry.labels, seen) if rule is not None else {},
            status=event.status,
            starts_at=from_nanos(event.fired),
            ends_at=from_nanos(event.at) if event.status == "resolved" else None,
            value=float(value) if isinstance(value, int | float) else None,
            evidence=details,
            generator_url=link_of(self._config.generator_url, rule, entry.labels, seen) if rule else "",
        )

    def _conclude(self, step: Step, rule: RuleConfig, entry: Entry, newest: int) -> None:
        """Draw the conclusions of what is known of an alert."""
        timing = timing_of(rule)
        first = entry.runs[0].first if entry.runs else newest
        ended = [each.ended for each in entry.told if each.ended is not None and each.ended <= first]
        standing = stand(timing, entry.runs, max(ended) + timing.cool_down if ended else -(2**63))
        events, told = reconcile(entry.told, standing.episodes, newest)
        for event in events:
            entry = replace(entry, is_notified=self._announce(step, rule, entry, event))
        is_firing = bool(told) and told[-1].ended is None
        step.entries[entry.key] = replace(
            entry,
            told=tuple(each for each in told if each.ended is None or each.ended + timing.cool_down >= first),
            state="firing" if is_firing else standing.state,
            pending_since=standing.pending_since,
        )

    def _announce(self, step: Step, rule: RuleConfig | None, entry: Entry, event: Event) -> bool:
        """Note that an alert fires or ends; returns whether channels know that it fires.

        They are not told of a beginning that is silenced; of an end they are if, and only if, they were of the
        beginning, so that nothing stays open at a destination.
        """
        alert = self.alert(rule, entry, event)
        if event.status == "firing":
            why = step.in_force.why(dict(entry.labels))
            self.suppressed.update([why] if why else [])
            is_told = not why
        else:
            is_told = entry.is_notified
        if is_told:
            step.alerts.append(alert)
        step.events.append((alert, is_told))
        return is_told and event.status == "firing"

    def _look_after(self, step: Step, rule: RuleConfig, entry: Entry) -> None:
        unknown_for = step.now - entry.looked_at
        expires_after = _expires_after(rule, entry)
        has_expired = unknown_for > expires_after
        if has_expired and entry.state in ("firing", "pending"):
            last = entry.runs[-1].last if entry.runs else step.now
            ended = last + expires_after
            over = Run(ended, ended + nanoseconds(rule.keep_firing_for), Level.OFF)
            self._conclude(step, rule, replace(entry, runs=(*entry.runs, over)), over.last)
        elif has_expired and unknown_for > nanoseconds(rule.cool_down):
            step.entries[entry.key] = replace(entry, runs=(), told=())
        elif entry.fired is not None and not entry.is_notified and not step.in_force.why(dict(entry.labels)):
            step.alerts.append(self.alert(rule, entry, Event("firing", entry.fired, entry.fired)))
            step.entries[entry.key] = replace(entry, is_notified=True)

    def _silent_around(
        self, step: Step, place: Place, finding: Finding, newest: int | None
    ) -> tuple[Run, ...]:
        """Nothing is kept of an alert whose condition never held: at other windows that are known it did not."""
        if newest is None:
            return ()
        ends = [end for end in self._known_ends(step, place, finding) if end <= newest]
        before = [end for end in ends if end < finding.end]
        after = [end for end in ends if end > finding.end]
        return tuple(Run(min(some), max(some), Level.OFF) for some in (before, after) if some)

    def _neighbours(self, step: Step, place: Place, finding: Finding) -> tuple[int, int | None]:
        """Ends of the windows before and after one that is late, as far as they were evaluated."""
        ends = self._known_ends(step, place, finding)
        before = max((end for end in ends if end < finding.end), default=finding.start)
        return before, min((end for end in ends if end > finding.end), default=None)

    def _known_ends(self, step: Step, place: Place, finding: Finding) -> set[int]:
        """Ends of all windows that a rule was evaluated on."""
        if finding.rule.is_by_clock:
            return set()
        every = 1 if finding.rule.every is None else nanoseconds(finding.rule.every)
        return {
            window.end
            for window in [*self._ledger.windows.get(place.model, {}), *step.windows]
            if place.version in (MERGED, window.version) and window.end % every == 0
        }

    def _has_room(self, step: Step, place: Place) -> bool:
        known = sum(rule == place.rule for rule, _ in {**self._ledger.entries, **step.entries})
        if known < self._config.max_alerts:
            return True
        self.left_out += 1
        return False

    def _keep(self, step: Step, model: str, windows: Mapping[Window, int], gone: Sequence[Place]) -> None:
        """What was written is what is known."""
        for key, entry in step.entries.items():
            if _is_worth_keeping(entry):
                self._ledger.entries[key] = entry
            else:
                self._ledger.entries.pop(key, None)
        self._ledger.positions.update(step.positions)
        for place in gone:
            del self._ledger.positions[place]
        if windows:
            self._ledger.keep_windows(model, windows)


def timing_of(rule: RuleConfig) -> Timing:
    """How long things must last, as a rule says."""
    return Timing(*(nanoseconds(each) for each in (rule.hold, rule.keep_firing_for, rule.cool_down)))


def _expires_after(rule: RuleConfig, entry: Entry) -> int:
    """How long nothing need be known of an alert until it is over, in nanoseconds."""
    if rule.expires_after is not None:
        return nanoseconds(rule.expires_after)
    length = entry.seen.get("length_nanos")
    every = 0 if rule.every is None else nanoseconds(rule.every)
    return max(_DAY, 3 * every, 3 * length if isinstance(length, int) else 0)


def _is_of(rule: RuleConfig | None, labels: Mapping[str, str]) -> bool:
    """Whether an alert is labelled as its rule, which may have changed, would label it."""
    if rule is None or (labels.get("severity"), labels.get("owner", "")) != (rule.severity, rule.owner):
        return False
    return {name: value for name, value in labels.items() if name not in RESERVED} == rule.labels


def _is_worth_keeping(entry: Entry) -> bool:
    return bool(entry.told) or any(run.level is not Level.OFF for run in entry.runs)
