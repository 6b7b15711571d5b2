"""An alert fires when its condition has held for long enough, once, and ends once: whatever comes late."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.alerting.machine import Episode, Event, Level, Runs, Timing, forget, observe, reconcile, stand

OFF, KEEPS, FIRES = Level
LENGTH = 10
LEVELS = st.lists(st.sampled_from(Level), min_size=1, max_size=40)
TIMINGS = st.builds(
    Timing,
    hold=st.integers(0, 60),
    keep_firing_for=st.integers(0, 60),
    cool_down=st.integers(0, 60),
)


def ends(levels: list[Level]) -> list[tuple[int, Level]]:
    """The levels at the ends of windows that follow each other."""
    return [(LENGTH * (position + 1), level) for position, level in enumerate(levels)]


def runs_of(observed: list[tuple[int, Level]]) -> Runs:
    runs: Runs = ()
    for end, level in observed:
        runs = observe(runs, end - LENGTH, end, level)
    return runs


def told_in_order(timing: Timing, observed: list[tuple[int, Level]]) -> list[Event]:
    """What is told while windows come one after the other."""
    runs: Runs = ()
    told: tuple[Episode, ...] = ()
    events: list[Event] = []
    newest = 0
    for end, level in observed:
        runs = observe(runs, end - LENGTH, end, level)
        newest = max(newest, end)
        new, told = reconcile(told, stand(timing, runs).episodes, newest)
        events += new
    return events


def stepped(timing: Timing, levels: list[Level]) -> list[Episode]:
    """The same rules, one window at a time with a state: the judge of the histories."""
    episodes: list[Episode] = []
    since: int | None = None
    fired: int | None = None
    last_on = not_before = -(10**9)
    for end, level in ends(levels):
        if fired is None:
            if level is not FIRES:
                since = None
                continue
            since = end if since is None else since
            begin = max(since + timing.hold, not_before)
            if begin <= end:
                fired, last_on = begin, end
        elif level is OFF:
            if end >= last_on + timing.keep_firing_for:
                # The first window without it may be the one at which the time is over, or come later.
                first_off = last_on + LENGTH
                ended = max(first_off, last_on + timing.keep_firing_for)
                episodes.append(Episode(fired, ended))
                fired, since, not_before = None, None, ended + timing.cool_down
        else:
            last_on = end
    return [*episodes, Episode(fired, None)] if fired is not None else episodes


@given(LEVELS, TIMINGS)
def test_histories_say_what_a_stepped_machine_says(levels: list[Level], timing: Timing) -> None:
    assert list(stand(timing, runs_of(ends(levels))).episodes) == stepped(timing, levels)


@given(LEVELS, st.randoms())
def test_the_order_in_which_windows_come_says_nothing(levels: list[Level], random: Random) -> None:
    shuffled = ends(levels)
    random.shuffle(shuffled)
    in_order, in_disorder = runs_of(ends(levels)), runs_of(shuffled)
    assert in_disorder == in_order


@given(LEVELS, LEVELS, TIMINGS)
def test_a_window_that_changes_counts_as_it_is_now(
    first: list[Level], then: list[Level], timing: Timing
) -> None:
    changed = [later for later, _ in zip(then, first, strict=False)]
    runs = runs_of([*ends(first), *ends(changed)])
    assert stand(timing, runs) == stand(timing, runs_of(ends(changed + first[len(changed) :])))


@given(LEVELS, TIMINGS, st.randoms())
def test_each_firing_is_followed_by_one_end(levels: list[Level], timing: Timing, random: Random) -> None:
    shuffled = ends(levels)
    random.shuffle(shuffled)
    events = told_in_order(timing, shuffled)
    assert [event.status for event in events] == ["firing", "resolved"] * (len(events) // 2) + ["firing"] * (
        len(events) % 2
    )
    for begin, end in zip(events[::2], events[1::2], strict=False):
        assert begin.fired == end.fired
        assert end.at >= begin.at
    is_open = len(events) % 2 == 1
    episodes = stand(timing, runs_of(ends(levels))).episodes
    assert is_open == (bool(episodes) and episodes[-1].ended is None)


@given(LEVELS, TIMINGS)
def test_in_order_every_episode_is_told_when_it_is_known(levels: list[Level], timing: Timing) -> None:
    events = told_in_order(timing, ends(levels))
    told = [Episode(begin.at, end.at) for begin, end in zip(events[::2], events[1::2], strict=False)]
    told += [Episode(events[-1].at, None)] if len(events) % 2 else []
    assert told == list(stand(timing, runs_of(ends(levels))).episodes)


@given(LEVELS, TIMINGS)
def test_the_same_windows_twice_tell_nothing_twice(levels: list[Level], timing: Timing) -> None:
    once = told_in_order(timing, ends(levels))
    assert told_in_order(timing, [each for end in ends(levels) for each in (end, end)]) == once


@given(LEVELS, TIMINGS)
def test_it_fires_no_sooner_than_its_times_say(levels: list[Level], timing: Timing) -> None:
    fires = dict(ends(levels))
    ended: int | None = None
    for episode in stand(timing, runs_of(ends(levels))).episodes:
        held = [end for end in fires if episode.fired - timing.hold <= end <= episode.fired]
        assert all(fires[end] is FIRES for end in held)
        if ended is not None:
            assert episode.fired >= ended + timing.cool_down
        if episode.ended is not None:
            quiet = [end for end in fires if episode.ended - timing.keep_firing_for < end <= episode.ended]
            assert all(fires[end] is OFF for end in quiet)
        ended = episode.ended


@given(st.lists(st.sampled_from([KEEPS, FIRES]), min_size=1, max_size=40))
def test_nothing_flaps_between_the_limits(levels: list[Level]) -> None:
    assert len(stand(Timing(), runs_of(ends(levels))).episodes) == (FIRES in levels)


@given(LEVELS, TIMINGS, st.integers(0, 400), st.integers(1, 12))
def test_what_is_forgotten_does_not_change_the_state(
    levels: list[Level], timing: Timing, before: int, most: int
) -> None:
    runs = runs_of(ends(levels))
    whole, kept = stand(timing, runs), forget(runs, timing, before, most)
    assert len(kept) <= most + 1
    first = kept[0].first if kept else before
    ended = [each.ended for each in whole.episodes if each.ended is not None and each.ended <= first]
    rest = stand(timing, kept, ended[-1] + timing.cool_down if ended else -(10**9))
    assert rest.pending_since == whole.pending_since
    assert (rest.state == "firing") == (whole.state == "firing")
    if whole.state == "firing":
        assert rest.episodes[-1] == whole.episodes[-1]


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        # A window in the past turns out to be bad, while the newer ones are good: told, and that it is over.
        ([(20, FIRES)], [Event("firing", 20, 20), Event("resolved", 20, 30)]),
        # The newest turns out to be bad.
        ([(40, FIRES)], [Event("firing", 40, 40)]),
        # It does not any more.
        ([(40, FIRES), (40, OFF)], [Event("firing", 40, 40), Event("resolved", 40, 40)]),
    ],
)
def test_late_data_fires_and_ends(late: list[tuple[int, Level]], expected: list[Event]) -> None:
    assert told_in_order(Timing(), [*ends([OFF] * 4), *late]) == expected


def test_an_end_that_was_too_soon_is_taken_back() -> None:
    observed = [(10, FIRES), (20, OFF), (20, FIRES)]
    assert told_in_order(Timing(), observed) == [
        Event("firing", 10, 10),
        Event("resolved", 10, 20),
        Event("firing", 10, 10),
    ]
