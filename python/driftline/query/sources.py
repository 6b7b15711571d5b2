"""Where records come from offline: tables in memory, files, data sets."""

import glob
import sys
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pyarrow as pa

from driftline.errors import InvalidArgumentError, NotFoundError

if TYPE_CHECKING:
    import pyarrow.dataset as ds

    from driftline._core import ArrowStream

#: A table (anything with ``__arrow_c_stream__``, pandas), a path, glob or URI of files, or a pyarrow data set.
Source: TypeAlias = Any

_Format: TypeAlias = Literal["parquet", "ipc", "csv"]

_FORMATS: dict[str, _Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".ipc": "ipc",
    ".csv": "csv",
}


class Records:
    """Records that can be read more than once: every ``__arrow_c_stream__`` begins anew."""

    def __init__(self, schema: pa.Schema, open_reader: Callable[[], pa.RecordBatchReader]) -> None:
        self.schema = schema
        self._open_reader = open_reader

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._open_reader().__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]


def open_source(source: Source) -> "ArrowStream":
    """Makes a stream of record batches of a source.

    Raises
    ------
    NotFoundError
        If a path leads to no file.
    InvalidArgumentError
        If the source is nothing that can be read; the message says what can.
    """
    if isinstance(source, str | PathLike):
        return _from_files(str(source))
    if _is_dataset(source):
        return _from_dataset(source)
    if _is_pandas(source):
        return pa.Table.from_pandas(source, preserve_index=any(source.index.names))
    if hasattr(source, "__arrow_c_stream__"):
        stream: ArrowStream = source
        return stream
    raise InvalidArgumentError(
        "a source must be an Arrow table or reader, a pandas or polars data frame, a path, a glob or a pyarrow data "
        f"set, got {type(source).__name__}"
    )


def schema_of(source: Source) -> pa.Schema:
    """The Arrow schema of a source, without reading its records."""
    stream = open_source(source)
    if isinstance(stream, pa.Table | Records):
        return stream.schema
    return pa.RecordBatchReader.from_stream(stream).schema


def _is_dataset(source: Source) -> bool:
    """Who has a data set has loaded the module, which takes long and loads pandas."""
    module = sys.modules.get("pyarrow.dataset")
    return module is not None and isinstance(source, module.Dataset)


def _is_pandas(source: Source) -> bool:
    return type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "columns")


def _from_files(path: str) -> Records:
    """A path, a glob, a directory (hive partitions become columns) or a URI that pyarrow knows."""
    try:
        if path.endswith(".arrows"):
            return _from_stream_file(path)
        return _from_dataset(_dataset(path))
    except FileNotFoundError:
        raise NotFoundError(f"no such file: {path}") from None
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
        raise InvalidArgumentError(f"{path} cannot be read: {error}") from error


def _dataset(path: str) -> "ds.Dataset":
    import pyarrow.dataset as ds

    if "://" in path or Path(path).exists():
        return ds.dataset(path, format=_format(path), partitioning="hive")
    found = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute patterns
    if not found:
        raise FileNotFoundError(path)
    return ds.dataset(found, format=_format(found[0]))


def _format(path: str) -> _Format:
    suffix = Path(path).suffix.lower()
    if suffix and suffix not in _FORMATS and not Path(path).is_dir():
        raise InvalidArgumentError(
            f"the name of a data file must end in {', '.join((*_FORMATS, '.arrows'))}, got {path!r}"
        )
    return _FORMATS.get(suffix, "parquet")


def _from_dataset(dataset: "ds.Dataset") -> Records:
    return Records(dataset.schema, lambda: dataset.scanner().to_reader())


def _from_stream_file(path: str) -> Records:
    def open_reader() -> pa.RecordBatchReader:
        return pa.ipc.open_stream(pa.memory_map(path))

    return Records(open_reader().schema, open_reader)
