"""Questions of those who may ask about some models only."""

from google.protobuf.message import DecodeError, Message

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
    try:
        message = _parse(f"{method}Request", request)
    except DecodeError as error:
        raise InvalidArgumentError(f"the request is no {method}Request: {error}") from error
    principal.check_model(message.selection.model)  # type: ignore[attr-defined]
    for field, value in message.ListFields():
        if field.message_type is not None and field.message_type.name == "Selection":
            principal.check_model(value.model)
    return message.SerializeToString()


def cut_answer(principal: Principal, method: str, response: bytes) -> bytes:
    """Leave out of an answer about all models those that its asker may not ask about."""
    if principal.models is None or method not in _ANSWERS:
        return response
    message = _parse(f"{method}Response", response)
    listed, name = _ANSWERS[method]
    entries = getattr(message, listed)
    kept = [entry for entry in entries if getattr(entry, name) in principal.models]
    del entries[:]
    entries.extend(kept)
    return message.SerializeToString()


_ANSWERS = {"Models": ("models", "name"), "Stats": ("versions", "model")}
"""Questions about all models: where their answers list models, and what an entry calls its model."""


def _parse(name: str, serialised: bytes) -> Message:
    kind: type[Message] = getattr(query_pb2, name)
    return kind.FromString(serialised)
