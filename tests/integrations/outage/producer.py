"""Load in a process of its own: ``python producer.py ADDRESS WINDOW_SECONDS`` sends until its standard input ends.

It logs as much as the collector takes, and prints a line a second: the time (``time.monotonic``, which all processes
share) and the records that were acknowledged until then. The last line is the client's statistics as JSON.
"""

import dataclasses
import json
import sys
import threading
import time
from typing import Any

import numpy as np
import pyarrow as pa

import driftline

MODEL = "load"
VERSION = "1"
ROWS = 2_000


def table(random: np.random.Generator, level: float) -> pa.Table:
    """Records that look like those of a service; ``level`` is the same in all of them."""
    scores = random.random(ROWS)
    columns: dict[str, Any] = {
        "level": pa.array(np.full(ROWS, level)),
        "amount": pa.array(random.lognormal(3.0, 1.0, ROWS)),
        "age": pa.array(random.integers(18, 90, ROWS)),
        "country": pa.array(random.choice(["no", "se", "dk", "fi"], ROWS)).dictionary_encode(),
        "score": pa.array(scores),
        "prediction": pa.array(scores > 0.8),
        "latency": pa.array(random.gamma(2.0, 0.01, ROWS)),
    }
    return pa.table(columns)


def main() -> None:
    """See the module."""
    address, window = sys.argv[1], float(sys.argv[2])
    random = np.random.default_rng(7)
    tables = {level: [table(random, level) for _ in range(16)] for level in (0.0, 1.0)}
    ended = threading.Event()
    with driftline.Client(
        address, model=MODEL, version=VERSION, on_full="block", queue_records=20 * ROWS, batch_records=ROWS
    ) as client:

        def report() -> None:
            while not ended.wait(1.0):
                sys.stdout.write(f"{time.monotonic()} {client.stats.acknowledged}\n")
                sys.stdout.flush()

        def wait_for_the_end() -> None:
            sys.stdin.read()
            ended.set()

        threads = [threading.Thread(target=each) for each in (report, wait_for_the_end)]
        for thread in threads:
            thread.start()
        sent = 0
        while not ended.is_set():
            # Another level in each window: what an alert is about holds in every second one.
            level = float(int(time.time() // window) % 2)
            client.log_table(tables[level][sent % 16])
            sent += 1
        for thread in threads:
            thread.join()
        client.flush(60.0)
        sys.stdout.write(json.dumps(dataclasses.asdict(client.stats)) + "\n")


if __name__ == "__main__":
    main()
