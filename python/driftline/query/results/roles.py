"""What the columns of a source are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, plural
from driftline.query.results.result import Listing

_NAMES = ("column", "type", "role", "origin")


@dataclass(frozen=True)
class ColumnRole:
    """A column: its Arrow type, its role, and who said so (``metadata``, ``configuration`` or ``inferred``).

    A type that cannot be taken has the role ``unsupported``, and the reason as its origin.
    """

    column: str
    type: str
    role: str
    origin: str


@dataclass(frozen=True, repr=False)
class RolesResult(Listing[ColumnRole]):
    """Roles by column, in the order of the source: ``roles["y_pred"].role``."""

    _noun: ClassVar[str] = "column"

    @classmethod
    def from_schema(cls, schema: pa.Schema, roles: Iterable[tuple[str, str, str, str]]) -> "RolesResult":
        """From a schema and what the core makes of it; types are shown by the names that pyarrow gives them."""
        return cls(
            tuple(
                ColumnRole(name, str(field.type), role, origin)
                for field, (name, _, role, origin) in zip(schema, roles, strict=True)
            )
        )

    def _key(self, entry: ColumnRole) -> str:
        return entry.column

    def to_arrow(self) -> pa.Table:
        """One row a column."""
        schema = pa.schema([(name, pa.string()) for name in _NAMES])
        return pa.Table.from_pylist([vars(entry) for entry in self.entries], schema=schema)

    def grid(self) -> Grid:
        """One row a column."""
        rows = tuple((entry.column, entry.type, entry.role, entry.origin) for entry in self.entries)
        return Grid(plural(len(self), "column"), _NAMES, rows, text_columns=len(_NAMES))
