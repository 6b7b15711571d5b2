"""Compaction loses nothing and changes no answer, whenever it is killed."""

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from tests.storage.faults import Killed, every_fault, faulty
from tests.storage.rows import DAY, HOUR, MINUTE, NOW, WRITER, flushed, numbers, send

from driftline._core import Engine, merge_rows
from driftline.errors import FailedPreconditionError
from driftline.storage import ProfileStore, RollUpPolicy, compact, compaction, open_engine
from driftline.storage.manifest import Manifest
from driftline.storage.rollup import RollUp
from driftline.v1 import query_pb2, selection_pb2

TODAY = NOW // DAY * DAY
NEVER = RollUp()
SOON = RollUp(hourly_before=TODAY - DAY, daily_before=TODAY - 3 * DAY)

pytestmark = pytest.mark.usefixtures("without_syncing")


@pytest.fixture(autouse=True)
def few_files_make_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "SORTED_FILES", 3)
    monkeypatch.setattr(compaction, "MERGED_FILES", 2)
    monkeypatch.setattr(compaction, "PASS_ROWS", 60)


def written(path: Path, flushes: list[list[int]]) -> ProfileStore:
    """A directory of flushes with records at these times."""
    shutil.rmtree(path, ignore_errors=True)
    store = ProfileStore(path)
    engine = Engine(WRITER)
    for times in flushes:
        send(engine, times)
        store.commit_flush(WRITER, *flushed(engine))
    return store


def manifest_of(store: ProfileStore) -> Manifest:
    manifest = ProfileStore(store.path).read_manifest(WRITER)
    assert manifest is not None
    return manifest


class Answer(NamedTuple):
    """Number of records of a day, and all else that must not change."""

    records: int
    rest: str


def answers(path: Path, days: int = 20) -> list[Answer]:
    """Counts, extremes, distinct values, histograms and frequent items of every day until tomorrow."""
    engine = open_engine(path)
    found = []
    for day in range(-days, 2):
        start = TODAY + day * DAY
        selection = selection_pb2.Selection(model="m", start_unix_nanos=start, end_unix_nanos=start + DAY)
        asked = query_pb2.SummaryRequest(selection=selection).SerializeToString()
        summary = query_pb2.SummaryResponse.FromString(engine.query("Summary", asked, NOW))
        for line in summary.columns:
            for inexact in ("p50", "p99", "std_dev", "skewness", "excess_kurtosis"):
                line.ClearField(inexact)
            line.mean = round(line.mean, 9)
        asked = query_pb2.DistributionRequest(selection=selection, column="x").SerializeToString()
        bins = query_pb2.DistributionResponse.FromString(engine.query("Distribution", asked, NOW)).bins
        found.append(Answer(summary.coverage.records, f"{summary.columns} {bins}"))
    return found


times = st.lists(
    st.integers(0, 19).flatmap(
        lambda day: st.integers(0, 1439).map(lambda minute: TODAY - day * DAY - minute * MINUTE)
    ),
    min_size=1,
    max_size=12,
)
ages = st.tuples(st.integers(0, 5), st.integers(0, 18))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flushes=st.lists(times, min_size=1, max_size=9), ages=ages, later=st.integers(0, 25))
def test_no_answer_changes(
    tmp_path: Path, flushes: list[list[int]], ages: tuple[int, int], later: int
) -> None:
    store = written(tmp_path / "data", flushes)
    before = answers(store.path)
    assert sum(day.records for day in before) == sum(map(len, flushes))
    hourly, daily = ages
    for now in (TODAY, TODAY + later * DAY):
        roll_up = RollUp(now - hourly * DAY, now - (hourly + daily) * DAY)
        list(compact(store.files(WRITER), roll_up))
        assert answers(store.path) == before
        assert not list(compact(store.files(WRITER), roll_up)), "there is nothing left to do"
        check_layout(store, roll_up)
    assert store.recover(WRITER) == 0


def check_layout(store: ProfileStore, roll_up: RollUp) -> None:
    """Windows of compacted files are as long as they should be, in the order of time; entries tell the truth."""
    manifest = manifest_of(store)
    assert len({file.name for file in manifest.profiles}) == len(manifest.profiles)
    for file in manifest.profiles:
        rows = pq.read_table(store.path / "profiles" / file.name)
        starts, lengths = (
            rows.column(name).cast(pa.int64()).to_numpy().tolist()
            for name in ("window_start", "window_length")
        )
        assert (file.first_window, file.last_window) == (min(starts), max(starts))
        ends = [start + length for start, length in zip(starts, lengths, strict=True)]
        assert file.first_end == min(ends)
        if "-c" in file.name:
            assert starts == sorted(starts)
            keys = list(zip(starts, lengths, rows.column("column").to_pylist(), strict=True))
            assert len(set(keys)) == len(keys), "rows of one key are one row"
            assert set(lengths) == {roll_up.window_length(file.first_window) or MINUTE}


def every_hour(days: int) -> list[list[int]]:
    """A flush for every day, with a record every hour, and late ones."""
    return [
        [TODAY - day * DAY + hour * HOUR for hour in range(24)] + [TODAY - 2 * DAY + day * MINUTE]
        for day in range(days, 0, -1)
    ]


def test_few_files_remain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "PASS_ROWS", 1_000)
    store = written(tmp_path / "data", every_hour(40))
    steps = list(compact(store.files(WRITER), SOON))
    files = manifest_of(store).profiles
    assert sum(step.left for step in steps) == 0
    daily = [file for file in files if file.window_length == DAY]
    hourly = [file for file in files if file.window_length == HOUR]
    assert (1 <= len(daily) <= 3, len(hourly)) == (True, 2), files
    assert len([file for file in files if file.window_length == 0 and "-c" in file.name]) <= 24
    assert len(files) <= 3 + 2 + 24 + 2
    assert {path.name for path in (tmp_path / "data/profiles").iterdir()} == {file.name for file in files}


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "other"):
        store = written(tmp_path / name, every_hour(9))
        list(compact(store.files(WRITER), SOON))
        contents.append({path.name: path.read_bytes() for path in (store.path / "profiles").iterdir()})
    assert contents[0] == contents[1]


@pytest.mark.parametrize("roll_up", [NEVER, SOON], ids=["merge", "roll up"])
def test_a_fault_at_every_step(tmp_path: Path, roll_up: RollUp) -> None:
    old, new = TODAY - 5 * DAY, TODAY - 2 * DAY
    original = written(tmp_path / "original", [[new, new + HOUR], [old, new], [old + HOUR, old + MINUTE]])
    before = answers(original.path, 6)
    path = tmp_path / "data"

    def prepare() -> None:
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(original.path, path)

    faults = every_fault(lambda: next(compact(ProfileStore(path).files(WRITER), roll_up)), prepare)
    outcomes = set()
    assert len(faults) >= 4 * 18
    for fault in faults:
        prepare()
        store = ProfileStore(path)
        with faulty(fault), suppress(OSError, Killed):
            next(compact(store.files(WRITER), roll_up))
        assert answers(path, 6) == before, fault
        outcomes.add(manifest_of(store).compactions)
        if fault.kind.startswith("killed"):
            store = ProfileStore(path)
            store.recover(WRITER)
        list(compact(store.files(WRITER), roll_up))
        assert answers(path, 6) == before, fault
        store = ProfileStore(path)
        store.recover(WRITER)
        named = {file.name for file in manifest_of(store).profiles}
        assert {each.name for each in (path / "profiles").iterdir()} == named, fault
    assert outcomes == {0, 1}


def test_a_flush_during_a_compaction_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = written(tmp_path / "data", every_hour(5))
    files = store.files(WRITER)
    engine = Engine(WRITER)
    engine.resume_at(6, 0)
    merge = merge_rows
    flushes = 0

    def merging(*arguments: object) -> object:
        nonlocal flushes
        if flushes < 2:
            flushes += 1
            send(engine, [TODAY + flushes * MINUTE])
            store.commit_flush(WRITER, *flushed(engine))
        return merge(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("driftline.storage.compaction.merge_rows", merging)
    list(compact(files, SOON))
    assert flushes == 2
    assert sum(day.records for day in answers(store.path)) == 5 * 25 + 2


def test_late_records_count_in_what_was_rolled_up(tmp_path: Path) -> None:
    store = written(tmp_path / "data", every_hour(5))
    list(compact(store.files(WRITER), SOON))
    engine = Engine(WRITER)
    engine.resume_at(6, 0)
    late = [TODAY - 4 * DAY, TODAY - 2 * DAY + 5 * MINUTE]
    for _ in range(3):
        send(engine, late)
        store.commit_flush(WRITER, *flushed(engine))
    before = answers(store.path)
    list(compact(store.files(WRITER), SOON))
    assert answers(store.path) == before
    assert sum(day.records for day in before) == 5 * 25 + 6
    check_layout(store, SOON)


def test_windows_over_the_retention_go(tmp_path: Path) -> None:
    store = written(tmp_path / "data", every_hour(9))
    policy = RollUpPolicy(timedelta(days=1), timedelta(days=3), timedelta(days=5))
    list(compact(store.files(WRITER), policy.at(NOW)))
    before = answers(store.path)
    assert [day for day in range(-20, 0) if before[day + 20].records] == [-5, -4, -3, -2, -1]
    list(compact(store.files(WRITER), policy.at(NOW + 2 * DAY)))
    assert [day.records for day in answers(store.path)[-5:-2]] == [day.records for day in before[-5:-2]]
    list(compact(store.files(WRITER), policy.at(NOW + 30 * DAY)))
    assert manifest_of(store).profiles == ()
    assert not list((store.path / "profiles").iterdir())


def test_another_writers_files_are_left_alone(tmp_path: Path) -> None:
    store = written(tmp_path / "data", every_hour(4))
    other = store.files("1" * 32)
    for sequence in range(1, 6):
        other.commit_flush(sequence, numbers(sequence), None, None, 0)
    kept = other.certain_manifest()
    list(compact(store.files(WRITER), SOON))
    assert other.certain_manifest() == kept
    assert all((store.path / "profiles" / file.name).exists() for file in kept.profiles)


def test_a_damaged_file_stops_compaction_and_nothing_else(tmp_path: Path) -> None:
    store = written(tmp_path / "data", every_hour(4))
    before = manifest_of(store)
    path = store.path / "profiles" / before.profiles[1].name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FailedPreconditionError, match=f"{path.name} cannot be read"):
        list(compact(store.files(WRITER), SOON))
    assert manifest_of(store) == before


def test_a_policy_means_whole_days() -> None:
    policy = RollUpPolicy(timedelta(days=2), timedelta(days=30), None)
    assert policy.at(NOW) == RollUp(TODAY - 2 * DAY, TODAY - 30 * DAY, None)
    roll_up = policy.at(NOW)
    lengths = [roll_up.window_length(TODAY - days * DAY - 1) for days in (1, 2, 30)]
    assert lengths == [None, HOUR, DAY]
    assert RollUpPolicy(None, None, None).at(NOW).window_length(0) is None
