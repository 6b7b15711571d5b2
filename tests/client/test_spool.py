"""Batches on disk: what a client leaves, the next one sends, under the old name and numbers."""

import errno
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
from tests.client.conftest import free_address

from driftline.client import Client
from driftline.client.spool_file import SpoolFile
from driftline.errors import FailedPreconditionError, InvalidArgumentError, UnavailableError

MakeClient = Callable[..., Client]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def leave(spool: Path, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Client]:
    """Leaves records in the spool, a batch each, by a client whose collector is away and whose disk is waited for."""
    monkeypatch.setattr("driftline.client.life.SPOOL_SECONDS", 60.0)

    def leave(target: str, numbers: range, **options: Any) -> Client:
        client = make_client(target=target, batch_records=1, spool_dir=spool, **options)
        for number in numbers:
            client.log({"a": number})
        client.close(0.0)
        assert client.stats.spooled == client.stats.pending == len(numbers)
        return client

    return leave


def files(spool: Path) -> list[Path]:
    return sorted(spool.glob("*-*/*.arrow"))


def test_what_is_acknowledged_leaves_nothing_behind(
    spool: Path, scripted: Any, make_client: MakeClient
) -> None:
    client = make_client(spool_dir=spool, batch_records=10)
    for number in range(95):
        client.log({"a": number, "b": "x"})
    assert client.flush(10)
    assert sorted(row["a"] for row in scripted.rows()) == list(range(95))
    assert (client.stats.acknowledged, client.stats.spooled, client.stats.pending) == (95, 0, 0)
    client.close()
    assert files(spool) == []
    assert [path for path in spool.iterdir() if path.is_dir() and path.name != "epochs"] == []


def test_every_batch_is_on_disk_before_it_is_sent(
    spool: Path, scripted: Any, make_client: MakeClient
) -> None:
    scripted.answers = False
    client = make_client(spool_dir=spool, batch_records=1)
    client.log({"a": 7})
    assert scripted.wait_for(lambda: scripted.requests and len(scripted.requests[0]) == 1)
    (path,) = files(spool)
    assert pa.ipc.open_stream(path.read_bytes()).read_all()["a"].to_pylist() == [7]
    assert path.stat().st_mode & 0o077 == spool.stat().st_mode & 0o077 == 0


def test_the_next_client_sends_first_what_an_earlier_one_left(
    spool: Path, leave: Callable[..., Client], start_scripted: Callable[[str], Any], make_client: MakeClient
) -> None:
    address = free_address()
    leave(address, range(100), producer_id="scorer", version="old")
    collector = start_scripted(address)
    client = make_client(target=address, producer_id="scorer", version="new", spool_dir=spool)
    client.log({"a": 100})
    assert client.flush(20)
    requests = [request for stream in collector.requests for request in stream]
    assert [request.sequence for request in requests] == [*range(1, 101), 1]
    assert [request.version for request in requests] == ["old"] * 100 + ["new"]
    epochs = [request.producer_epoch for request in requests]
    assert len(set(epochs[:100])) == 1
    assert epochs[99] < epochs[100]
    assert [row["a"] for row in collector.rows()] == list(range(101))
    assert (client.stats.adopted, client.stats.acknowledged, client.stats.spooled) == (100, 101, 0)


def test_batches_that_were_acknowledged_are_not_sent_again(
    spool: Path, scripted: Any, make_client: MakeClient
) -> None:
    client = make_client(spool_dir=spool, batch_records=1)
    for number in range(10):
        client.log({"a": number})
    assert client.flush(10)
    scripted.answers = False
    client.log({"a": 10})
    assert scripted.wait_for(lambda: sum(map(len, scripted.requests)) == 11)
    client.close(0.0)
    scripted.answers = True
    sent = len(scripted.requests)
    with make_client(spool_dir=spool) as later:
        assert later.flush(10)
    assert scripted.sequences()[sent:] == [[11]]
    assert [values for _, values in sorted(scripted.counted().items())] == [[number] for number in range(11)]


def test_a_collector_that_is_away_costs_no_record(
    spool: Path, start_scripted: Callable[[str], Any], make_client: MakeClient
) -> None:
    address = free_address()
    client = make_client(
        target=address, spool_dir=spool, batch_records=10, queue_records=100, on_full="block"
    )
    for number in range(5_000):
        client.log({"a": number})
    assert not client.flush(0.1)
    assert client.stats.pending == 5_000
    assert client.stats.spooled > 4_800
    collector = start_scripted(address)
    assert client.flush(30)
    assert [row["a"] for row in collector.rows()] == list(range(5_000))
    assert client.stats.dropped == 0


def test_batches_on_their_way_are_bounded_while_the_spool_drains(
    spool: Path, leave: Callable[..., Client], start_scripted: Callable[[str], Any], make_client: MakeClient
) -> None:
    address = free_address()
    leave(address, range(200))
    collector = start_scripted(address)
    collector.answers = False
    make_client(target=address, spool_dir=spool)
    assert collector.wait_for(lambda: collector.requests and len(collector.requests[0]) == 64)
    time.sleep(0.3)
    assert len(collector.requests[0]) == 64


def test_a_full_spool_does_what_a_full_queue_does(
    spool: Path, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftline.client.settings.LEAST_SPOOL_BYTES", 1)
    client = make_client(
        target=free_address(), batch_records=1, queue_records=10, spool_bytes=20 * 4096, spool_dir=spool
    )
    logged = 0
    deadline = time.monotonic() + 60
    while client.stats.spooled < 20:
        assert time.monotonic() < deadline
        client.log({"a": logged})
        logged += 1
        time.sleep(0.002)
    for number in range(100):
        client.log({"a": logged + number})
        time.sleep(0.002)
    stats = client.stats
    assert stats.spooled == 20
    assert logged + 100 - stats.dropped == stats.pending
    assert 30 <= stats.pending <= 31  # one is in hand
    assert sum(path.stat().st_size for path in files(spool)) <= 20 * 4096


def test_a_full_spool_makes_a_blocking_caller_wait(
    spool: Path,
    start_scripted: Callable[[str], Any],
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("driftline.client.settings.LEAST_SPOOL_BYTES", 1)
    collector = start_scripted("127.0.0.1:0")
    client = make_client(
        target=collector.address,
        batch_records=1,
        queue_records=5,
        on_full="block",
        spool_dir=spool,
        spool_bytes=8 * 4096,
    )
    for number in range(300):
        client.log({"a": number})
    assert client.flush(20)
    assert [row["a"] for row in collector.rows()] == list(range(300))
    assert client.stats.dropped == 0


def test_a_disk_that_is_full_for_a_while_costs_no_record(
    spool: Path, scripted: Any, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = SpoolFile.write
    refusals = iter([True, True, False, True])

    def full(*arguments: Any, **options: Any) -> SpoolFile:
        if next(refusals, False):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(*arguments, **options)

    monkeypatch.setattr(SpoolFile, "write", full)
    client = make_client(spool_dir=spool, batch_records=1)
    for number in range(3):
        client.log({"a": number})
    assert client.flush(20)
    assert [row["a"] for row in scripted.rows()] == [0, 1, 2]
    assert [each for (_, _, each) in sorted(scripted.counted())] == [1, 2, 3]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "append"])
def test_a_damaged_file_is_set_aside_and_counted(
    damage: str,
    spool: Path,
    leave: Callable[..., Client],
    start_scripted: Callable[[str], Any],
    make_client: MakeClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    address = free_address()
    leave(address, range(5))
    path = files(spool)[2]
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    damaged = {"cut": content[:-9], "flip": content, "empty": bytearray(), "append": content + b"x"}
    path.write_bytes(damaged[damage])
    collector = start_scripted(address)
    with caplog.at_level(logging.WARNING, "driftline.client"):
        client = make_client(target=address, spool_dir=spool)
        assert client.flush(10)
    assert [row["a"] for row in collector.rows()] == [0, 1, 3, 4]
    assert [each for each in collector.sequences() if each] == [[1, 2, 4, 5]]
    assert (client.stats.acknowledged, client.stats.dropped, client.stats.adopted) == (4, 1, 5)
    assert any(path.name in record.getMessage() for record in caplog.records)
    assert [each.name.endswith(path.name) for each in (spool / "damaged").iterdir()] == [True]


def test_what_is_no_batch_is_left_alone(
    spool: Path, leave: Callable[..., Client], scripted: Any, make_client: MakeClient
) -> None:
    scripted.answers = False
    leave(scripted.address, range(2))
    scripted.answers = True
    folder = files(spool)[0].parent
    (folder / "next.tmp").write_bytes(b"half of a batch")
    (folder / "1-1-00.arrow").write_bytes(b"")
    with make_client(spool_dir=spool) as client:
        assert client.flush(10)
        assert client.stats.acknowledged == 2
    assert not folder.exists()


def test_a_folder_that_does_not_say_whose_it_is_is_set_aside(
    spool: Path, leave: Callable[..., Client], scripted: Any, make_client: MakeClient
) -> None:
    address = free_address()
    leave(address, range(3))
    (producer,) = spool.glob("*-*/producer.json")
    producer.write_text("{")
    client = make_client(target=address, spool_dir=spool)
    assert (client.stats.adopted, client.stats.dropped, client.stats.pending) == (3, 3, 0)
    assert len(list((spool / "damaged").glob("*/*.arrow"))) == 3


def test_what_was_left_for_another_collector_waits(
    spool: Path, leave: Callable[..., Client], scripted: Any, make_client: MakeClient
) -> None:
    address = free_address()
    leave(address, range(3))
    with make_client(spool_dir=spool) as client:
        client.log({"a": 3})
        assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == [3]
    assert len(files(spool)) == 3
    (producer,) = spool.glob("*-*/producer.json")
    producer.write_text(json.dumps(json.loads(producer.read_text()) | {"target": scripted.address}))
    with make_client(spool_dir=spool) as client:
        assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == [3, 0, 1, 2]


def test_two_clients_share_a_directory(spool: Path, scripted: Any, make_client: MakeClient) -> None:
    scripted.answers = False
    clients = [make_client(spool_dir=spool, batch_records=1) for _ in range(2)]
    for number in range(10):
        clients[number % 2].log({"a": number})
    assert scripted.wait_for(lambda: sum(map(len, scripted.requests)) == 10)
    assert len({path.parent for path in files(spool)}) == 2
    # A third one takes over nothing of those that live.
    assert make_client(spool_dir=spool).stats.adopted == 0
    clients[0].close(0.0)
    assert make_client(spool_dir=spool).stats.adopted == 5


def test_two_clients_at_a_time_cannot_share_a_name(spool: Path, make_client: MakeClient) -> None:
    first = make_client(spool_dir=spool, producer_id="scorer")
    with pytest.raises(FailedPreconditionError, match=r"producer_id 'scorer' must be used by one client"):
        make_client(spool_dir=spool, producer_id="scorer")
    make_client(spool_dir=spool, producer_id="ranker")
    first.close(0.0)
    make_client(spool_dir=spool, producer_id="scorer")


def test_what_was_left_under_a_chosen_name_waits_for_that_name(
    spool: Path, leave: Callable[..., Client], make_client: MakeClient
) -> None:
    address = free_address()
    leave(address, range(3), producer_id="scorer")
    assert make_client(target=address, spool_dir=spool, producer_id="ranker").stats.adopted == 0
    assert make_client(target=address, spool_dir=spool).stats.adopted == 0
    assert make_client(target=address, spool_dir=spool, producer_id="scorer").stats.adopted == 3


def test_the_epoch_rises_when_the_clock_has_been_set_back(
    spool: Path, scripted: Any, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for clock in (5_000, 4_000, 9_000):
        monkeypatch.setattr("driftline.client.spool.time.time_ns", lambda clock=clock: clock)
        client = make_client(spool_dir=spool, producer_id="scorer")
        client.log({"a": 1}, timestamp=1.7e9)
        client.close()
    requests = [request for stream in scripted.requests for request in stream]
    assert [request.producer_epoch for request in requests] == [5_000, 5_001, 9_000]


def test_a_client_that_is_not_wanted_keeps_its_spool(
    spool: Path, scripted: Any, make_client: MakeClient
) -> None:
    scripted.failures = [grpc.StatusCode.UNAUTHENTICATED]
    client = make_client(spool_dir=spool, raise_errors=True)
    client.log({"a": 1})
    with pytest.raises(UnavailableError, match="UNAUTHENTICATED"):
        client.flush(10)
    with pytest.raises(UnavailableError):
        client.close()
    assert (client.stats.dropped, client.stats.spooled) == (0, 1)
    with make_client(spool_dir=spool) as later:
        assert later.flush(10)
        assert (later.stats.adopted, later.stats.acknowledged) == (1, 1)


def test_what_was_left_under_a_name_that_another_has_taken_is_refused(
    spool: Path, leave: Callable[..., Client], start_scripted: Callable[[str], Any], make_client: MakeClient
) -> None:
    from tests.client.test_answers import refusal

    address = free_address()
    leave(address, range(3))
    collector = start_scripted(address)
    collector.rejections = {each: refusal(each, 9, "epoch") for each in (1, 2, 3)}
    client = make_client(target=address, spool_dir=spool)
    client.log({"a": 3})
    assert client.flush(20)
    assert (client.stats.rejected, client.stats.acknowledged) == (3, 1)
    client.close()
    assert files(spool) == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs the names of open files")
def test_a_batch_can_be_made_to_survive_a_loss_of_power(
    spool: Path, scripted: Any, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def noted(file: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{file}").readlink()))
        fsync(file)

    monkeypatch.setattr(os, "fsync", noted)
    for wanted in (False, True):
        synced.clear()
        with make_client(spool_dir=spool, spool_fsync=wanted) as client:
            client.log({"a": 1})
            assert client.flush(10)
        assert any(path.endswith("next.tmp") for path in synced) == wanted


def test_a_spool_stays_where_it_is_when_the_process_changes_its_directory(
    tmp_path: Path, scripted: Any, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    client = make_client(spool_dir="spool")
    monkeypatch.chdir("/")
    client.log({"a": 1})
    assert client.flush(10)
    assert len(list((tmp_path / "spool").glob("*-*/producer.json"))) == 1


def test_a_spool_must_be_a_directory(tmp_path: Path, make_client: MakeClient) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidArgumentError, match=r"spool_dir must be a directory to write to, got .*file"):
        make_client(spool_dir=tmp_path / "file")
