"""Profiles of data at hand, and the drift between two of them: no collector involved."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, TypeAlias, Union

import pyarrow as pa

from driftline import _core
from driftline.errors import InvalidArgumentError
from driftline.query.profiles import Profile
from driftline.query.results.drift import DriftResult
from driftline.query.results.quality import QualityResult
from driftline.query.results.roles import RolesResult
from driftline.query.sources import Source, open_source, schema_of
from driftline.v1 import control_pb2

if TYPE_CHECKING:
    from driftline.config import MonitorConfig

#: How a model is monitored: as configuration, or as the message that it becomes.
MonitorLike: TypeAlias = Union["MonitorConfig", control_pb2.Monitor]

# Snapshot rows name their model; data at hand has none.
_UNNAMED_MODEL = "profile"


def profile(
    source: Source,
    *,
    monitor: MonitorLike | None = None,
    baseline: Profile | None = None,
    roles: Mapping[str, str] | None = None,
) -> Profile:
    """Profiles all records of a source.

    Parameters
    ----------
    source : table, data frame, path, glob or data set
        Anything with ``__arrow_c_stream__`` (pyarrow, polars, pandas, DuckDB), a pyarrow data set, or the path of
        Parquet, Arrow or CSV files. The records are in memory while they are profiled.
    monitor : MonitorConfig, optional
        Roles, segments and the number of bins.
    baseline : Profile, optional
        Count the values exactly on this profile's bins, for `Profile.drift`. Without it the profile gets bins of its
        own, so that it can serve as a baseline.
    roles : mapping of str to str, optional
        Column name to role, over those of ``monitor`` and over inferred ones.

    Returns
    -------
    Profile

    Raises
    ------
    InvalidBatchError
        If a column has a type that cannot be profiled; the message names it.
    InvalidArgumentError, NotFoundError
        If the source is nothing that can be read.

    Examples
    --------
    >>> import driftline, pyarrow as pa
    >>> driftline.profile(pa.table({"amount": [1.0, 2.0, 4.0]})).quantiles("amount", 0.5)[0].value
    2.0
    """
    message = _monitor_message(monitor, roles).SerializeToString()
    rows = _core.profile(open_source(source), message, None if baseline is None else baseline.to_arrow())
    return Profile(pa.Table.from_batches([rows]))


def compare(
    reference: Profile | Source,
    current: Profile | Source,
    *,
    columns: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
    recipe: str | None = None,
    bins: int | None = None,
    monitor: MonitorLike | None = None,
    roles: Mapping[str, str] | None = None,
) -> DriftResult:
    """How far ``current`` has moved from ``reference``.

    Each is a profile (or the path of a saved one) or a source of records as in `driftline.profile`. Current records
    are counted exactly on the reference's bins; a current profile is compared by its sketches. ``columns``,
    ``metrics``, ``recipe`` and ``bins`` are as in `Monitor.drift`.

    Raises
    ------
    InvalidArgumentError
        If no column can be compared; the message says why.

    Examples
    --------
    >>> import driftline, pyarrow as pa
    >>> before, after = pa.table({"x": range(1000)}), pa.table({"x": range(500, 1500)})
    >>> drift = driftline.compare(before, after)
    >>> round(drift["x"]["ks"].value, 2)
    0.5
    >>> drift["x"]["psi"].exceeds_noise
    True
    """
    before = _as_profile(reference, None, monitor, roles)
    after = _as_profile(current, before, monitor, roles)
    drift = after.drift(before, columns=columns, metrics=metrics, recipe=recipe, bins=bins)
    if not drift.entries:
        reasons = "; ".join(map(str, drift.incomparable)) or "there are none"
        raise InvalidArgumentError(f"no column can be compared: {reasons}")
    return drift


def compare_quality(
    reference: Profile | Source,
    current: Profile | Source,
    *,
    columns: Sequence[str] | None = None,
    monitor: MonitorLike | None = None,
    roles: Mapping[str, str] | None = None,
) -> QualityResult:
    """What the values of ``current`` are like beside those of ``reference``: both as in `compare`.

    Examples
    --------
    >>> import pyarrow as pa
    >>> before = pa.table({"age": list(range(100)), "city": ["Oslo"] * 100})
    >>> compare_quality(before, pa.table({"age": ["20"] * 100})).schema[0].column
    'city'
    """
    before = _as_profile(reference, None, monitor, roles)
    return _as_profile(current, before, monitor, roles).quality(before, columns=columns)


def infer_roles(
    source: Source, *, monitor: MonitorLike | None = None, roles: Mapping[str, str] | None = None
) -> RolesResult:
    """What each column of a source would be to driftline, and why. No records are read.

    Examples
    --------
    >>> import pyarrow as pa
    >>> infer_roles(pa.table({"age": [1], "y_pred": [0.5]}))["y_pred"].role
    'prediction'
    """
    message = _monitor_message(monitor, roles).SerializeToString()
    schema = schema_of(source)
    return RolesResult.from_schema(schema, _core.infer_roles(schema, message))


def _as_profile(
    source: Profile | Source,
    baseline: Profile | None,
    monitor: MonitorLike | None,
    roles: Mapping[str, str] | None,
) -> Profile:
    if isinstance(source, Profile):
        return source
    if isinstance(source, str | PathLike) and Profile.describes(schema_of(source)):
        return Profile.load(source)
    return profile(source, monitor=monitor, baseline=baseline, roles=roles)


def _monitor_message(monitor: MonitorLike | None, roles: Mapping[str, str] | None) -> control_pb2.Monitor:
    message = control_pb2.Monitor()
    if isinstance(monitor, control_pb2.Monitor):
        message.CopyFrom(monitor)
    elif monitor is not None:
        message.CopyFrom(monitor.to_proto())
    message.model = message.model or _UNNAMED_MODEL
    message.roles.update(roles or {})
    return message
