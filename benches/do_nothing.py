"""``python -m benches.do_nothing grpc|flight HOST:PORT``: servers that receive batches and do nothing with them.

They answer as often as a collector may: once in 32 messages and at the end.
"""

import argparse
from collections.abc import Iterator
from concurrent import futures

import grpc
import pyarrow as pa
from pyarrow import flight

from benches.doors import ACKNOWLEDGE_EVERY, CHANNEL_OPTIONS, METHOD

THREADS = 16


def serve_grpc(address: str) -> None:
    """The stream of driftline.v1, whose bytes nobody looks at."""
    service, _, method = METHOD[1:].partition("/")
    handlers = {method: grpc.stream_stream_rpc_method_handler(_receive)}
    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=CHANNEL_OPTIONS)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    server.add_insecure_port(address)
    server.start()
    print("listening", flush=True)
    server.wait_for_termination()


def _receive(requests: Iterator[bytes], _context: grpc.ServicerContext) -> Iterator[bytes]:
    for number, _request in enumerate(requests, start=1):
        if number % ACKNOWLEDGE_EVERY == 0:
            yield b""
    yield b""


class DoNothingFlight(flight.FlightServerBase):
    """``DoPut`` that reads every batch, as far as Arrow decodes it."""

    def do_put(
        self,
        _context: flight.ServerCallContext,
        _descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        """Read to the end."""
        for number, _chunk in enumerate(reader, start=1):
            if number % ACKNOWLEDGE_EVERY == 0:
                writer.write(pa.py_buffer(b""))
        writer.write(pa.py_buffer(b""))


def serve_flight(address: str) -> None:
    """Arrow Flight."""
    server = DoNothingFlight(f"grpc://{address}")
    print("listening", flush=True)
    server.serve()


def main() -> None:
    """Serve until terminated."""
    parser = argparse.ArgumentParser()
    parser.add_argument("door", choices=("grpc", "flight"))
    parser.add_argument("address")
    arguments = parser.parse_args()
    (serve_grpc if arguments.door == "grpc" else serve_flight)(arguments.address)


if __name__ == "__main__":
    main()
