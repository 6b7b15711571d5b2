from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ColumnSetsRequest(_message.Message):
    __slots__ = ("selection", "reference", "sets")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SETS_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    reference: _selection_pb2.Reference
    sets: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Reference, _Mapping]] = ..., sets: _Optional[_Iterable[str]] = ...) -> None: ...

class ColumnSetsResponse(_message.Message):
    __slots__ = ("sets", "incomparable", "coverage", "reference")
    SETS_FIELD_NUMBER: _ClassVar[int]
    INCOMPARABLE_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    sets: _containers.RepeatedCompositeFieldContainer[ColumnSetDrift]
    incomparable: _containers.RepeatedCompositeFieldContainer[IncomparableColumnSet]
    coverage: _selection_pb2.Coverage
    reference: _selection_pb2.Compared
    def __init__(self, sets: _Optional[_Iterable[_Union[ColumnSetDrift, _Mapping]]] = ..., incomparable: _Optional[_Iterable[_Union[IncomparableColumnSet, _Mapping]]] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Compared, _Mapping]] = ...) -> None: ...

class IncomparableColumnSet(_message.Message):
    __slots__ = ("set", "reason")
    SET_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    set: str
    reason: str
    def __init__(self, set: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ColumnSetDrift(_message.Message):
    __slots__ = ("set", "numeric_columns", "categorical_columns", "values", "notes", "reference", "current")
    SET_FIELD_NUMBER: _ClassVar[int]
    NUMERIC_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    CATEGORICAL_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    set: str
    numeric_columns: _containers.RepeatedScalarFieldContainer[str]
    categorical_columns: _containers.RepeatedScalarFieldContainer[str]
    values: _containers.RepeatedCompositeFieldContainer[ColumnSetValue]
    notes: _containers.RepeatedScalarFieldContainer[str]
    reference: ColumnSetSide
    current: ColumnSetSide
    def __init__(self, set: _Optional[str] = ..., numeric_columns: _Optional[_Iterable[str]] = ..., categorical_columns: _Optional[_Iterable[str]] = ..., values: _Optional[_Iterable[_Union[ColumnSetValue, _Mapping]]] = ..., notes: _Optional[_Iterable[str]] = ..., reference: _Optional[_Union[ColumnSetSide, _Mapping]] = ..., current: _Optional[_Union[ColumnSetSide, _Mapping]] = ...) -> None: ...

class ColumnSetValue(_message.Message):
    __slots__ = ("metric", "value", "low", "high", "noise_floor", "noise_q95", "p_value", "n_reference", "n_current", "reference", "current", "columns")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    NOISE_FLOOR_FIELD_NUMBER: _ClassVar[int]
    NOISE_Q95_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    N_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    N_CURRENT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    metric: str
    value: float
    low: float
    high: float
    noise_floor: float
    noise_q95: float
    p_value: float
    n_reference: int
    n_current: int
    reference: float
    current: float
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, metric: _Optional[str] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., noise_floor: _Optional[float] = ..., noise_q95: _Optional[float] = ..., p_value: _Optional[float] = ..., n_reference: _Optional[int] = ..., n_current: _Optional[int] = ..., reference: _Optional[float] = ..., current: _Optional[float] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

class ColumnSetSide(_message.Message):
    __slots__ = ("records", "complete", "combinations", "outside")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    COMBINATIONS_FIELD_NUMBER: _ClassVar[int]
    OUTSIDE_FIELD_NUMBER: _ClassVar[int]
    records: int
    complete: int
    combinations: _selection_pb2.Estimate
    outside: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, records: _Optional[int] = ..., complete: _Optional[int] = ..., combinations: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., outside: _Optional[_Iterable[int]] = ...) -> None: ...
