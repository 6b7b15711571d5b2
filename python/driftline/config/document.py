"""YAML as a configuration may use it: no aliases, no key twice, nothing huge.

Plain ``yaml.safe_load`` takes the last of two equal keys in silence, and expands aliases without bound.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from driftline.errors import ConfigurationError

MAX_DOCUMENT_BYTES = 1024 * 1024


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses aliases and duplicate keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} stands here twice", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)


def read_document(path: Path) -> dict[str, Any]:
    """
    Read a YAML file whose top level is a mapping.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is over 1 MiB, is not such YAML, or its top level is not a mapping.
    """
    try:
        size = path.stat().st_size
        if size > MAX_DOCUMENT_BYTES:
            raise ConfigurationError(f"{path}: a file must be at most {MAX_DOCUMENT_BYTES} bytes, got {size}")
        document = yaml.load(path.read_bytes(), Loader=_StrictLoader)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: the top level must be a mapping, got {type(document).__name__}")
    return document
