"""The state of an alert, from what its condition said at the ends of windows, in whatever order that was learnt.

What is kept is not a state but a short history: runs of equal answers in event time. The episodes in which the alert
fires follow from it, so a window that changes late changes what follows from it and no more, and the same answers give
the same episodes in whatever order they come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple, TypeAlias

#: Where an alert stands.
State: TypeAlias = Literal["inactive", "pending", "firing", "resolved"]

_LONG_AGO = -(2**63)


class Level(IntEnum):
    """What a condition said: nothing, enough to go on, enough to begin."""

    OFF = 0
    KEEPS = 1
    FIRES = 2


@dataclass(frozen=True)
class Timing:
    """
    How long things must last, all in nanoseconds of event time.

    Attributes
    ----------
    hold
        How long the condition must hold before the alert fires.
    keep_firing_for
        How long it must not have held before the alert ends.
    cool_down
        How long after its end it does not fire again.
    """

    hold: int = 0
    keep_firing_for: int = 0
    cool_down: int = 0


class Run(NamedTuple):
    """Equal answers at the ends of windows from ``first`` to ``last``, both included, nanoseconds since 1970."""

    first: int
    last: int
    level: Level


#: Runs in order of time, none overlapping another.
Runs: TypeAlias = tuple[Run, ...]


class Episode(NamedTuple):
    """One time that an alert fires, from ``fired`` to ``ended``; ``None``: it does still."""

    fired: int
    ended: int | None

    def overlaps(self, other: "Episode") -> bool:
        """Whether there is a moment at which both fire."""
        begins_before = other.ended is None or self.fired < other.ended
        return begins_before and (self.ended is None or other.fired < self.ended)


@dataclass(frozen=True)
class Standing:
    """
    What follows from a history.

    Attributes
    ----------
    episodes
        The times that the alert fired, in order.
    pending_since
        Since when its condition holds, where it does not fire yet; else ``None``.
    """

    episodes: tuple[Episode, ...]
    pending_since: int | None

    @property
    def state(self) -> State:
        """Where the alert stands."""
        if self.episodes and self.episodes[-1].ended is None:
            return "firing"
        if self.pending_since is not None:
            return "pending"
        return "resolved" if self.episodes else "inactive"


def observe(runs: Runs, before: int, end: int, level: Level, after: int | None = None) -> Runs:
    """
    Learn what the condition said at the end of a window, or says now of one that was known.

    Parameters
    ----------
    runs
        What was known.
    before, end
        The end of the window before, and its own.
    level
        What the condition says.
    after
        The end of the window after it; ``None``: as far away as the one before.
    """
    after = end + (end - before) if after is None else after
    return _merged((*_without(runs, before, end, after), Run(end, end, level)))


def stand(timing: Timing, runs: Sequence[Run], not_before: int = _LONG_AGO) -> Standing:
    """
    Say when the alert fires.

    Parameters
    ----------
    timing
        How long things must last.
    runs
        What its condition said.
    not_before
        It does not fire earlier: the end of a cool-down that began before the history does.
    """
    episodes: list[Episode] = []
    since: int | None = None
    fired: int | None = None
    last_on = 0
    for run in runs:
        if fired is not None:
            if run.level is not Level.OFF:
                last_on = run.last
                continue
            ended = max(run.first, last_on + timing.keep_firing_for)
            if ended <= run.last:
                episodes.append(Episode(fired, ended))
                fired, since, not_before = None, None, ended + timing.cool_down
        elif run.level is Level.FIRES:
            since = run.first if since is None else since
            at = max(since + timing.hold, not_before)
            if at <= run.last:
                fired, last_on = at, run.last
        else:
            since = None
    if fired is not None:
        return Standing((*episodes, Episode(fired, None)), None)
    return Standing(tuple(episodes), since)


@dataclass(frozen=True)
class Event:
    """What those who are told learn: that an alert fires since ``at``, or that it ended then."""

    status: Literal["firing", "resolved"]
    fired: int
    at: int


def reconcile(
    told: tuple[Episode, ...], episodes: Sequence[Episode], newest: int
) -> tuple[tuple[Event, ...], tuple[Episode, ...]]:
    """
    Say what is to be told so that all that is known has been told.

    Each firing is followed by one end, and nothing is told twice. An episode that was told and turns out not to have
    been is ended; one in the past that was not known is told with its end, unless the alert fires anyway.

    Parameters
    ----------
    told
        What has been told.
    episodes
        What is known now.
    newest
        When an alert ends that should not have fired: the newest end of a window.

    Returns
    -------
    events, told
        What is to be told, in order, and what has been told after that.
    """
    if told and told[-1].ended is None:
        open_one = told[-1]
        same = [each for each in episodes if each.overlaps(open_one)]
        if any(each.ended is None for each in same):
            return (), told
        ended = max((each.ended or 0 for each in same), default=max(newest, open_one.fired))
        events = (Event("resolved", open_one.fired, ended),)
        return events, (*told[:-1], Episode(open_one.fired, ended))
    fresh: list[Event] = []
    for each in episodes:
        if each.ended is not None and any(each.overlaps(one) for one in told):
            continue
        fresh.append(Event("firing", each.fired, each.fired))
        if each.ended is not None:
            fresh.append(Event("resolved", each.fired, each.ended))
        told = (*told, each)
    return tuple(fresh), told


def forget(runs: Runs, timing: Timing, before: int, most: int = 256) -> Runs:
    """
    Leave out what is old, but for what an episode that has not ended, or is pending, began with.

    Parameters
    ----------
    runs
        What the condition said.
    timing
        How long things must last.
    before
        What lies before it is old.
    most
        Runs that are kept at most, besides one that the rest of an episode that has not ended is taken together in.
    """
    standing = stand(timing, runs)
    if not runs:
        return runs
    kept = tuple(run for run in runs if run.last >= before)[-most:]
    first = kept[0].first if kept else runs[-1].last + 1
    if standing.state == "firing":
        since = standing.episodes[-1].fired - timing.hold
        if since < first:
            # While it fires there is no difference between what was enough to begin and what is to go on.
            return _merged((Run(since, max(since, first - 1), Level.FIRES), *kept))
    elif standing.pending_since is not None and standing.pending_since < first:
        return _merged((Run(standing.pending_since, first - 1, Level.FIRES), *kept))
    return kept


def _without(runs: Runs, before: int, end: int, after: int) -> Runs:
    """The runs without what they say of the end of a window: a run around it is cut in two."""
    kept: list[Run] = []
    for run in runs:
        if not run.first <= end <= run.last:
            kept.append(run)
            continue
        if run.first < end:
            kept.append(replace_last(run, max(run.first, min(before, end - 1))))
        if run.last > end:
            kept.append(run._replace(first=min(run.last, max(after, end + 1))))
    return tuple(kept)


def replace_last(run: Run, last: int) -> Run:
    """The run with another end."""
    return run._replace(last=last)


def _merged(runs: Runs) -> Runs:
    """In order of time, neighbours that say the same as one."""
    merged: list[Run] = []
    for run in sorted(runs):
        if merged and merged[-1].level is run.level:
            merged[-1] = replace_last(merged[-1], run.last)
        else:
            merged.append(run)
    return tuple(merged)


__all__ = [
    "Episode",
    "Event",
    "Level",
    "Run",
    "Runs",
    "Standing",
    "State",
    "Timing",
    "forget",
    "observe",
    "reconcile",
    "stand",
]
