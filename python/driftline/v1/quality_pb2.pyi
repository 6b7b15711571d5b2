from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class QualityRequest(_message.Message):
    __slots__ = ("selection", "reference", "columns")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    reference: _selection_pb2.Reference
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Reference, _Mapping]] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

class QualityResponse(_message.Message):
    __slots__ = ("columns", "schema", "volume", "freshness", "kind_refusals", "batches_rejected", "coverage", "reference")
    class BatchesRejectedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    FRESHNESS_FIELD_NUMBER: _ClassVar[int]
    KIND_REFUSALS_FIELD_NUMBER: _ClassVar[int]
    BATCHES_REJECTED_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[ColumnQuality]
    schema: _containers.RepeatedCompositeFieldContainer[SchemaChange]
    volume: Volume
    freshness: Freshness
    kind_refusals: _containers.RepeatedCompositeFieldContainer[KindRefusal]
    batches_rejected: _containers.ScalarMap[str, int]
    coverage: _selection_pb2.Coverage
    reference: _selection_pb2.Compared
    def __init__(self, columns: _Optional[_Iterable[_Union[ColumnQuality, _Mapping]]] = ..., schema: _Optional[_Iterable[_Union[SchemaChange, _Mapping]]] = ..., volume: _Optional[_Union[Volume, _Mapping]] = ..., freshness: _Optional[_Union[Freshness, _Mapping]] = ..., kind_refusals: _Optional[_Iterable[_Union[KindRefusal, _Mapping]]] = ..., batches_rejected: _Optional[_Mapping[str, int]] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Compared, _Mapping]] = ...) -> None: ...

class ColumnQuality(_message.Message):
    __slots__ = ("column", "role", "kind", "findings")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    column: str
    role: str
    kind: str
    findings: _containers.RepeatedCompositeFieldContainer[QualityFinding]
    def __init__(self, column: _Optional[str] = ..., role: _Optional[str] = ..., kind: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[QualityFinding, _Mapping]]] = ...) -> None: ...

class QualityFinding(_message.Message):
    __slots__ = ("check", "reference", "current", "noise_floor", "noise_q95", "p_value", "adjusted_p_value", "n_reference", "n_current", "exceeds_noise")
    CHECK_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    NOISE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    NOISE_Q95_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    N_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    N_CURRENT_FIELD_NUMBER: _ClassVar[int]
    EXCEEDS_NOISE_FIELD_NUMBER: _ClassVar[int]
    check: str
    reference: _selection_pb2.Estimate
    current: _selection_pb2.Estimate
    noise_floor: float
    noise_q95: float
    p_value: float
    adjusted_p_value: float
    n_reference: int
    n_current: int
    exceeds_noise: bool
    def __init__(self, check: _Optional[str] = ..., reference: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., current: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., noise_floor: _Optional[float] = ..., noise_q95: _Optional[float] = ..., p_value: _Optional[float] = ..., adjusted_p_value: _Optional[float] = ..., n_reference: _Optional[int] = ..., n_current: _Optional[int] = ..., exceeds_noise: bool = ...) -> None: ...

class SchemaChange(_message.Message):
    __slots__ = ("change", "column", "reference", "current")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    change: str
    column: str
    reference: str
    current: str
    def __init__(self, change: _Optional[str] = ..., column: _Optional[str] = ..., reference: _Optional[str] = ..., current: _Optional[str] = ...) -> None: ...

class Volume(_message.Message):
    __slots__ = ("period_nanos", "reference", "current", "dispersion", "ratio", "noise_floor", "noise_q95", "p_value", "adjusted_p_value", "exceeds_noise")
    PERIOD_NANOS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    DISPERSION_FIELD_NUMBER: _ClassVar[int]
    RATIO_FIELD_NUMBER: _ClassVar[int]
    NOISE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    NOISE_Q95_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    EXCEEDS_NOISE_FIELD_NUMBER: _ClassVar[int]
    period_nanos: int
    reference: Rate
    current: Rate
    dispersion: float
    ratio: _selection_pb2.Estimate
    noise_floor: float
    noise_q95: float
    p_value: float
    adjusted_p_value: float
    exceeds_noise: bool
    def __init__(self, period_nanos: _Optional[int] = ..., reference: _Optional[_Union[Rate, _Mapping]] = ..., current: _Optional[_Union[Rate, _Mapping]] = ..., dispersion: _Optional[float] = ..., ratio: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., noise_floor: _Optional[float] = ..., noise_q95: _Optional[float] = ..., p_value: _Optional[float] = ..., adjusted_p_value: _Optional[float] = ..., exceeds_noise: bool = ...) -> None: ...

class Rate(_message.Message):
    __slots__ = ("records", "periods", "empty_periods", "mean", "low", "high")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    PERIODS_FIELD_NUMBER: _ClassVar[int]
    EMPTY_PERIODS_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    records: int
    periods: float
    empty_periods: int
    mean: float
    low: float
    high: float
    def __init__(self, records: _Optional[int] = ..., periods: _Optional[float] = ..., empty_periods: _Optional[int] = ..., mean: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Freshness(_message.Message):
    __slots__ = ("event_age_low_seconds", "event_age_high_seconds", "arrival_age_seconds", "longest_gap_start_unix_nanos", "longest_gap_seconds")
    EVENT_AGE_LOW_SECONDS_FIELD_NUMBER: _ClassVar[int]
    EVENT_AGE_HIGH_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    LONGEST_GAP_START_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    LONGEST_GAP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    event_age_low_seconds: float
    event_age_high_seconds: float
    arrival_age_seconds: float
    longest_gap_start_unix_nanos: int
    longest_gap_seconds: float
    def __init__(self, event_age_low_seconds: _Optional[float] = ..., event_age_high_seconds: _Optional[float] = ..., arrival_age_seconds: _Optional[float] = ..., longest_gap_start_unix_nanos: _Optional[int] = ..., longest_gap_seconds: _Optional[float] = ...) -> None: ...

class KindRefusal(_message.Message):
    __slots__ = ("version", "column", "batches")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    version: str
    column: str
    batches: int
    def __init__(self, version: _Optional[str] = ..., column: _Optional[str] = ..., batches: _Optional[int] = ...) -> None: ...
