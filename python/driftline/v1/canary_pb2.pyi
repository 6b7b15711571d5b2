from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CanaryRequest(_message.Message):
    __slots__ = ("selection", "control", "canary", "columns", "level", "margin", "slow_seconds", "error_column", "error_value")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    CANARY_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    SLOW_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ERROR_COLUMN_FIELD_NUMBER: _ClassVar[int]
    ERROR_VALUE_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    control: str
    canary: str
    columns: _containers.RepeatedScalarFieldContainer[str]
    level: float
    margin: float
    slow_seconds: float
    error_column: str
    error_value: str
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., control: _Optional[str] = ..., canary: _Optional[str] = ..., columns: _Optional[_Iterable[str]] = ..., level: _Optional[float] = ..., margin: _Optional[float] = ..., slow_seconds: _Optional[float] = ..., error_column: _Optional[str] = ..., error_value: _Optional[str] = ...) -> None: ...

class CanaryResponse(_message.Message):
    __slots__ = ("verdict", "level", "margin", "rates", "columns", "control", "canary")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    RATES_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    CANARY_FIELD_NUMBER: _ClassVar[int]
    verdict: str
    level: float
    margin: float
    rates: _containers.RepeatedCompositeFieldContainer[RateComparison]
    columns: _containers.RepeatedCompositeFieldContainer[ColumnComparison]
    control: _selection_pb2.Coverage
    canary: _selection_pb2.Coverage
    def __init__(self, verdict: _Optional[str] = ..., level: _Optional[float] = ..., margin: _Optional[float] = ..., rates: _Optional[_Iterable[_Union[RateComparison, _Mapping]]] = ..., columns: _Optional[_Iterable[_Union[ColumnComparison, _Mapping]]] = ..., control: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ..., canary: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class RateComparison(_message.Message):
    __slots__ = ("name", "column", "limit", "limit_basis", "control", "canary", "verdict")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_BASIS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    CANARY_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    name: str
    column: str
    limit: float
    limit_basis: str
    control: CanaryRate
    canary: CanaryRate
    verdict: str
    def __init__(self, name: _Optional[str] = ..., column: _Optional[str] = ..., limit: _Optional[float] = ..., limit_basis: _Optional[str] = ..., control: _Optional[_Union[CanaryRate, _Mapping]] = ..., canary: _Optional[_Union[CanaryRate, _Mapping]] = ..., verdict: _Optional[str] = ...) -> None: ...

class CanaryRate(_message.Message):
    __slots__ = ("hits", "records", "value", "low", "high")
    HITS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    hits: int
    records: int
    value: float
    low: float
    high: float
    def __init__(self, hits: _Optional[int] = ..., records: _Optional[int] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class ColumnComparison(_message.Message):
    __slots__ = ("column", "role", "log_e_value", "is_discovery", "windows", "left_out_windows", "control_records", "canary_records")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DISCOVERY_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_WINDOWS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_RECORDS_FIELD_NUMBER: _ClassVar[int]
    CANARY_RECORDS_FIELD_NUMBER: _ClassVar[int]
    column: str
    role: str
    log_e_value: float
    is_discovery: bool
    windows: int
    left_out_windows: int
    control_records: int
    canary_records: int
    def __init__(self, column: _Optional[str] = ..., role: _Optional[str] = ..., log_e_value: _Optional[float] = ..., is_discovery: bool = ..., windows: _Optional[int] = ..., left_out_windows: _Optional[int] = ..., control_records: _Optional[int] = ..., canary_records: _Optional[int] = ...) -> None: ...
