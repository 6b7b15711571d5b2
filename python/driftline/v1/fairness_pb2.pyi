from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FairnessRequest(_message.Message):
    __slots__ = ("selection", "by", "reference", "min_records")
    class ReferenceEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    MIN_RECORDS_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    by: _containers.RepeatedScalarFieldContainer[str]
    reference: _containers.ScalarMap[str, str]
    min_records: int
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., by: _Optional[_Iterable[str]] = ..., reference: _Optional[_Mapping[str, str]] = ..., min_records: _Optional[int] = ...) -> None: ...

class FairnessResponse(_message.Message):
    __slots__ = ("groups", "spreads", "too_small", "comparisons", "positive_class", "coverage")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    SPREADS_FIELD_NUMBER: _ClassVar[int]
    TOO_SMALL_FIELD_NUMBER: _ClassVar[int]
    COMPARISONS_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_CLASS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[GroupFairness]
    spreads: _containers.RepeatedCompositeFieldContainer[FairnessSpread]
    too_small: _containers.RepeatedCompositeFieldContainer[SmallGroup]
    comparisons: int
    positive_class: str
    coverage: _selection_pb2.Coverage
    def __init__(self, groups: _Optional[_Iterable[_Union[GroupFairness, _Mapping]]] = ..., spreads: _Optional[_Iterable[_Union[FairnessSpread, _Mapping]]] = ..., too_small: _Optional[_Iterable[_Union[SmallGroup, _Mapping]]] = ..., comparisons: _Optional[int] = ..., positive_class: _Optional[str] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class GroupFairness(_message.Message):
    __slots__ = ("segment", "predictions", "labels", "comparisons")
    class SegmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    COMPARISONS_FIELD_NUMBER: _ClassVar[int]
    segment: _containers.ScalarMap[str, str]
    predictions: int
    labels: int
    comparisons: _containers.RepeatedCompositeFieldContainer[FairnessComparison]
    def __init__(self, segment: _Optional[_Mapping[str, str]] = ..., predictions: _Optional[int] = ..., labels: _Optional[int] = ..., comparisons: _Optional[_Iterable[_Union[FairnessComparison, _Mapping]]] = ...) -> None: ...

class FairnessComparison(_message.Message):
    __slots__ = ("criterion", "group", "reference", "group_n", "reference_n", "difference", "ratio", "p_value", "adjusted_p_value")
    CRITERION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    GROUP_N_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_N_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    RATIO_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    criterion: str
    group: _selection_pb2.Estimate
    reference: _selection_pb2.Estimate
    group_n: int
    reference_n: int
    difference: _selection_pb2.Estimate
    ratio: _selection_pb2.Estimate
    p_value: float
    adjusted_p_value: float
    def __init__(self, criterion: _Optional[str] = ..., group: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., reference: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., group_n: _Optional[int] = ..., reference_n: _Optional[int] = ..., difference: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., ratio: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., p_value: _Optional[float] = ..., adjusted_p_value: _Optional[float] = ...) -> None: ...

class FairnessSpread(_message.Message):
    __slots__ = ("by", "criterion", "groups", "lowest", "highest", "difference", "ratio")
    class LowestEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class HighestEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BY_FIELD_NUMBER: _ClassVar[int]
    CRITERION_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    LOWEST_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    RATIO_FIELD_NUMBER: _ClassVar[int]
    by: _containers.RepeatedScalarFieldContainer[str]
    criterion: str
    groups: int
    lowest: _containers.ScalarMap[str, str]
    highest: _containers.ScalarMap[str, str]
    difference: _selection_pb2.Estimate
    ratio: _selection_pb2.Estimate
    def __init__(self, by: _Optional[_Iterable[str]] = ..., criterion: _Optional[str] = ..., groups: _Optional[int] = ..., lowest: _Optional[_Mapping[str, str]] = ..., highest: _Optional[_Mapping[str, str]] = ..., difference: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., ratio: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ...) -> None: ...

class SmallGroup(_message.Message):
    __slots__ = ("segment", "predictions", "labels")
    class SegmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    segment: _containers.ScalarMap[str, str]
    predictions: int
    labels: int
    def __init__(self, segment: _Optional[_Mapping[str, str]] = ..., predictions: _Optional[int] = ..., labels: _Optional[int] = ...) -> None: ...
