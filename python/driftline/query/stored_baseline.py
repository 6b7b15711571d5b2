"""A baseline that an engine has, as a message."""

import pyarrow as pa

from driftline import _core
from driftline.errors import NotFoundError
from driftline.v1 import control_pb2


def stored_baseline(
    engine: _core.Engine, request: control_pb2.GetBaselineRequest
) -> control_pb2.GetBaselineResponse:
    """
    Find a baseline of a model by its name.

    Raises
    ------
    NotFoundError
        If the model, or the baseline, is not known; the message lists those that are.
    """
    baselines = dict(engine.baselines(request.model))
    name = request.name or next(iter(baselines), "")
    if name not in baselines:
        known = ", ".join(map(repr, baselines)) or "none"
        raise NotFoundError(f"model {request.model!r} has no baseline {name!r}; known: {known}")
    batch = baselines[name]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return control_pb2.GetBaselineResponse(name=name, rows=sink.getvalue().to_pybytes())
