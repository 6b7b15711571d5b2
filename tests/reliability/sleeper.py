"""A client in a process of its own: opens a stream, has one batch acknowledged, says so, and keeps the stream open.

Run as ``python sleeper.py ADDRESS``; it ends when its standard input does.
"""

import sys
from collections.abc import Iterator

import grpc

from driftline.v1 import ingest_pb2


def main() -> None:
    """See the module."""

    def requests() -> Iterator[bytes]:
        request = ingest_pb2.IngestRequest(producer_id="p", sequence=1, model="m", acknowledge=True)
        yield request.SerializeToString()
        sys.stdin.read()

    with grpc.insecure_channel(sys.argv[1]) as channel:
        call = channel.stream_stream("/driftline.v1.IngestService/Ingest", None, None)
        answers = iter(call(requests(), wait_for_ready=True))
        next(answers)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for _ in answers:
            pass


if __name__ == "__main__":
    main()
