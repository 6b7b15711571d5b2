"""The Arrow Flight door: ``DoPut`` of record batches into the same engine."""

import threading
from dataclasses import dataclass
from typing import Any

import grpc
import pyarrow as pa
from pyarrow import flight

from driftline._core import Answer, Engine, Session
from driftline.collector.access import Access
from driftline.collector.admission import Admission
from driftline.collector.byte_budget import ByteAccount
from driftline.collector.certificates import Certificates
from driftline.collector.clock import SteadyClock
from driftline.collector.flight_access import MIDDLEWARE, AccessFactory, caller_of, check_model
from driftline.collector.quotas import LONGEST_DELAY_SECONDS, Quota
from driftline.collector.retry_info import status_until
from driftline.collector.tracing import Tracing
from driftline.config.address import join_address, split_address
from driftline.errors import FailedPreconditionError, UnavailableError
from driftline.logs import get_logger
from driftline.v1 import ingest_pb2

logger = get_logger("driftline.collector")


class FlightServer(flight.FlightServerBase):
    """
    Takes batches whose descriptor is the path ``model`` or ``model, version``.

    The app metadata of a batch may be a serialised ``IngestRequest`` without model, version and records: producer,
    sequence number, dropped records, ``acknowledge``. Without it a batch is not protected against being counted
    twice. The put metadata that come back are serialised ``IngestResponse`` messages.

    Parameters
    ----------
    engine
        Takes the batches.
    address
        ``host:port``; port 0 takes a free one.
    access
        Knows the callers.
    admission
        Lets streams and their batches in; a batch counts by the bytes of its columns.
    clock
        Says when batches come in.
    certificates
        What it shows and asks its clients for, as it is now: Flight cannot change it later. ``None``: no encryption.
    tracing
        Makes spans of the calls.

    Raises
    ------
    FailedPreconditionError
        If the address cannot be listened on.
    """

    def __init__(
        self,
        engine: Engine,
        address: str,
        access: Access,
        admission: Admission,
        clock: SteadyClock,
        certificates: Certificates | None,
        tracing: Tracing,
    ) -> None:
        host, port = split_address(address)
        scheme = "grpc+tcp" if certificates is None else "grpc+tls"
        try:
            super().__init__(
                f"{scheme}://{join_address(host, port)}",
                middleware={MIDDLEWARE: AccessFactory(access)} | _spans(tracing),
                **_tls_options(certificates),
            )
        except (pa.ArrowException, OSError) as error:
            raise FailedPreconditionError(
                f"flight_address {address} cannot be listened on: {error}"
            ) from error
        self._engine = engine
        self._clock = clock
        self._admission = admission
        self._stopping = threading.Event()
        self.address = join_address(host, self.port)

    def do_put(
        self,
        context: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        """Take the batches of one stream; refused ones are listed in the answers and do not end it."""
        self._refuse_if_stopping()
        target = _target(descriptor)
        principal = caller_of(context)
        check_model(principal, target.model)
        session = self._engine.session(principal.models, principal.sender)
        try:
            with self._admission.stream(context.peer()) as account:
                stream = _Stream(session, principal.quota, account, writer)
                self._take_all(stream, target.SerializeToString(), reader)
                stream.answer(session.acknowledge())
        except UnavailableError as error:
            raise _unavailable(error) from error
        except (flight.FlightError, pa.ArrowException):
            raise
        except BaseException as error:
            logger.error("call failed", method="DoPut", exc_info=error)
            raise flight.FlightInternalError(f"DoPut failed: {type(error).__name__}: {error}") from error

    def stop(self, grace: float) -> None:
        """Take no further streams; give the present ones ``grace`` seconds to come to an end."""
        self._stopping.set()
        stopper = threading.Thread(target=self.shutdown, name="driftline-flight-stop", daemon=True)
        stopper.start()
        stopper.join(grace)

    def _take_all(self, stream: "_Stream", target: bytes, reader: flight.MetadataRecordBatchReader) -> None:
        for chunk in reader:
            if self._stopping.is_set():
                stream.answer(stream.session.acknowledge())
                self._refuse_if_stopping()
            if chunk.data is None:
                continue
            self._wait_for(stream)
            # What came over the wire has no rows but its own in its buffers; nbytes takes twenty times as long.
            size = chunk.data.get_total_buffer_size()
            stream.quota.charge(records=chunk.data.num_rows, size=size)
            metadata = chunk.app_metadata.to_pybytes() if chunk.app_metadata is not None else b""
            try:
                self._admission.take(stream.account, size)
                chunk.data.validate(full=True)
                # Messages that stand one after the other are merged: the path's model and version win.
                answer = stream.session.ingest_arrow(
                    metadata + target, chunk.data, self._clock.arrival_time()
                )
            except UnavailableError:
                # What came before is answered for first.
                stream.answer(stream.session.acknowledge())
                raise
            stream.account.give_back(size)
            stream.answer(answer)

    def _wait_for(self, stream: "_Stream") -> None:
        """Read nothing for as long as the quota says, or end the stream if that is too long."""
        seconds = stream.quota.debt_seconds()
        if seconds > LONGEST_DELAY_SECONDS:
            stream.answer(stream.session.acknowledge())
            raise flight.FlightUnavailableError(
                f"over quota; send what is not acknowledged again in {seconds:.1f} s"
            )
        if seconds > 0.0:
            self._stopping.wait(seconds)

    def _refuse_if_stopping(self) -> None:
        if self._stopping.is_set():
            raise flight.FlightUnavailableError(
                "the collector is stopping; send what is not acknowledged again"
            )


def _spans(tracing: Tracing) -> dict[str, flight.ServerMiddlewareFactory]:
    """What makes spans, where any are made."""
    if tracing.tracer is None:
        return {}
    from driftline.collector import flight_spans

    return {flight_spans.MIDDLEWARE: flight_spans.SpanFactory(tracing.tracer)}


def _tls_options(certificates: Certificates | None) -> dict[str, Any]:
    if certificates is None:
        return {}
    certificate = certificates.current()
    return {
        "tls_certificates": [(certificate.chain, certificate.private_key)],
        "verify_client": certificates.asks_clients,
        "root_certificates": certificate.client_ca,
    }


@dataclass(frozen=True)
class _Stream:
    """What belongs to one ``DoPut``."""

    session: Session
    quota: Quota
    account: ByteAccount
    writer: flight.FlightMetadataWriter

    def answer(self, answer: Answer | None) -> None:
        """Once what it answers for is safe."""
        if answer is not None:
            self.writer.write(pa.py_buffer(answer.wait()))


def _unavailable(error: UnavailableError) -> flight.FlightUnavailableError:
    """With when to come again as gRPC tells it, where that is known."""
    if error.retry_after_seconds is None:
        return flight.FlightUnavailableError(str(error))
    status = status_until(grpc.StatusCode.UNAVAILABLE, str(error), error.retry_after_seconds)
    return flight.FlightUnavailableError(str(error), status.SerializeToString())


def _target(descriptor: flight.FlightDescriptor) -> ingest_pb2.IngestRequest:
    """Model and version of a descriptor."""
    path = descriptor.path if descriptor.descriptor_type == flight.DescriptorType.PATH else None
    if not path or len(path) > 2:
        raise pa.ArrowInvalid(f"the descriptor must be a path of model and version, got {descriptor}")
    try:
        model, version = (*(part.decode() for part in path), "")[:2]
    except UnicodeDecodeError as error:
        raise pa.ArrowInvalid(f"model and version must be UTF-8: {error}") from error
    return ingest_pb2.IngestRequest(model=model, version=version)
