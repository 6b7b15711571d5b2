from driftline.v1 import canary_pb2 as _canary_pb2
from driftline.v1 import concept_pb2 as _concept_pb2
from driftline.v1 import estimated_pb2 as _estimated_pb2
from driftline.v1 import evidence_pb2 as _evidence_pb2
from driftline.v1 import column_sets_pb2 as _column_sets_pb2
from driftline.v1 import fairness_pb2 as _fairness_pb2
from driftline.v1 import objectives_pb2 as _objectives_pb2
from driftline.v1 import performance_pb2 as _performance_pb2
from driftline.v1 import quality_pb2 as _quality_pb2
from driftline.v1 import selection_pb2 as _selection_pb2
from driftline.v1 import series_pb2 as _series_pb2
from driftline.v1 import signals_pb2 as _signals_pb2
from driftline.v1 import windows_pb2 as _windows_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ModelsRequest(_message.Message):
    __slots__ = ("outline",)
    OUTLINE_FIELD_NUMBER: _ClassVar[int]
    outline: bool
    def __init__(self, outline: bool = ...) -> None: ...

class ModelsResponse(_message.Message):
    __slots__ = ("models",)
    MODELS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("name", "versions", "baselines")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    BASELINES_FIELD_NUMBER: _ClassVar[int]
    name: str
    versions: _containers.RepeatedCompositeFieldContainer[ModelVersion]
    baselines: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., versions: _Optional[_Iterable[_Union[ModelVersion, _Mapping]]] = ..., baselines: _Optional[_Iterable[str]] = ...) -> None: ...

class ModelVersion(_message.Message):
    __slots__ = ("version", "coverage", "columns", "segments")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    version: str
    coverage: _selection_pb2.Coverage
    columns: _containers.RepeatedCompositeFieldContainer[ColumnInfo]
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    def __init__(self, version: _Optional[str] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ..., columns: _Optional[_Iterable[_Union[ColumnInfo, _Mapping]]] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ...) -> None: ...

class ColumnInfo(_message.Message):
    __slots__ = ("name", "role", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: str
    kind: str
    def __init__(self, name: _Optional[str] = ..., role: _Optional[str] = ..., kind: _Optional[str] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("values",)
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.ScalarMap[str, str]
    def __init__(self, values: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ProfileRequest(_message.Message):
    __slots__ = ("selection", "columns")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

class ProfileResponse(_message.Message):
    __slots__ = ("rows", "coverage")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    rows: bytes
    coverage: _selection_pb2.Coverage
    def __init__(self, rows: _Optional[bytes] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class SummaryRequest(_message.Message):
    __slots__ = ("selection", "columns")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

class SummaryResponse(_message.Message):
    __slots__ = ("columns", "coverage")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[ColumnSummary]
    coverage: _selection_pb2.Coverage
    def __init__(self, columns: _Optional[_Iterable[_Union[ColumnSummary, _Mapping]]] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class ColumnSummary(_message.Message):
    __slots__ = ("name", "role", "kind", "count", "nulls", "nans", "infinities", "distinct", "mean", "std_dev", "min", "max", "p50", "p99", "top", "skewness", "excess_kurtosis")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    NULLS_FIELD_NUMBER: _ClassVar[int]
    NANS_FIELD_NUMBER: _ClassVar[int]
    INFINITIES_FIELD_NUMBER: _ClassVar[int]
    DISTINCT_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    STD_DEV_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    P50_FIELD_NUMBER: _ClassVar[int]
    P99_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    SKEWNESS_FIELD_NUMBER: _ClassVar[int]
    EXCESS_KURTOSIS_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: str
    kind: str
    count: int
    nulls: int
    nans: int
    infinities: int
    distinct: _selection_pb2.Estimate
    mean: float
    std_dev: float
    min: float
    max: float
    p50: float
    p99: float
    top: _containers.RepeatedCompositeFieldContainer[ItemCount]
    skewness: float
    excess_kurtosis: float
    def __init__(self, name: _Optional[str] = ..., role: _Optional[str] = ..., kind: _Optional[str] = ..., count: _Optional[int] = ..., nulls: _Optional[int] = ..., nans: _Optional[int] = ..., infinities: _Optional[int] = ..., distinct: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., mean: _Optional[float] = ..., std_dev: _Optional[float] = ..., min: _Optional[float] = ..., max: _Optional[float] = ..., p50: _Optional[float] = ..., p99: _Optional[float] = ..., top: _Optional[_Iterable[_Union[ItemCount, _Mapping]]] = ..., skewness: _Optional[float] = ..., excess_kurtosis: _Optional[float] = ...) -> None: ...

class ItemCount(_message.Message):
    __slots__ = ("item", "count", "error")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    item: str
    count: int
    error: int
    def __init__(self, item: _Optional[str] = ..., count: _Optional[int] = ..., error: _Optional[int] = ...) -> None: ...

class QuantilesRequest(_message.Message):
    __slots__ = ("selection", "column", "q")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    Q_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    column: str
    q: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., column: _Optional[str] = ..., q: _Optional[_Iterable[float]] = ...) -> None: ...

class QuantilesResponse(_message.Message):
    __slots__ = ("quantiles", "count", "coverage", "kll_rank_error")
    QUANTILES_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    KLL_RANK_ERROR_FIELD_NUMBER: _ClassVar[int]
    quantiles: _containers.RepeatedCompositeFieldContainer[Quantile]
    count: int
    coverage: _selection_pb2.Coverage
    kll_rank_error: float
    def __init__(self, quantiles: _Optional[_Iterable[_Union[Quantile, _Mapping]]] = ..., count: _Optional[int] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ..., kll_rank_error: _Optional[float] = ...) -> None: ...

class Quantile(_message.Message):
    __slots__ = ("q", "value", "low", "high", "kll")
    Q_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    KLL_FIELD_NUMBER: _ClassVar[int]
    q: float
    value: float
    low: float
    high: float
    kll: float
    def __init__(self, q: _Optional[float] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., kll: _Optional[float] = ...) -> None: ...

class DistributionRequest(_message.Message):
    __slots__ = ("selection", "column", "limit")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    column: str
    limit: int
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., column: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DistributionResponse(_message.Message):
    __slots__ = ("kind", "bins", "items", "count", "nulls", "coverage")
    KIND_FIELD_NUMBER: _ClassVar[int]
    BINS_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    NULLS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    bins: _containers.RepeatedCompositeFieldContainer[Bin]
    items: _containers.RepeatedCompositeFieldContainer[ItemCount]
    count: int
    nulls: int
    coverage: _selection_pb2.Coverage
    def __init__(self, kind: _Optional[str] = ..., bins: _Optional[_Iterable[_Union[Bin, _Mapping]]] = ..., items: _Optional[_Iterable[_Union[ItemCount, _Mapping]]] = ..., count: _Optional[int] = ..., nulls: _Optional[int] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class Bin(_message.Message):
    __slots__ = ("lower", "upper", "count")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    lower: float
    upper: float
    count: int
    def __init__(self, lower: _Optional[float] = ..., upper: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...

class DriftRequest(_message.Message):
    __slots__ = ("selection", "reference", "columns", "metrics", "recipe", "bins")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    BINS_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    reference: _selection_pb2.Reference
    columns: _containers.RepeatedScalarFieldContainer[str]
    metrics: _containers.RepeatedScalarFieldContainer[str]
    recipe: str
    bins: int
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Reference, _Mapping]] = ..., columns: _Optional[_Iterable[str]] = ..., metrics: _Optional[_Iterable[str]] = ..., recipe: _Optional[str] = ..., bins: _Optional[int] = ...) -> None: ...

class DriftResponse(_message.Message):
    __slots__ = ("columns", "coverage", "reference", "incomparable", "recipe", "ranked_by")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    INCOMPARABLE_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    RANKED_BY_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[ColumnDrift]
    coverage: _selection_pb2.Coverage
    reference: _selection_pb2.Compared
    incomparable: _containers.RepeatedCompositeFieldContainer[IncomparableColumn]
    recipe: str
    ranked_by: str
    def __init__(self, columns: _Optional[_Iterable[_Union[ColumnDrift, _Mapping]]] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Compared, _Mapping]] = ..., incomparable: _Optional[_Iterable[_Union[IncomparableColumn, _Mapping]]] = ..., recipe: _Optional[str] = ..., ranked_by: _Optional[str] = ...) -> None: ...

class ColumnDrift(_message.Message):
    __slots__ = ("column", "role", "values", "bins")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    BINS_FIELD_NUMBER: _ClassVar[int]
    column: str
    role: str
    values: _containers.RepeatedCompositeFieldContainer[DriftValue]
    bins: _containers.RepeatedCompositeFieldContainer[DriftBin]
    def __init__(self, column: _Optional[str] = ..., role: _Optional[str] = ..., values: _Optional[_Iterable[_Union[DriftValue, _Mapping]]] = ..., bins: _Optional[_Iterable[_Union[DriftBin, _Mapping]]] = ...) -> None: ...

class DriftBin(_message.Message):
    __slots__ = ("range", "category", "others", "reference", "current", "psi")
    RANGE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    PSI_FIELD_NUMBER: _ClassVar[int]
    range: NumberRange
    category: str
    others: bool
    reference: _selection_pb2.Estimate
    current: _selection_pb2.Estimate
    psi: float
    def __init__(self, range: _Optional[_Union[NumberRange, _Mapping]] = ..., category: _Optional[str] = ..., others: bool = ..., reference: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., current: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., psi: _Optional[float] = ...) -> None: ...

class NumberRange(_message.Message):
    __slots__ = ("above", "to")
    ABOVE_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    above: float
    to: float
    def __init__(self, above: _Optional[float] = ..., to: _Optional[float] = ...) -> None: ...

class IncomparableColumn(_message.Message):
    __slots__ = ("column", "role", "reason")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    column: str
    role: str
    reason: str
    def __init__(self, column: _Optional[str] = ..., role: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DriftValue(_message.Message):
    __slots__ = ("metric", "value", "low", "high", "noise_floor", "noise_q95", "p_value", "n_reference", "n_current", "basis", "recipe")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    NOISE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    NOISE_Q95_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    N_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    N_CURRENT_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    metric: str
    value: float
    low: float
    high: float
    noise_floor: float
    noise_q95: float
    p_value: float
    n_reference: int
    n_current: int
    basis: str
    recipe: str
    def __init__(self, metric: _Optional[str] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., noise_floor: _Optional[float] = ..., noise_q95: _Optional[float] = ..., p_value: _Optional[float] = ..., n_reference: _Optional[int] = ..., n_current: _Optional[int] = ..., basis: _Optional[str] = ..., recipe: _Optional[str] = ...) -> None: ...

class StatsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StatsResponse(_message.Message):
    __slots__ = ("batches_accepted", "batches_duplicate", "batches_rejected", "records", "bytes", "versions", "cells", "pending_predictions", "pending_labels", "records_recovered", "sequence_gaps")
    class BatchesRejectedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    BATCHES_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    BATCHES_DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    BATCHES_REJECTED_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    PENDING_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    PENDING_LABELS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_RECOVERED_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_GAPS_FIELD_NUMBER: _ClassVar[int]
    batches_accepted: int
    batches_duplicate: int
    batches_rejected: _containers.ScalarMap[str, int]
    records: int
    bytes: int
    versions: _containers.RepeatedCompositeFieldContainer[VersionStats]
    cells: int
    pending_predictions: int
    pending_labels: int
    records_recovered: int
    sequence_gaps: int
    def __init__(self, batches_accepted: _Optional[int] = ..., batches_duplicate: _Optional[int] = ..., batches_rejected: _Optional[_Mapping[str, int]] = ..., records: _Optional[int] = ..., bytes: _Optional[int] = ..., versions: _Optional[_Iterable[_Union[VersionStats, _Mapping]]] = ..., cells: _Optional[int] = ..., pending_predictions: _Optional[int] = ..., pending_labels: _Optional[int] = ..., records_recovered: _Optional[int] = ..., sequence_gaps: _Optional[int] = ...) -> None: ...

class VersionStats(_message.Message):
    __slots__ = ("model", "version", "records", "labels", "client_dropped_records", "late_records", "future_records", "missing_timestamps", "segment_overflow_records", "seconds_since_last_record", "late_labels", "slowest")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_DROPPED_RECORDS_FIELD_NUMBER: _ClassVar[int]
    LATE_RECORDS_FIELD_NUMBER: _ClassVar[int]
    FUTURE_RECORDS_FIELD_NUMBER: _ClassVar[int]
    MISSING_TIMESTAMPS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_OVERFLOW_RECORDS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_SINCE_LAST_RECORD_FIELD_NUMBER: _ClassVar[int]
    LATE_LABELS_FIELD_NUMBER: _ClassVar[int]
    SLOWEST_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    records: int
    labels: _containers.ScalarMap[str, int]
    client_dropped_records: int
    late_records: int
    future_records: int
    missing_timestamps: int
    segment_overflow_records: int
    seconds_since_last_record: float
    late_labels: int
    slowest: _containers.RepeatedCompositeFieldContainer[SlowRecordOfTrace]
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ..., records: _Optional[int] = ..., labels: _Optional[_Mapping[str, int]] = ..., client_dropped_records: _Optional[int] = ..., late_records: _Optional[int] = ..., future_records: _Optional[int] = ..., missing_timestamps: _Optional[int] = ..., segment_overflow_records: _Optional[int] = ..., seconds_since_last_record: _Optional[float] = ..., late_labels: _Optional[int] = ..., slowest: _Optional[_Iterable[_Union[SlowRecordOfTrace, _Mapping]]] = ...) -> None: ...

class SlowRecordOfTrace(_message.Message):
    __slots__ = ("trace_id", "seconds", "unix_nanos")
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    trace_id: str
    seconds: float
    unix_nanos: int
    def __init__(self, trace_id: _Optional[str] = ..., seconds: _Optional[float] = ..., unix_nanos: _Optional[int] = ...) -> None: ...
