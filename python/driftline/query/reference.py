"""What a question compares records with, as a caller says it and as the wire carries it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from driftline.query.selection import Selection
from driftline.v1 import selection_pb2

if TYPE_CHECKING:
    from driftline.config import CompareWith

#: A baseline's name, other records, a rule that finds records from those asked about, or ``None`` for what the monitor
#: says.
RemoteReference: TypeAlias = Union[str, Selection, "CompareWith", Mapping[str, Any], None]

_RULES = {"trailing", "period"}


def reference_to_proto(reference: RemoteReference, current: Selection) -> selection_pb2.Reference:
    """The message of a reference; records are of the same model as ``current`` unless they name another.

    A mapping is a rule (see `driftline.config.CompareWith`) if it has ``trailing`` or ``period``, else a selection.
    """
    message = selection_pb2.Reference()
    if isinstance(reference, str):
        message.baseline = reference
    elif isinstance(reference, Selection):
        message.records.CopyFrom(reference.to_proto())
    elif isinstance(reference, Mapping) and not _RULES & reference.keys():
        message.records.CopyFrom(Selection(**reference).to_proto())
    elif reference is not None:
        message.relative.CopyFrom(_rule(reference).to_proto())
    if message.HasField("records"):
        message.records.model = message.records.model or current.model or ""
    return message


def _rule(reference: "CompareWith | Mapping[str, Any]") -> "CompareWith":
    from driftline.config import CompareWith

    return CompareWith.parse(reference) if isinstance(reference, Mapping) else reference
