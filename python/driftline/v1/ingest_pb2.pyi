from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Durability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DURABILITY_UNSPECIFIED: _ClassVar[Durability]
    DURABILITY_MEMORY: _ClassVar[Durability]
    DURABILITY_DISK: _ClassVar[Durability]
DURABILITY_UNSPECIFIED: Durability
DURABILITY_MEMORY: Durability
DURABILITY_DISK: Durability

class IngestRequest(_message.Message):
    __slots__ = ("producer_id", "sequence", "model", "version", "records", "dropped_records", "acknowledge", "producer_epoch", "traceparents")
    PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    DROPPED_RECORDS_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    PRODUCER_EPOCH_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENTS_FIELD_NUMBER: _ClassVar[int]
    producer_id: str
    sequence: int
    model: str
    version: str
    records: bytes
    dropped_records: int
    acknowledge: bool
    producer_epoch: int
    traceparents: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, producer_id: _Optional[str] = ..., sequence: _Optional[int] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., records: _Optional[bytes] = ..., dropped_records: _Optional[int] = ..., acknowledge: bool = ..., producer_epoch: _Optional[int] = ..., traceparents: _Optional[_Iterable[str]] = ...) -> None: ...

class IngestResponse(_message.Message):
    __slots__ = ("acknowledged_sequence", "batches", "records", "duplicates", "rejections", "durability", "most_unanswered")
    ACKNOWLEDGED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    REJECTIONS_FIELD_NUMBER: _ClassVar[int]
    DURABILITY_FIELD_NUMBER: _ClassVar[int]
    MOST_UNANSWERED_FIELD_NUMBER: _ClassVar[int]
    acknowledged_sequence: int
    batches: int
    records: int
    duplicates: int
    rejections: _containers.RepeatedCompositeFieldContainer[Rejection]
    durability: Durability
    most_unanswered: int
    def __init__(self, acknowledged_sequence: _Optional[int] = ..., batches: _Optional[int] = ..., records: _Optional[int] = ..., duplicates: _Optional[int] = ..., rejections: _Optional[_Iterable[_Union[Rejection, _Mapping]]] = ..., durability: _Optional[_Union[Durability, str]] = ..., most_unanswered: _Optional[int] = ...) -> None: ...

class Rejection(_message.Message):
    __slots__ = ("sequence", "code", "reason", "message", "retry_after_nanos")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_NANOS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    code: int
    reason: str
    message: str
    retry_after_nanos: int
    def __init__(self, sequence: _Optional[int] = ..., code: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., retry_after_nanos: _Optional[int] = ...) -> None: ...
