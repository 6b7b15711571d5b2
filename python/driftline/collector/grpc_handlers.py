"""The four kinds of gRPC handlers, for whoever puts something around them."""

from collections.abc import Callable
from typing import Any

import grpc

Behavior = Callable[[Any, grpc.ServicerContext], Any]

_KINDS: dict[tuple[bool, bool], tuple[str, Callable[..., Any]]] = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


def wrapped(handler: Any, wrap: Callable[[Behavior], Behavior]) -> Any:
    """A handler of the same kind, whose behavior is what ``wrap`` makes of the present one."""
    name, make = _KINDS[handler.request_streaming, handler.response_streaming]
    return make(wrap(getattr(handler, name)), handler.request_deserializer, handler.response_serializer)
