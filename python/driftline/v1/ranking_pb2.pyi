from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Unlabelled(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNLABELLED_IRRELEVANT: _ClassVar[Unlabelled]
    UNLABELLED_UNKNOWN: _ClassVar[Unlabelled]
UNLABELLED_IRRELEVANT: Unlabelled
UNLABELLED_UNKNOWN: Unlabelled

class RankingSettings(_message.Message):
    __slots__ = ("at", "relevant_from", "unlabelled")
    AT_FIELD_NUMBER: _ClassVar[int]
    RELEVANT_FROM_FIELD_NUMBER: _ClassVar[int]
    UNLABELLED_FIELD_NUMBER: _ClassVar[int]
    at: _containers.RepeatedScalarFieldContainer[int]
    relevant_from: float
    unlabelled: Unlabelled
    def __init__(self, at: _Optional[_Iterable[int]] = ..., relevant_from: _Optional[float] = ..., unlabelled: _Optional[_Union[Unlabelled, str]] = ...) -> None: ...

class RankingPerformance(_message.Message):
    __slots__ = ("queries", "judged_queries", "items", "labelled_items", "left_out_items", "coverage", "figures")
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    JUDGED_QUERIES_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    LABELLED_ITEMS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_ITEMS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    queries: int
    judged_queries: int
    items: int
    labelled_items: int
    left_out_items: int
    coverage: _selection_pb2.Estimate
    figures: _containers.RepeatedCompositeFieldContainer[RankingFigure]
    def __init__(self, queries: _Optional[int] = ..., judged_queries: _Optional[int] = ..., items: _Optional[int] = ..., labelled_items: _Optional[int] = ..., left_out_items: _Optional[int] = ..., coverage: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., figures: _Optional[_Iterable[_Union[RankingFigure, _Mapping]]] = ...) -> None: ...

class RankingFigure(_message.Message):
    __slots__ = ("name", "at", "estimate", "queries")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    at: int
    estimate: _selection_pb2.Estimate
    queries: int
    def __init__(self, name: _Optional[str] = ..., at: _Optional[int] = ..., estimate: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., queries: _Optional[int] = ...) -> None: ...
