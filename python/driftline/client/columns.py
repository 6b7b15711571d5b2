"""From the Python values of one column to an Arrow array, and which of them do not belong there."""

from collections.abc import Sequence
from typing import Any, Literal

import pyarrow as pa

Kind = Literal["number", "boolean", "text", "time", "nothing"]

CONVERSION_ERRORS = (pa.ArrowException, TypeError, ValueError, OverflowError)


class ConflictError(Exception):
    """Some values of a column do not belong with the others."""

    def __init__(self, rows: list[int], message: str) -> None:
        super().__init__(message)
        self.rows = rows


def warm_up() -> None:
    """
    Make pyarrow load pandas now, if it is installed, as it does for the first array.

    Left to the first record that takes half a second in the middle of serving, and fails once the interpreter is
    about to exit.
    """
    pa.array([None])


def column_array(name: str, values: Sequence[Any], known: pa.DataType | None) -> "pa.Array[Any]":
    """
    Put values into an array.

    Parameters
    ----------
    name
        The column's name, for messages.
    values
        Numbers, booleans, texts, dates and times, numpy scalars among them, and ``None``.
    known
        Type of the column in earlier batches. The array gets it where no value is changed by that, so that
        schemas change seldom; whole numbers followed by fractions become ``float64``.

    Raises
    ------
    ConflictError
        With the rows whose values are of another kind than the column's (its first value decides), or none at all.
    """
    try:
        array = pa.array(values)
        if kind_of(array.type) is not None and _agree(array.type, known):
            return _settle(array, known)
    except CONVERSION_ERRORS:
        pass
    raise _conflict(name, values, known)


def kind_of(data_type: pa.DataType) -> Kind | None:
    """The kind of a type; ``None`` for those that are not single values."""
    if pa.types.is_integer(data_type) or pa.types.is_floating(data_type) or pa.types.is_decimal(data_type):
        return "number"
    if pa.types.is_boolean(data_type):
        return "boolean"
    if pa.types.is_string(data_type) or pa.types.is_large_string(data_type):
        return "text"
    if pa.types.is_temporal(data_type):
        return "time"
    return "nothing" if pa.types.is_null(data_type) else None


def _agree(data_type: pa.DataType, known: pa.DataType | None) -> bool:
    if known is None or pa.types.is_null(data_type):
        return True
    same_kind = kind_of(data_type) == kind_of(known)
    return same_kind and (kind_of(known) != "time" or data_type.id == known.id)


def _settle(array: "pa.Array[Any]", known: pa.DataType | None) -> "pa.Array[Any]":
    """The array in the column's type where every value can be that, else in its own."""
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    if known is None or array.type == known:
        return array
    wanted = known
    if pa.types.is_floating(array.type) and known != array.type:
        wanted = pa.float64()
    try:
        return array.cast(wanted)
    except pa.ArrowInvalid:
        return array


def _conflict(name: str, values: Sequence[Any], known: pa.DataType | None) -> ConflictError:
    """Look at every value by itself: the slow way, for batches with a fault only."""
    kinds = [_kind_of_value(value) for value in values]
    expected = kind_of(known) if known is not None else None
    if expected is None:
        expected = next((kind for kind in kinds if kind not in (None, "nothing")), None)
    rows = [row for row, kind in enumerate(kinds) if kind not in (expected, "nothing")]
    if not rows:
        return ConflictError(
            list(range(len(values))), f"column {name!r}: its values do not fit one Arrow type"
        )
    found = values[rows[0]]
    wanted = (
        f"must be a {expected} as before" if expected else "must be a number, boolean, text, date or time"
    )
    return ConflictError(
        rows, f"column {name!r}: a value {wanted}, got {type(found).__name__} {str(found)[:64]!r}"
    )


def _kind_of_value(value: Any) -> Kind | None:
    try:
        return kind_of(pa.scalar(value).type)
    except CONVERSION_ERRORS:
        return None
