from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Selection(_message.Message):
    __slots__ = ("model", "version", "start_unix_nanos", "end_unix_nanos", "segment", "excluded")
    class SegmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    START_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    END_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    start_unix_nanos: int
    end_unix_nanos: int
    segment: _containers.ScalarMap[str, str]
    excluded: _containers.RepeatedCompositeFieldContainer[TimeRange]
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ..., start_unix_nanos: _Optional[int] = ..., end_unix_nanos: _Optional[int] = ..., segment: _Optional[_Mapping[str, str]] = ..., excluded: _Optional[_Iterable[_Union[TimeRange, _Mapping]]] = ...) -> None: ...

class TimeRange(_message.Message):
    __slots__ = ("start_unix_nanos", "end_unix_nanos")
    START_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    END_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    start_unix_nanos: int
    end_unix_nanos: int
    def __init__(self, start_unix_nanos: _Optional[int] = ..., end_unix_nanos: _Optional[int] = ...) -> None: ...

class Coverage(_message.Message):
    __slots__ = ("start_unix_nanos", "end_unix_nanos", "windows", "records")
    START_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    END_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    start_unix_nanos: int
    end_unix_nanos: int
    windows: int
    records: int
    def __init__(self, start_unix_nanos: _Optional[int] = ..., end_unix_nanos: _Optional[int] = ..., windows: _Optional[int] = ..., records: _Optional[int] = ...) -> None: ...

class Reference(_message.Message):
    __slots__ = ("baseline", "records", "relative")
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_FIELD_NUMBER: _ClassVar[int]
    baseline: str
    records: Selection
    relative: Relative
    def __init__(self, baseline: _Optional[str] = ..., records: _Optional[_Union[Selection, _Mapping]] = ..., relative: _Optional[_Union[Relative, _Mapping]] = ...) -> None: ...

class Relative(_message.Message):
    __slots__ = ("version", "trailing_nanos", "offset_nanos", "period_nanos", "repeats", "excluded")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TRAILING_NANOS_FIELD_NUMBER: _ClassVar[int]
    OFFSET_NANOS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_NANOS_FIELD_NUMBER: _ClassVar[int]
    REPEATS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_FIELD_NUMBER: _ClassVar[int]
    version: str
    trailing_nanos: int
    offset_nanos: int
    period_nanos: int
    repeats: int
    excluded: _containers.RepeatedCompositeFieldContainer[TimeRange]
    def __init__(self, version: _Optional[str] = ..., trailing_nanos: _Optional[int] = ..., offset_nanos: _Optional[int] = ..., period_nanos: _Optional[int] = ..., repeats: _Optional[int] = ..., excluded: _Optional[_Iterable[_Union[TimeRange, _Mapping]]] = ...) -> None: ...

class Compared(_message.Message):
    __slots__ = ("name", "fingerprint", "versions", "coverage")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    fingerprint: str
    versions: _containers.RepeatedScalarFieldContainer[str]
    coverage: Coverage
    def __init__(self, name: _Optional[str] = ..., fingerprint: _Optional[str] = ..., versions: _Optional[_Iterable[str]] = ..., coverage: _Optional[_Union[Coverage, _Mapping]] = ...) -> None: ...

class Estimate(_message.Message):
    __slots__ = ("value", "low", "high")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    value: float
    low: float
    high: float
    def __init__(self, value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...
