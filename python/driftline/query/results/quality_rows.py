"""The table that findings of all kinds go into."""

from typing import TypeAlias

import pyarrow as pa

from driftline.query.grid import figure, interval
from driftline.query.results.values import Estimate

#: One row by the names of its columns.
Row: TypeAlias = dict[str, object]

_FIELDS: dict[str, pa.DataType] = {
    "column": pa.string(),
    "role": pa.string(),
    "check": pa.string(),
    "reference": pa.float64(),
    "reference_low": pa.float64(),
    "reference_high": pa.float64(),
    "current": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "noise_floor": pa.float64(),
    "noise_q95": pa.float64(),
    "p_value": pa.float64(),
    "adjusted_p_value": pa.float64(),
    "n_reference": pa.uint64(),
    "n_current": pa.uint64(),
    "exceeds_noise": pa.bool_(),
    "detail": pa.string(),
}
SCHEMA = pa.schema(_FIELDS)
HEADERS = (
    "column",
    "check",
    "reference",
    "current",
    "noise q95",
    "p-value",
    "adjusted",
    "n reference",
    "n current",
    "",
)


def row(
    column: str,
    check: str,
    *,
    role: str = "",
    reference: Estimate | None = None,
    current: Estimate | None = None,
    noise_floor: float | None = None,
    noise_q95: float | None = None,
    p_value: float | None = None,
    adjusted_p_value: float | None = None,
    n_reference: int | None = None,
    n_current: int | None = None,
    exceeds_noise: bool = False,
    detail: str = "",
) -> Row:
    """One row; what is not given is null."""
    return {
        "column": column,
        "role": role,
        "check": check,
        "reference": reference and reference.value,
        "reference_low": reference and reference.low,
        "reference_high": reference and reference.high,
        "current": current and current.value,
        "low": current and current.low,
        "high": current and current.high,
        "noise_floor": noise_floor,
        "noise_q95": noise_q95,
        "p_value": p_value,
        "adjusted_p_value": adjusted_p_value,
        "n_reference": n_reference,
        "n_current": n_current,
        "exceeds_noise": exceeds_noise,
        "detail": detail,
    }


def cells(entry: Row) -> tuple[str, ...]:
    """A row as text, under `HEADERS`."""
    return (
        str(entry["column"]),
        str(entry["check"]),
        _estimate(entry["reference"], entry["reference_low"], entry["reference_high"]),
        _estimate(entry["current"], entry["low"], entry["high"]),
        *(_number(entry[name]) for name in ("noise_q95", "p_value", "adjusted_p_value")),
        *(_count(entry[name]) for name in ("n_reference", "n_current")),
        str(entry["detail"]) or ("beyond noise" if entry["exceeds_noise"] else ""),
    )


def _estimate(value: object, low: object, high: object) -> str:
    if not isinstance(value, int | float):
        return "-"
    if isinstance(low, int | float) and isinstance(high, int | float) and low < high:
        return f"{figure(value)} {interval(low, high)}"
    return figure(value)


def _number(value: object) -> str:
    return figure(value if isinstance(value, int | float) else None)


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "-"
