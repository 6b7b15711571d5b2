"""From logged records to record batches, a column at a time."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa

from driftline.client.columns import CONVERSION_ERRORS, ConflictError, column_array
from driftline.client.record_queue import Record
from driftline.client.timestamps import TIMESTAMP, timestamp_array, to_nanoseconds

ROLE_KEY = "driftline.role"
MAX_COLUMNS = 4_096

_OUTPUTS = ("prediction", "score", "label", "prediction_id", "latency")
_RESERVED = frozenset((*_OUTPUTS, "timestamp"))

Refuse = Callable[[int, str], None]
"""Takes a number of records that were refused, and why."""


class BatchBuilder:
    """
    Builds the batches of one client; remembers the columns it has seen, so that the schema changes seldom.

    Parameters
    ----------
    pin_roles
        Returns the names of those fields whose role must be said to be ``feature``, because their name would be
        taken for another.
    """

    def __init__(self, pin_roles: Callable[[pa.Schema], Iterable[str]]) -> None:
        self._pin_roles = pin_roles
        self._types: dict[str, pa.DataType] = {}
        self._features: dict[str, None] = {}
        self._schemas: dict[pa.Schema, pa.Schema] = {}

    def build(self, records: Sequence[Record], refuse: Refuse) -> pa.RecordBatch | None:
        """
        Build one batch of all records but those that do not fit their columns.

        Parameters
        ----------
        records
            At least one.
        refuse
            Told of the records that are left out.

        Returns
        -------
        pyarrow.RecordBatch or None
            ``None`` if nothing is left.
        """
        while records:
            try:
                return self._batch(records)
            except ConflictError as conflict:
                refuse(len(conflict.rows), str(conflict))
                out = set(conflict.rows)
                records = [record for row, record in enumerate(records) if row not in out]
        return None

    def _batch(self, records: Sequence[Record]) -> pa.RecordBatch:
        features, *outputs, timestamps = zip(*records, strict=True)
        named_outputs = {
            name: values
            for name, values in zip(_OUTPUTS, outputs, strict=True)
            if values.count(None) < len(values)
        }
        columns = self._feature_columns(features, {*named_outputs, "timestamp"})
        arrays = {name: column_array(name, values, self._types.get(name)) for name, values in columns.items()}
        for name, values in named_outputs.items():
            arrays[name] = self._output_array(name, values)
        arrays["timestamp"] = _timestamps(timestamps)
        self._types.update(
            {name: each.type for name, each in arrays.items() if not pa.types.is_null(each.type)}
        )
        schema = self._schema(pa.schema([(name, each.type) for name, each in arrays.items()]), columns)
        return pa.RecordBatch.from_arrays(list(arrays.values()), schema=schema)

    def _feature_columns(
        self, features: Sequence[dict[str, Any]], taken: set[str]
    ) -> dict[str, Sequence[Any]]:
        """The values of each feature; a feature that a record lacks is ``None`` there."""
        layouts = set(map(tuple, features))
        names = dict.fromkeys(chain.from_iterable(layouts))
        _check_names(features, names, taken)
        if len(self._features.keys() | names.keys()) > MAX_COLUMNS:
            self._features = {}
        self._features.update(names)
        if layouts == {tuple(self._features)}:
            return dict(zip(names, zip(*map(dict.values, features), strict=True), strict=True))
        known = [name for name in self._features if name not in taken]
        return {name: [each.get(name) for each in features] for name in known}

    def _output_array(self, name: str, values: Sequence[Any]) -> "pa.Array[Any]":
        if name == "prediction_id":
            return pa.array([None if value is None else str(value) for value in values], type=pa.string())
        return column_array(name, values, self._types.get(name))

    def _schema(self, bare: pa.Schema, features: Iterable[str]) -> pa.Schema:
        """The schema with the roles of its fields; made once for each set of columns."""
        if bare not in self._schemas:
            names = set(features)
            pinned = set(self._pin_roles(pa.schema([field for field in bare if field.name in names])))
            roles = dict.fromkeys(pinned, "feature") | {
                field.name: field.name for field in bare if field.name not in names
            }
            self._schemas = {
                bare: pa.schema(
                    [
                        field.with_metadata({ROLE_KEY: roles[field.name]}) if field.name in roles else field
                        for field in bare
                    ]
                )
            }
        return self._schemas[bare]


def _check_names(features: Sequence[dict[str, Any]], names: Iterable[Any], taken: set[str]) -> None:
    wrong = {name for name in names if not isinstance(name, str) or name in taken}
    if wrong:
        rows = [row for row, each in enumerate(features) if wrong & each.keys()]
        shown = ", ".join(sorted(map(repr, wrong))[:3])
        raise ConflictError(
            rows, f"a feature's name must be text and not that of another argument ({shown} is not)"
        )


def _timestamps(values: Sequence[Any]) -> "pa.Array[Any]":
    try:
        return timestamp_array(values)
    except CONVERSION_ERRORS:
        rows = [row for row, value in enumerate(values) if not _is_timestamp(value)]
        raise ConflictError(
            rows, f"a timestamp must be a datetime or a number from 1677 to 2262, got {values[rows[0]]!r}"
        ) from None


def _is_timestamp(value: Any) -> bool:
    try:
        nanoseconds = to_nanoseconds(value)
    except CONVERSION_ERRORS:
        return False
    return nanoseconds is None or -(2**63) <= nanoseconds < 2**63


__all__ = ["ROLE_KEY", "TIMESTAMP", "BatchBuilder"]
