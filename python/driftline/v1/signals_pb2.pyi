from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignalSettings(_message.Message):
    __slots__ = ("most", "band", "tolerance")
    MOST_FIELD_NUMBER: _ClassVar[int]
    BAND_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    most: int
    band: float
    tolerance: float
    def __init__(self, most: _Optional[int] = ..., band: _Optional[float] = ..., tolerance: _Optional[float] = ...) -> None: ...

class SignalsRequest(_message.Message):
    __slots__ = ("selection", "level", "principals", "limit")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    PRINCIPALS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    level: float
    principals: _containers.RepeatedScalarFieldContainer[str]
    limit: int
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., level: _Optional[float] = ..., principals: _Optional[_Iterable[str]] = ..., limit: _Optional[int] = ...) -> None: ...

class SignalsResponse(_message.Message):
    __slots__ = ("signals", "level", "tolerance", "principals", "streams", "other_records", "coverage")
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    PRINCIPALS_FIELD_NUMBER: _ClassVar[int]
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    OTHER_RECORDS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    signals: _containers.RepeatedCompositeFieldContainer[PrincipalSignal]
    level: float
    tolerance: float
    principals: int
    streams: int
    other_records: int
    coverage: _selection_pb2.Coverage
    def __init__(self, signals: _Optional[_Iterable[_Union[PrincipalSignal, _Mapping]]] = ..., level: _Optional[float] = ..., tolerance: _Optional[float] = ..., principals: _Optional[int] = ..., streams: _Optional[int] = ..., other_records: _Optional[int] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class PrincipalSignal(_message.Message):
    __slots__ = ("principal", "signal", "value", "others", "of", "of_others", "log_e_value", "is_discovery", "since_unix_nanos", "windows")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    OF_OTHERS_FIELD_NUMBER: _ClassVar[int]
    LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DISCOVERY_FIELD_NUMBER: _ClassVar[int]
    SINCE_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    principal: str
    signal: str
    value: _selection_pb2.Estimate
    others: _selection_pb2.Estimate
    of: int
    of_others: int
    log_e_value: float
    is_discovery: bool
    since_unix_nanos: int
    windows: int
    def __init__(self, principal: _Optional[str] = ..., signal: _Optional[str] = ..., value: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., others: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., of: _Optional[int] = ..., of_others: _Optional[int] = ..., log_e_value: _Optional[float] = ..., is_discovery: bool = ..., since_unix_nanos: _Optional[int] = ..., windows: _Optional[int] = ...) -> None: ...
