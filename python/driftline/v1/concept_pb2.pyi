from driftline.v1 import evidence_pb2 as _evidence_pb2
from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConceptRequest(_message.Message):
    __slots__ = ("selection", "reference", "level", "min_labels", "min_coverage")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    MIN_LABELS_FIELD_NUMBER: _ClassVar[int]
    MIN_COVERAGE_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    reference: _selection_pb2.Reference
    level: float
    min_labels: int
    min_coverage: float
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Reference, _Mapping]] = ..., level: _Optional[float] = ..., min_labels: _Optional[int] = ..., min_coverage: _Optional[float] = ...) -> None: ...

class ConceptResponse(_message.Message):
    __slots__ = ("verdict", "inputs", "relation", "not_watched", "detectors", "windows", "labels", "not_ready_windows", "not_ready", "min_labels", "min_coverage")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    NOT_WATCHED_FIELD_NUMBER: _ClassVar[int]
    DETECTORS_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    NOT_READY_WINDOWS_FIELD_NUMBER: _ClassVar[int]
    NOT_READY_FIELD_NUMBER: _ClassVar[int]
    MIN_LABELS_FIELD_NUMBER: _ClassVar[int]
    MIN_COVERAGE_FIELD_NUMBER: _ClassVar[int]
    verdict: str
    inputs: _evidence_pb2.EvidenceResponse
    relation: ConceptRelation
    not_watched: str
    detectors: _containers.RepeatedCompositeFieldContainer[DetectorAlarms]
    windows: int
    labels: int
    not_ready_windows: int
    not_ready: _selection_pb2.TimeRange
    min_labels: int
    min_coverage: float
    def __init__(self, verdict: _Optional[str] = ..., inputs: _Optional[_Union[_evidence_pb2.EvidenceResponse, _Mapping]] = ..., relation: _Optional[_Union[ConceptRelation, _Mapping]] = ..., not_watched: _Optional[str] = ..., detectors: _Optional[_Iterable[_Union[DetectorAlarms, _Mapping]]] = ..., windows: _Optional[int] = ..., labels: _Optional[int] = ..., not_ready_windows: _Optional[int] = ..., not_ready: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ..., min_labels: _Optional[int] = ..., min_coverage: _Optional[float] = ...) -> None: ...

class ConceptRelation(_message.Message):
    __slots__ = ("log_e_value", "largest_log_e_value", "largest_at", "reached_at", "has_moved", "since", "reference_labels", "strata")
    LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    LARGEST_LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    LARGEST_AT_FIELD_NUMBER: _ClassVar[int]
    REACHED_AT_FIELD_NUMBER: _ClassVar[int]
    HAS_MOVED_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_LABELS_FIELD_NUMBER: _ClassVar[int]
    STRATA_FIELD_NUMBER: _ClassVar[int]
    log_e_value: float
    largest_log_e_value: float
    largest_at: _selection_pb2.TimeRange
    reached_at: _selection_pb2.TimeRange
    has_moved: bool
    since: _selection_pb2.TimeRange
    reference_labels: int
    strata: _containers.RepeatedCompositeFieldContainer[ConceptStratum]
    def __init__(self, log_e_value: _Optional[float] = ..., largest_log_e_value: _Optional[float] = ..., largest_at: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ..., reached_at: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ..., has_moved: bool = ..., since: _Optional[_Union[_selection_pb2.TimeRange, _Mapping]] = ..., reference_labels: _Optional[int] = ..., strata: _Optional[_Iterable[_Union[ConceptStratum, _Mapping]]] = ...) -> None: ...

class ConceptStratum(_message.Message):
    __slots__ = ("score_low", "score_high", "predicted", "label", "reference", "reference_records", "low", "high", "current", "current_records", "log_e_value", "prediction_low", "prediction_high", "error_from")
    SCORE_LOW_FIELD_NUMBER: _ClassVar[int]
    SCORE_HIGH_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_RECORDS_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    CURRENT_RECORDS_FIELD_NUMBER: _ClassVar[int]
    LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    PREDICTION_LOW_FIELD_NUMBER: _ClassVar[int]
    PREDICTION_HIGH_FIELD_NUMBER: _ClassVar[int]
    ERROR_FROM_FIELD_NUMBER: _ClassVar[int]
    score_low: float
    score_high: float
    predicted: str
    label: str
    reference: _selection_pb2.Estimate
    reference_records: int
    low: float
    high: float
    current: _selection_pb2.Estimate
    current_records: int
    log_e_value: float
    prediction_low: float
    prediction_high: float
    error_from: float
    def __init__(self, score_low: _Optional[float] = ..., score_high: _Optional[float] = ..., predicted: _Optional[str] = ..., label: _Optional[str] = ..., reference: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., reference_records: _Optional[int] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., current: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., current_records: _Optional[int] = ..., log_e_value: _Optional[float] = ..., prediction_low: _Optional[float] = ..., prediction_high: _Optional[float] = ..., error_from: _Optional[float] = ...) -> None: ...

class DetectorAlarms(_message.Message):
    __slots__ = ("detector", "warnings", "drifts")
    DETECTOR_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    detector: str
    warnings: _containers.RepeatedCompositeFieldContainer[_selection_pb2.TimeRange]
    drifts: _containers.RepeatedCompositeFieldContainer[_selection_pb2.TimeRange]
    def __init__(self, detector: _Optional[str] = ..., warnings: _Optional[_Iterable[_Union[_selection_pb2.TimeRange, _Mapping]]] = ..., drifts: _Optional[_Iterable[_Union[_selection_pb2.TimeRange, _Mapping]]] = ...) -> None: ...
