"""Log records as objects of the Elastic Common Schema.

What the schema has a field for goes there; everything else goes under ``driftline``, where it clashes with no field of
the schema, today's or tomorrow's: ``http``, say, is an object there, and not an address.
"""

import contextlib
import logging
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import ecs_logging

ECS_VERSION = "8.17.0"

# Fields of our log calls that the schema has a name for.
_ECS_FIELDS = {
    "method": "event.action",
    "peer": "client.address",
    "principal": "user.name",
    "reason": "event.reason",
    "why": "event.reason",
}
_LEFT_OUT = ("log.original", "log.origin", "process.name", "process.thread")
_PLAIN_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class EcsFormatter(ecs_logging.StdlibFormatter):
    """One ECS object a line."""

    def __init__(self) -> None:
        service = {"name": "driftline", "type": "driftline"}
        with contextlib.suppress(PackageNotFoundError):  # a source tree that is only on the path
            service["version"] = version("driftline")
        super().__init__(exclude_fields=_LEFT_OUT, extra={"service": service})

    def format_to_ecs(self, record: logging.LogRecord) -> dict[str, Any]:
        """Name the fields of a log call as the schema does, and let the package do the rest."""
        plain: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for name, value in vars(record).items():
            (plain if name in _PLAIN_RECORD else own)[name] = value
        placed = logging.makeLogRecord(plain | _placed(own))
        fields: dict[str, Any] = super().format_to_ecs(placed)
        fields["ecs.version"] = ECS_VERSION
        fields["event"] = {"kind": "event", "dataset": record.name} | fields.get("event", {})
        return fields


def _placed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields by the dotted names under which they are written; those that have a dot are placed already."""
    return {
        name if "." in name else _ECS_FIELDS.get(name, f"driftline.{name}"): value
        for name, value in fields.items()
    }
