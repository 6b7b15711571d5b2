from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SeriesRequest(_message.Message):
    __slots__ = ("selection", "columns", "statistics", "every_nanos", "offset_nanos", "season", "error")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    EVERY_NANOS_FIELD_NUMBER: _ClassVar[int]
    OFFSET_NANOS_FIELD_NUMBER: _ClassVar[int]
    SEASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    columns: _containers.RepeatedScalarFieldContainer[str]
    statistics: _containers.RepeatedScalarFieldContainer[str]
    every_nanos: int
    offset_nanos: int
    season: int
    error: float
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., columns: _Optional[_Iterable[str]] = ..., statistics: _Optional[_Iterable[str]] = ..., every_nanos: _Optional[int] = ..., offset_nanos: _Optional[int] = ..., season: _Optional[int] = ..., error: _Optional[float] = ...) -> None: ...

class SeriesResponse(_message.Message):
    __slots__ = ("series", "every_nanos", "error", "needed", "windows_left_out", "coverage")
    SERIES_FIELD_NUMBER: _ClassVar[int]
    EVERY_NANOS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    NEEDED_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    series: _containers.RepeatedCompositeFieldContainer[ColumnSeries]
    every_nanos: int
    error: float
    needed: int
    windows_left_out: int
    coverage: _selection_pb2.Coverage
    def __init__(self, series: _Optional[_Iterable[_Union[ColumnSeries, _Mapping]]] = ..., every_nanos: _Optional[int] = ..., error: _Optional[float] = ..., needed: _Optional[int] = ..., windows_left_out: _Optional[int] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class ColumnSeries(_message.Message):
    __slots__ = ("column", "role", "statistic", "season", "points", "next", "anomalies")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    STATISTIC_FIELD_NUMBER: _ClassVar[int]
    SEASON_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    ANOMALIES_FIELD_NUMBER: _ClassVar[int]
    column: str
    role: str
    statistic: str
    season: int
    points: _containers.RepeatedCompositeFieldContainer[SeriesPoint]
    next: Expected
    anomalies: int
    def __init__(self, column: _Optional[str] = ..., role: _Optional[str] = ..., statistic: _Optional[str] = ..., season: _Optional[int] = ..., points: _Optional[_Iterable[_Union[SeriesPoint, _Mapping]]] = ..., next: _Optional[_Union[Expected, _Mapping]] = ..., anomalies: _Optional[int] = ...) -> None: ...

class SeriesPoint(_message.Message):
    __slots__ = ("start_unix_nanos", "records", "value", "is_whole", "expected", "is_anomaly")
    START_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_WHOLE_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    IS_ANOMALY_FIELD_NUMBER: _ClassVar[int]
    start_unix_nanos: int
    records: int
    value: _selection_pb2.Estimate
    is_whole: bool
    expected: Expected
    is_anomaly: bool
    def __init__(self, start_unix_nanos: _Optional[int] = ..., records: _Optional[int] = ..., value: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., is_whole: bool = ..., expected: _Optional[_Union[Expected, _Mapping]] = ..., is_anomaly: bool = ...) -> None: ...

class Expected(_message.Message):
    __slots__ = ("value", "low", "high", "level", "trend", "season", "scale", "score")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TREND_FIELD_NUMBER: _ClassVar[int]
    SEASON_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    value: float
    low: float
    high: float
    level: float
    trend: float
    season: float
    scale: float
    score: float
    def __init__(self, value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., level: _Optional[float] = ..., trend: _Optional[float] = ..., season: _Optional[float] = ..., scale: _Optional[float] = ..., score: _Optional[float] = ...) -> None: ...
