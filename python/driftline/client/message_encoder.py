"""Batches as the bytes of gRPC streams: the schema once, then batches alone."""

from dataclasses import dataclass

import pyarrow as pa

_END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class Message:
    """
    A batch as Arrow IPC messages.

    Attributes
    ----------
    schema
        The message with the schema.
    body
        The messages that follow it.
    stands_alone
        Whether the body cannot do without its schema, since it has dictionaries.
    """

    schema: bytes
    body: bytes
    stands_alone: bool

    def complete(self) -> bytes:
        """The batch as a complete Arrow IPC stream."""
        return self.schema + self.body + (b"" if self.stands_alone else _END_OF_STREAM)


class MessageEncoder:
    """Encodes the batches of one client; the schema of the last one is kept, as it seldom changes."""

    def __init__(self) -> None:
        self._schema: pa.Schema | None = None
        self._encoded = b""

    def encode(self, batch: pa.RecordBatch) -> Message:
        """Encode one batch."""
        schema = self._encode_schema(batch.schema)
        if any(pa.types.is_dictionary(field.type) for field in batch.schema):
            return Message(schema, _complete_stream(batch)[len(schema) :], stands_alone=True)
        return Message(schema, batch.serialize().to_pybytes(), stands_alone=False)

    def _encode_schema(self, schema: pa.Schema) -> bytes:
        if self._schema is None or not self._schema.equals(schema, check_metadata=True):
            self._schema = schema
            self._encoded = schema.serialize().to_pybytes()
        return self._encoded


class MessageStream:
    """What the receiver of one gRPC stream knows: the last schema."""

    def __init__(self) -> None:
        self._schema: bytes | None = None

    def next(self, message: Message) -> bytes:
        """The bytes to send for a message, its schema before it where that is new on this stream."""
        if message.stands_alone:
            self._schema = None
        elif self._schema == message.schema:
            return message.body
        else:
            self._schema = message.schema
        return message.schema + message.body if message.schema else message.body


def _complete_stream(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content
