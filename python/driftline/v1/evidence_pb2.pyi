from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EvidenceRequest(_message.Message):
    __slots__ = ("selection", "reference", "columns", "by", "level", "block_nanos", "ks_tolerance", "mean_tolerance")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    BLOCK_NANOS_FIELD_NUMBER: _ClassVar[int]
    KS_TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    MEAN_TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    reference: _selection_pb2.Reference
    columns: _containers.RepeatedScalarFieldContainer[str]
    by: _containers.RepeatedScalarFieldContainer[str]
    level: float
    block_nanos: int
    ks_tolerance: float
    mean_tolerance: float
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Reference, _Mapping]] = ..., columns: _Optional[_Iterable[str]] = ..., by: _Optional[_Iterable[str]] = ..., level: _Optional[float] = ..., block_nanos: _Optional[int] = ..., ks_tolerance: _Optional[float] = ..., mean_tolerance: _Optional[float] = ...) -> None: ...

class EvidenceResponse(_message.Message):
    __slots__ = ("columns", "left_out", "coverage", "reference", "level", "block_nanos")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    BLOCK_NANOS_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[ColumnEvidence]
    left_out: _containers.RepeatedCompositeFieldContainer[LeftOutColumn]
    coverage: _selection_pb2.Coverage
    reference: _selection_pb2.Compared
    level: float
    block_nanos: int
    def __init__(self, columns: _Optional[_Iterable[_Union[ColumnEvidence, _Mapping]]] = ..., left_out: _Optional[_Iterable[_Union[LeftOutColumn, _Mapping]]] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Compared, _Mapping]] = ..., level: _Optional[float] = ..., block_nanos: _Optional[int] = ...) -> None: ...

class ColumnEvidence(_message.Message):
    __slots__ = ("segment", "column", "role", "log_e_value", "largest_log_e_value", "largest_at", "reached_at", "is_discovery", "windows", "records", "reference_records", "left_out", "ks", "mean_shift")
    class SegmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    LARGEST_LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    LARGEST_AT_FIELD_NUMBER: _ClassVar[int]
    REACHED_AT_FIELD_NUMBER: _ClassVar[int]
    IS_DISCOVERY_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_RECORDS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    KS_FIELD_NUMBER: _ClassVar[int]
    MEAN_SHIFT_FIELD_NUMBER: _ClassVar[int]
    segment: _containers.ScalarMap[str, str]
    column: str
    role: str
    log_e_value: float
    largest_log_e_value: float
    largest_at: _selection_pb2.TimeRange
    reached_at: _selection_pb2.TimeRange
    is_discovery: bool
    windows: int
    records: int
    reference_records: int
    left_out: _containers.RepeatedCompositeFieldContainer[LeftOutWindows]
    ks: ToleratedDistance
    mean_shift: ToleratedDistance
    def __init__(self, segment: _Optional[_Mapping[str, str]] = ..., column: _Optional[str] = ..., role: _Optional[str] = ..., log_e_value: _Optional[float] = ..., largest_log_e_value: _Optional[float] = ..., largest_at: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ..., reached_at: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ..., is_discovery: bool = ..., windows: _Optional[int] = ..., records: _Optional[int] = ..., reference_records: _Optional[int] = ..., left_out: _Optional[_Iterable[_Union[LeftOutWindows, _Mapping]]] = ..., ks: _Optional[_Union[ToleratedDistance, _Mapping]] = ..., mean_shift: _Optional[_Union[ToleratedDistance, _Mapping]] = ...) -> None: ...

class ToleratedDistance(_message.Message):
    __slots__ = ("value", "low", "high", "tolerance", "is_exceeded")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    IS_EXCEEDED_FIELD_NUMBER: _ClassVar[int]
    value: float
    low: float
    high: float
    tolerance: float
    is_exceeded: bool
    def __init__(self, value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., tolerance: _Optional[float] = ..., is_exceeded: bool = ...) -> None: ...

class LeftOutWindows(_message.Message):
    __slots__ = ("reason", "windows", "range")
    REASON_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    windows: int
    range: _selection_pb2.TimeRange
    def __init__(self, reason: _Optional[str] = ..., windows: _Optional[int] = ..., range: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ...) -> None: ...

class LeftOutColumn(_message.Message):
    __slots__ = ("segment", "column", "reason")
    class SegmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    segment: _containers.ScalarMap[str, str]
    column: str
    reason: str
    def __init__(self, segment: _Optional[_Mapping[str, str]] = ..., column: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
