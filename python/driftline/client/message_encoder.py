"""Batches as the bytes of one gRPC stream: the schema once, then batches alone."""

import pyarrow as pa


class MessageEncoder:
    """State of one stream: the schema that its receiver knows."""

    def __init__(self) -> None:
        self._schema: pa.Schema | None = None

    def encode(self, batch: pa.RecordBatch) -> bytes:
        """
        Return Arrow IPC messages: the batch, preceded by its schema where that is new on this stream.

        A batch with dictionaries becomes a complete IPC stream of its own.
        """
        if any(pa.types.is_dictionary(field.type) for field in batch.schema):
            self._schema = None
            return _complete_stream(batch)
        message: bytes = batch.serialize().to_pybytes()
        if self._schema is not None and self._schema.equals(batch.schema, check_metadata=True):
            return message
        self._schema = batch.schema
        schema: bytes = batch.schema.serialize().to_pybytes()
        return schema + message


def _complete_stream(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content
