"""Questions about windows that have left memory are answered from the files of the same moment."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.storage.rows import DAY, HOUR, MINUTE, NOW, WRITER, send

from driftline._core import Engine
from driftline.errors import FailedPreconditionError
from driftline.storage import Answers, ProfileStore, compact, load_engine
from driftline.storage import answers as answers_module
from driftline.storage.rollup import RollUp
from driftline.v1 import query_pb2, selection_pb2


@pytest.fixture
def limit() -> Iterator[int]:
    """A limit of which six sevenths are in use, by an engine that is kept: memory is short, and nothing is refused."""
    ballast = Engine()
    send(ballast, minutes(*range(10_000)))
    yield ballast.memory_status().used * 7 // 6
    assert held(ballast) == 10_000


def summary(answers: Answers, start: int | None = None, end: int | None = None) -> tuple[int, int, float]:
    """Windows, records, and sum of ``x``."""
    selection = selection_pb2.Selection(model="m", start_unix_nanos=start, end_unix_nanos=end)
    request = query_pb2.SummaryRequest(selection=selection, columns=["x"]).SerializeToString()
    answer = query_pb2.SummaryResponse.FromString(answers.query("Summary", request, NOW))
    (x,) = answer.columns
    return answer.coverage.windows, answer.coverage.records, round(x.mean * x.count)


def flush(engine: Engine, store: ProfileStore) -> None:
    begun = engine.begin_flush(NOW)
    if begun is not None:
        parts = (begun.rows(), begun.pending(), begun.producers())
        store.commit_flush(WRITER, begun.sequence, *parts, begun.position)
        engine.commit_flush()


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    store = ProfileStore(tmp_path)
    (tmp_path / "writer").write_text(WRITER)
    return store


def minutes(*numbers: int) -> list[int]:
    return [NOW // HOUR * HOUR - number * MINUTE for number in numbers]


def held(engine: Engine) -> int:
    """Cells in memory."""
    return query_pb2.StatsResponse.FromString(engine.query("Stats", b"", NOW)).cells


@pytest.mark.usefixtures("without_syncing")
def test_what_has_left_memory_is_read_from_disk(store: ProfileStore, limit: int) -> None:
    engine, kept = Engine(WRITER, memory_bytes=limit), Engine(WRITER)
    answers, expected = Answers(engine, store), Answers(kept)
    for start in (2_000, 1_000, 30):
        for each in (engine, kept):
            load = minutes(*range(start, start - 30, -1))
            send(each, load)
        flush(engine, store)
        assert engine.evict() == 30
        assert held(engine) == 0
    late = minutes(1_990, 1_990, 40)
    send(engine, late)
    send(kept, late)
    assert held(engine) == 2
    assert summary(answers) == summary(expected)
    for start, end in (minutes(1_995, 980), minutes(1_990, 1_989), minutes(35, 0)):
        assert summary(answers, start, end) == summary(expected, start, end)
    assert answers.query("Models", b"", NOW) == expected.query("Models", b"", NOW)
    with pytest.raises(FailedPreconditionError, match="on disk only"):
        summary(Answers(engine))
    flush(engine, store)
    roll_up = RollUp(hourly_before=NOW // DAY * DAY)
    engine.roll_up(*roll_up)
    kept.roll_up(*roll_up)
    assert summary(answers)[1:] == summary(expected)[1:]
    before = summary(answers)
    assert list(compact(store.files(WRITER), roll_up._replace(hourly_before=None))) == []
    assert summary(answers) == before
    loaded = Engine(WRITER, memory_bytes=limit)
    loaded.resume_at(store.next_sequence(WRITER), 0)
    load_engine(store, loaded)
    assert held(loaded) == 0
    assert summary(Answers(loaded, store))[1:] == before[1:]


@pytest.mark.usefixtures("without_syncing")
def test_a_flush_between_memory_and_disk_is_noticed(
    store: ProfileStore, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(WRITER, memory_bytes=limit)
    answers = Answers(engine, store)
    send(engine, minutes(5, 4))
    flush(engine, store)
    engine.evict()
    read, moved = answers_module._read_disk, iter([True, True, False])

    def reading(question: object, *rest: object) -> None:
        # What comes here was in memory when it was read, and is on disk now.
        if next(moved, False):
            send(engine, minutes(3))
            flush(engine, store)
            engine.evict()
        read(question, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(answers_module, "_read_disk", reading)
    assert summary(answers)[:2] == (3, 4)


@pytest.mark.usefixtures("without_syncing")
def test_answers_add_up_while_everything_moves(
    store: ProfileStore, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_module, "_PATIENCE_SECONDS", 120.0)
    engine = Engine(WRITER, memory_bytes=limit)
    answers = Answers(engine, store)
    send(engine, minutes(*range(500, 400, -1)))
    flush(engine, store)
    engine.evict()
    done = threading.Event()

    def move() -> None:
        number = 0
        while not done.is_set():
            # Records come in pairs, so that an answer from two moments is odd or too large.
            instants = minutes(*[400 - number % 300] * 2)
            send(engine, instants)
            flush(engine, store)
            engine.evict()
            list(compact(store.files(WRITER), RollUp()))
            number += 1
            # On a busy machine no question would ever be asked between two moves otherwise.
            done.wait(0.005)

    mover = threading.Thread(target=move)
    mover.start()
    try:
        last = 0
        for _ in range(30):
            _, records, _ = summary(answers)
            assert records % 2 == 0
            assert records >= last
            last = records
    finally:
        done.set()
        mover.join()
    assert last > 100
