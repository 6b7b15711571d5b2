"""A producer that repeats and reorders its batches: each counts once, also over kills."""

import contextlib
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
from tests.reliability.batches import request, send
from tests.reliability.conftest import Arena

from driftline.v1 import ingest_pb2

MakeArena = Callable[..., Arena]
BATCHES = 300
ROUNDS = 2
"""How often several streams send batches until the collector is killed."""

TIME = 1_700_000_000 * 1_000_000_000


def stream(scene: Arena, batches: list[bytes], told: list[Any]) -> None:
    """Send batches through one stream, as far as it gets."""
    with grpc.insecure_channel(scene.collector.grpc_address) as channel:
        call = channel.stream_stream(
            "/driftline.v1.IngestService/Ingest",
            request_serializer=None,
            response_deserializer=ingest_pb2.IngestResponse.FromString,
        )
        with contextlib.suppress(grpc.RpcError):
            told.extend(call(iter(batches), timeout=20.0))


def test_repeated_and_reordered_batches_count_once(arena: MakeArena) -> None:
    """Several streams at once send the same batches, each in an order of its own, and the collector is killed."""
    scene = arena(flush_interval_seconds=0.2, log_segment_bytes=1 << 16)
    chance = random.Random(ROUNDS)
    batches = {
        number: request(number, [TIME] * chance.randrange(1, 9), float(chance.randrange(100)))
        for number in range(1, BATCHES + 1)
    }
    told: list[Any] = []
    for _ in range(ROUNDS):
        # Each batch comes about twice, hundreds of numbers off its place.
        orders = [chance.choices(list(batches), k=BATCHES // 2) for _ in range(4)]
        threads = [
            threading.Thread(target=stream, args=(scene, [batches[number] for number in order], told))
            for order in orders
        ]
        enough = len(told) + chance.randrange(BATCHES // 3, BATCHES)
        for thread in threads:
            thread.start()
        # In the middle of it, however fast the machine is.
        while len(told) < enough and any(thread.is_alive() for thread in threads):
            time.sleep(0.001)
        scene.kill()
        for thread in threads:
            thread.join()
        scene.start()
    everything = list(batches)
    chance.shuffle(everything)
    stream(scene, [batches[number] for number in everything], told)
    duplicates = sum(answer.duplicates for answer in told)
    assert duplicates > BATCHES // 4, "the test is about repeated batches"
    assert not [answer.rejections for answer in told if answer.rejections]
    assert send(scene, batches[1]).duplicates == 1
    assert scene.counted() == totals()
    scene.kill()
    scene.start()
    assert scene.counted() == totals()


def totals() -> tuple[int, int, int]:
    """Records, sum and labels of all batches, by the same chances."""
    chance = random.Random(ROUNDS)
    sizes = [(chance.randrange(1, 9), chance.randrange(100)) for _ in range(BATCHES)]
    records = sum(rows for rows, _ in sizes)
    return records, sum(rows * value for rows, value in sizes), records
