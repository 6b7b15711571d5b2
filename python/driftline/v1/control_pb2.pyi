from driftline.v1 import objectives_pb2 as _objectives_pb2
from driftline.v1 import performance_pb2 as _performance_pb2
from driftline.v1 import ranking_pb2 as _ranking_pb2
from driftline.v1 import record_log_pb2 as _record_log_pb2
from driftline.v1 import selection_pb2 as _selection_pb2
from driftline.v1 import signals_pb2 as _signals_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Task(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_AUTO: _ClassVar[Task]
    TASK_CLASSIFICATION: _ClassVar[Task]
    TASK_REGRESSION: _ClassVar[Task]
    TASK_RANKING: _ClassVar[Task]
TASK_AUTO: Task
TASK_CLASSIFICATION: Task
TASK_REGRESSION: Task
TASK_RANKING: Task

class Monitor(_message.Message):
    __slots__ = ("model", "roles", "window_nanos", "segments", "max_segments", "task", "positive_class", "score_threshold", "label_horizon_nanos", "max_pending", "max_future_nanos", "baseline", "baseline_bins", "recent_nanos", "kll_columns", "hashed_columns", "hash_key_id", "compare_with", "column_sets", "objectives", "signals", "outcome_values", "record_log", "ranking")
    class RolesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    WINDOW_NANOS_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    MAX_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_CLASS_FIELD_NUMBER: _ClassVar[int]
    SCORE_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    LABEL_HORIZON_NANOS_FIELD_NUMBER: _ClassVar[int]
    MAX_PENDING_FIELD_NUMBER: _ClassVar[int]
    MAX_FUTURE_NANOS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    BASELINE_BINS_FIELD_NUMBER: _ClassVar[int]
    RECENT_NANOS_FIELD_NUMBER: _ClassVar[int]
    KLL_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    HASHED_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    HASH_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARE_WITH_FIELD_NUMBER: _ClassVar[int]
    COLUMN_SETS_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVES_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_VALUES_FIELD_NUMBER: _ClassVar[int]
    RECORD_LOG_FIELD_NUMBER: _ClassVar[int]
    RANKING_FIELD_NUMBER: _ClassVar[int]
    model: str
    roles: _containers.ScalarMap[str, str]
    window_nanos: int
    segments: _containers.RepeatedCompositeFieldContainer[SegmentColumns]
    max_segments: int
    task: Task
    positive_class: str
    score_threshold: float
    label_horizon_nanos: int
    max_pending: int
    max_future_nanos: int
    baseline: str
    baseline_bins: int
    recent_nanos: int
    kll_columns: _containers.RepeatedScalarFieldContainer[str]
    hashed_columns: _containers.RepeatedScalarFieldContainer[str]
    hash_key_id: str
    compare_with: _selection_pb2.Relative
    column_sets: _containers.RepeatedCompositeFieldContainer[ColumnSet]
    objectives: _containers.RepeatedCompositeFieldContainer[_objectives_pb2.Objective]
    signals: _signals_pb2.SignalSettings
    outcome_values: _containers.RepeatedCompositeFieldContainer[_performance_pb2.OutcomeValue]
    record_log: _record_log_pb2.RecordLog
    ranking: _ranking_pb2.RankingSettings
    def __init__(self, model: _Optional[str] = ..., roles: _Optional[_Mapping[str, str]] = ..., window_nanos: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[SegmentColumns, _Mapping]]] = ..., max_segments: _Optional[int] = ..., task: _Optional[_Union[Task, str]] = ..., positive_class: _Optional[str] = ..., score_threshold: _Optional[float] = ..., label_horizon_nanos: _Optional[int] = ..., max_pending: _Optional[int] = ..., max_future_nanos: _Optional[int] = ..., baseline: _Optional[str] = ..., baseline_bins: _Optional[int] = ..., recent_nanos: _Optional[int] = ..., kll_columns: _Optional[_Iterable[str]] = ..., hashed_columns: _Optional[_Iterable[str]] = ..., hash_key_id: _Optional[str] = ..., compare_with: _Optional[_Union[_selection_pb2.Relative, _Mapping]] = ..., column_sets: _Optional[_Iterable[_Union[ColumnSet, _Mapping]]] = ..., objectives: _Optional[_Iterable[_Union[_objectives_pb2.Objective, _Mapping]]] = ..., signals: _Optional[_Union[_signals_pb2.SignalSettings, _Mapping]] = ..., outcome_values: _Optional[_Iterable[_Union[_performance_pb2.OutcomeValue, _Mapping]]] = ..., record_log: _Optional[_Union[_record_log_pb2.RecordLog, _Mapping]] = ..., ranking: _Optional[_Union[_ranking_pb2.RankingSettings, _Mapping]] = ...) -> None: ...

class ColumnSet(_message.Message):
    __slots__ = ("name", "columns")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    name: str
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., columns: _Optional[_Iterable[str]] = ...) -> None: ...

class SegmentColumns(_message.Message):
    __slots__ = ("columns",)
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, columns: _Optional[_Iterable[str]] = ...) -> None: ...

class SetMonitorRequest(_message.Message):
    __slots__ = ("monitor",)
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    monitor: Monitor
    def __init__(self, monitor: _Optional[_Union[Monitor, _Mapping]] = ...) -> None: ...

class SetMonitorResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetMonitorRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: str
    def __init__(self, model: _Optional[str] = ...) -> None: ...

class GetMonitorResponse(_message.Message):
    __slots__ = ("monitor",)
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    monitor: Monitor
    def __init__(self, monitor: _Optional[_Union[Monitor, _Mapping]] = ...) -> None: ...

class SetBaselineRequest(_message.Message):
    __slots__ = ("model", "name", "rows", "make_default")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    MAKE_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    model: str
    name: str
    rows: bytes
    make_default: bool
    def __init__(self, model: _Optional[str] = ..., name: _Optional[str] = ..., rows: _Optional[bytes] = ..., make_default: bool = ...) -> None: ...

class SetBaselineResponse(_message.Message):
    __slots__ = ("columns",)
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    columns: int
    def __init__(self, columns: _Optional[int] = ...) -> None: ...

class GetBaselineRequest(_message.Message):
    __slots__ = ("model", "name")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    model: str
    name: str
    def __init__(self, model: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GetBaselineResponse(_message.Message):
    __slots__ = ("name", "rows")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    name: str
    rows: bytes
    def __init__(self, name: _Optional[str] = ..., rows: _Optional[bytes] = ...) -> None: ...

class FlushRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FlushResponse(_message.Message):
    __slots__ = ("rows", "sequence")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    rows: int
    sequence: int
    def __init__(self, rows: _Optional[int] = ..., sequence: _Optional[int] = ...) -> None: ...
