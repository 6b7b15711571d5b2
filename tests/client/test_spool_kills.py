"""A serving process that is killed, again and again, loses nothing that was in its spool, and nothing counts twice."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.client.conftest import free_address

import driftline

if TYPE_CHECKING:
    from driftline.collector import Collector

SERVE = """
import os, sys, time
from driftline.client import Client
from driftline.client.spool_file import SpoolFile

address, spool, journal, first = sys.argv[1:]
log = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
write = SpoolFile.write

def journaled(*arguments, **options):
    file = write(*arguments, **options)
    os.write(log, f"{file.path}\\n".encode())
    return file

SpoolFile.write = journaled
client = Client(address, model="m", spool_dir=spool, batch_records=50, linger_seconds=0.01, on_full="block")
print("serving", flush=True)
number = int(first)
while True:
    client.log({"a": number})
    number += 1
    if number % 500 == 0:
        time.sleep(0.002)
"""


class Serving:
    """A serving process that journals what it hands to its spool."""

    def __init__(self, folder: Path) -> None:
        self.spool = folder / "spool"
        self._journal = folder / "journal"
        self.spooled: set[str] = set()

    def live(self, address: str, first: int, seconds: float) -> None:
        """Serve for a while, and be killed."""
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, address, str(self.spool), str(self._journal), str(first)],
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"serving\n"
            time.sleep(seconds)
        finally:
            process.kill()
            process.communicate()
        # Between the name of a file and its line in the journal there is a moment.
        self.spooled.update(str(path) for path in self.spool.glob("*-*/*.arrow"))
        self.spooled.update(self._journal.read_text().splitlines())

    @property
    def records(self) -> int:
        """How many were handed to the spool so far, as the names of the files say."""
        return sum(int(Path(name).name.split("-")[1]) for name in self.spooled)


def drain(address: str, spool: Path) -> None:
    with driftline.Client(address, model="m", spool_dir=spool) as client:
        assert client.flush(60), client.stats
        assert client.stats.dropped == client.stats.rejected == 0


KILLS = int(os.environ.get("DRIFTLINE_KILLS", "4"))


@pytest.mark.timeout(60 + 20 * KILLS)
def test_what_was_spooled_is_counted_once_whatever_is_killed(
    tmp_path: Path, start_collector: Callable[..., "Collector"]
) -> None:
    collector = start_collector()
    assert collector.grpc_address
    serving, random_ = Serving(tmp_path), random.Random(4)
    for life in range(KILLS):
        serving.live(collector.grpc_address, life * 10_000_000, random_.uniform(0.0, 0.6))
    drain(collector.grpc_address, serving.spool)
    with driftline.connect(collector.grpc_address) as monitor:
        summary = monitor.summary()
    assert serving.records > 100 * KILLS
    assert summary["a"].count == serving.records


def test_what_was_spooled_while_the_collector_was_away_arrives_in_order(
    tmp_path: Path, start_scripted: Callable[[str], Any]
) -> None:
    address = free_address()
    serving = Serving(tmp_path)
    for life in range(2):
        serving.live(address, life * 10_000_000, 0.3)
    collector = start_scripted(address)
    drain(address, serving.spool)
    counted = collector.counted()
    arrived = [number for key in counted for number in counted[key]]
    assert arrived == sorted(set(arrived))
    assert len(arrived) == serving.records > 100
