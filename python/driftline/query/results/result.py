"""What all results can do: become a table of Arrow or pandas, show themselves, be looked up by name."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, overload

import pyarrow as pa
from rich.console import Group

from driftline.errors import MissingExtraError, NotFoundError
from driftline.query.grid import Grid

if TYPE_CHECKING:
    import pandas as pd

EntryT = TypeVar("EntryT")


class Result(ABC):
    """An answer. Anything that reads Arrow (polars, DuckDB, pandas, pyarrow) takes it as a table."""

    @abstractmethod
    def to_arrow(self) -> pa.Table:
        """The answer as a table, one figure or group of figures a row."""

    @abstractmethod
    def grid(self) -> Grid:
        """The answer as text cells, for people."""

    def to_pandas(self) -> "pd.DataFrame":
        """The same table as a data frame. Raises MissingExtraError without pandas."""
        try:
            import pandas as pd  # noqa: F401
        except ImportError:
            raise MissingExtraError("to_pandas() needs pandas: pip install pandas") from None
        return self.to_arrow().to_pandas()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return self.grid().to_text()

    def _repr_html_(self) -> str:
        return self.grid().to_html()

    def __rich__(self) -> Group:
        return self.grid().to_rich()


@dataclass(frozen=True, repr=False)
class Listing(Result, Collection[EntryT], Generic[EntryT]):
    """A result of several entries, looked up by position or by name."""

    entries: Sequence[EntryT]

    _noun: ClassVar[str] = "entry"

    @abstractmethod
    def _key(self, entry: EntryT) -> str:
        """The name of an entry."""

    def _matches(self, entry: EntryT, key: object) -> bool:
        return self._key(entry) == key

    def __iter__(self) -> Iterator[EntryT]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, key: object) -> bool:
        return any(entry == key or self._matches(entry, key) for entry in self.entries)

    @overload
    def __getitem__(self, key: int) -> EntryT: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[EntryT, ...]: ...
    @overload
    def __getitem__(self, key: object) -> EntryT: ...
    def __getitem__(self, key: object) -> EntryT | tuple[EntryT, ...]:
        if isinstance(key, int | slice):
            return self.entries[key] if isinstance(key, int) else tuple(self.entries[key])
        for entry in self.entries:
            if self._matches(entry, key):
                return entry
        known = ", ".join(map(self._key, self.entries)) or "none"
        raise NotFoundError(f"no {self._noun} {key!r} in this result; it has: {known}")
