"""Questions of those who may ask about some models only."""

from collections.abc import Iterator

from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from driftline.collector.access import Principal
from driftline.errors import InvalidArgumentError
from driftline.v1 import query_pb2


def checked_question(principal: Principal, method: str, request: bytes) -> bytes:
    """
    Check that a question is about models that its asker may ask about, and give back what was checked.

    It is serialised anew, so that nobody else can read other models into the same bytes.

    Raises
    ------
    PermissionDeniedError
        If it is about another model.
    InvalidArgumentError
        If it is none.
    """
    if principal.models is None or method in _ANSWERS:
        return request
    known = _METHODS.get(method)
    if known is None:
        # What nobody can answer tells nobody anything.
        return request
    try:
        message = GetMessageClass(known.input_type).FromString(request)
    except DecodeError as error:
        raise InvalidArgumentError(f"the request is no {known.input_type.name}: {error}") from error
    for model in list(_models(message)) or [""]:
        principal.check_model(model)
    return message.SerializeToString()


def _models(message: Message) -> Iterator[str]:
    """All models that a message names, at any depth; a selection without one names none, which nobody may ask about."""
    if message.DESCRIPTOR.name == "Selection" or "model" in message.DESCRIPTOR.fields_by_name:
        yield message.model  # type: ignore[attr-defined]
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for each in [value] if isinstance(value, Message) else value:
            yield from _models(each)


def cut_answer(principal: Principal, method: str, response: bytes) -> bytes:
    """Leave out of an answer about all models those that its asker may not ask about."""
    if principal.models is None or method not in _ANSWERS:
        return response
    message: Message = GetMessageClass(_METHODS[method].output_type).FromString(response)
    listed, name = _ANSWERS[method]
    entries = getattr(message, listed)
    kept = [entry for entry in entries if getattr(entry, name) in principal.models]
    del entries[:]
    entries.extend(kept)
    return message.SerializeToString()


_ANSWERS = {"Models": ("models", "name"), "Stats": ("versions", "model")}
"""Questions about all models: where their answers list models, and what an entry calls its model."""

_METHODS = query_pb2.DESCRIPTOR.services_by_name["QueryService"].methods_by_name
