from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Objective(_message.Message):
    __slots__ = ("name", "slow", "error", "missing", "target", "period_nanos")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SLOW_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    PERIOD_NANOS_FIELD_NUMBER: _ClassVar[int]
    name: str
    slow: SlowRecord
    error: ErrorRecord
    missing: MissingValue
    target: float
    period_nanos: int
    def __init__(self, name: _Optional[str] = ..., slow: _Optional[_Union[SlowRecord, _Mapping]] = ..., error: _Optional[_Union[ErrorRecord, _Mapping]] = ..., missing: _Optional[_Union[MissingValue, _Mapping]] = ..., target: _Optional[float] = ..., period_nanos: _Optional[int] = ...) -> None: ...

class SlowRecord(_message.Message):
    __slots__ = ("column", "limit_seconds")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    column: str
    limit_seconds: float
    def __init__(self, column: _Optional[str] = ..., limit_seconds: _Optional[float] = ...) -> None: ...

class ErrorRecord(_message.Message):
    __slots__ = ("column", "value")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    column: str
    value: str
    def __init__(self, column: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class MissingValue(_message.Message):
    __slots__ = ("column",)
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    column: str
    def __init__(self, column: _Optional[str] = ...) -> None: ...

class ObjectivesRequest(_message.Message):
    __slots__ = ("selection",)
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ...) -> None: ...

class ObjectivesResponse(_message.Message):
    __slots__ = ("objectives", "rates", "coverage")
    OBJECTIVES_FIELD_NUMBER: _ClassVar[int]
    RATES_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    objectives: _containers.RepeatedCompositeFieldContainer[ObjectiveStanding]
    rates: _containers.RepeatedCompositeFieldContainer[RecordRate]
    coverage: _selection_pb2.Coverage
    def __init__(self, objectives: _Optional[_Iterable[_Union[ObjectiveStanding, _Mapping]]] = ..., rates: _Optional[_Iterable[_Union[RecordRate, _Mapping]]] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class ObjectiveStanding(_message.Message):
    __slots__ = ("objective", "column", "records", "bad_least", "bad_most", "good", "budget_left", "burn_rates", "alerts", "severity", "is_certain")
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    BAD_LEAST_FIELD_NUMBER: _ClassVar[int]
    BAD_MOST_FIELD_NUMBER: _ClassVar[int]
    GOOD_FIELD_NUMBER: _ClassVar[int]
    BUDGET_LEFT_FIELD_NUMBER: _ClassVar[int]
    BURN_RATES_FIELD_NUMBER: _ClassVar[int]
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    IS_CERTAIN_FIELD_NUMBER: _ClassVar[int]
    objective: Objective
    column: str
    records: int
    bad_least: int
    bad_most: int
    good: _selection_pb2.Estimate
    budget_left: _selection_pb2.Estimate
    burn_rates: _containers.RepeatedCompositeFieldContainer[BurnRate]
    alerts: _containers.RepeatedCompositeFieldContainer[BurnAlert]
    severity: str
    is_certain: bool
    def __init__(self, objective: _Optional[_Union[Objective, _Mapping]] = ..., column: _Optional[str] = ..., records: _Optional[int] = ..., bad_least: _Optional[int] = ..., bad_most: _Optional[int] = ..., good: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., budget_left: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., burn_rates: _Optional[_Iterable[_Union[BurnRate, _Mapping]]] = ..., alerts: _Optional[_Iterable[_Union[BurnAlert, _Mapping]]] = ..., severity: _Optional[str] = ..., is_certain: bool = ...) -> None: ...

class BurnRate(_message.Message):
    __slots__ = ("length_nanos", "range", "records", "rate")
    LENGTH_NANOS_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    length_nanos: int
    range: _selection_pb2.TimeRange
    records: int
    rate: _selection_pb2.Estimate
    def __init__(self, length_nanos: _Optional[int] = ..., range: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ..., records: _Optional[int] = ..., rate: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ...) -> None: ...

class BurnAlert(_message.Message):
    __slots__ = ("long_nanos", "short_nanos", "limit", "severity", "holds")
    LONG_NANOS_FIELD_NUMBER: _ClassVar[int]
    SHORT_NANOS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    long_nanos: int
    short_nanos: int
    limit: float
    severity: str
    holds: bool
    def __init__(self, long_nanos: _Optional[int] = ..., short_nanos: _Optional[int] = ..., limit: _Optional[float] = ..., severity: _Optional[str] = ..., holds: bool = ...) -> None: ...

class RecordRate(_message.Message):
    __slots__ = ("length_nanos", "range", "records", "a_second")
    LENGTH_NANOS_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    A_SECOND_FIELD_NUMBER: _ClassVar[int]
    length_nanos: int
    range: _selection_pb2.TimeRange
    records: int
    a_second: _selection_pb2.Estimate
    def __init__(self, length_nanos: _Optional[int] = ..., range: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ..., records: _Optional[int] = ..., a_second: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ...) -> None: ...
