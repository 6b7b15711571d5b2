from driftline.v1 import performance_pb2 as _performance_pb2
from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EstimatedPerformanceRequest(_message.Message):
    __slots__ = ("selection", "reference", "by")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    reference: _selection_pb2.Reference
    by: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Reference, _Mapping]] = ..., by: _Optional[_Iterable[str]] = ...) -> None: ...

class EstimatedPerformanceResponse(_message.Message):
    __slots__ = ("predictions", "labels", "estimated", "scored", "calibrated_by", "reference_periods", "reweighted", "reweighted_predictions", "realised", "positive_class", "coverage", "reference")
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_FIELD_NUMBER: _ClassVar[int]
    SCORED_FIELD_NUMBER: _ClassVar[int]
    CALIBRATED_BY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_PERIODS_FIELD_NUMBER: _ClassVar[int]
    REWEIGHTED_FIELD_NUMBER: _ClassVar[int]
    REWEIGHTED_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_CLASS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    predictions: int
    labels: int
    estimated: _containers.RepeatedCompositeFieldContainer[_performance_pb2.Figure]
    scored: int
    calibrated_by: int
    reference_periods: int
    reweighted: _containers.RepeatedCompositeFieldContainer[_performance_pb2.Figure]
    reweighted_predictions: int
    realised: _containers.RepeatedCompositeFieldContainer[_performance_pb2.Figure]
    positive_class: str
    coverage: _selection_pb2.Coverage
    reference: _selection_pb2.Compared
    def __init__(self, predictions: _Optional[int] = ..., labels: _Optional[int] = ..., estimated: _Optional[_Iterable[_Union[_performance_pb2.Figure, _Mapping]]] = ..., scored: _Optional[int] = ..., calibrated_by: _Optional[int] = ..., reference_periods: _Optional[int] = ..., reweighted: _Optional[_Iterable[_Union[_performance_pb2.Figure, _Mapping]]] = ..., reweighted_predictions: _Optional[int] = ..., realised: _Optional[_Iterable[_Union[_performance_pb2.Figure, _Mapping]]] = ..., positive_class: _Optional[str] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Compared, _Mapping]] = ...) -> None: ...
