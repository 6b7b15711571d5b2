"""The parts of OTLP messages that all signals share."""

from collections.abc import Mapping

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from driftline._core import __version__

AttributeValue = str | bool | int | float


def attributes(values: Mapping[str, AttributeValue]) -> list[KeyValue]:
    """Attributes in the order given."""
    return [KeyValue(key=key, value=_any_value(value)) for key, value in values.items()]


def _any_value(value: AttributeValue) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


def resource(writer_id: str, given: Mapping[str, str]) -> Resource:
    """
    What the collector is called.

    Parameters
    ----------
    writer_id
        Tells it from other collectors; empty: nothing does.
    given
        Attributes over those that it has by itself.
    """
    named = {"service.name": "driftline", "service.version": __version__}
    if writer_id:
        named["driftline.writer_id"] = writer_id
    return Resource(attributes=attributes(named | dict(given)))


def scope() -> InstrumentationScope:
    """Who made what is sent, with the version of its names."""
    return InstrumentationScope(name="driftline", version=__version__)
