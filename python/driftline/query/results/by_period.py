"""One result a period."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

import pyarrow as pa

from driftline.query.grid import Grid, plural
from driftline.query.instants import Period
from driftline.query.results.result import Result

ResultT = TypeVar("ResultT", bound=Result)

_TIME = pa.timestamp("ns", "UTC")


@dataclass(frozen=True, repr=False)
class ByPeriod(Result, Collection[ResultT], Generic[ResultT]):
    """Results in order of time; ``periods`` are their ranges, those without records left out."""

    periods: tuple[Period, ...]
    results: tuple[ResultT, ...]

    def __iter__(self) -> Iterator[ResultT]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __contains__(self, result: object) -> bool:
        return result in self.results

    @overload
    def __getitem__(self, key: int) -> ResultT: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[ResultT, ...]: ...
    def __getitem__(self, key: int | slice) -> ResultT | tuple[ResultT, ...]:
        return self.results[key]

    def to_arrow(self) -> pa.Table:
        """The tables of the results below each other, with ``period_start`` and ``period_end`` in front."""
        tables = [
            _with_period(p, result.to_arrow()) for p, result in zip(self.periods, self.results, strict=True)
        ]
        if not tables:
            return pa.table({"period_start": pa.array([], _TIME), "period_end": pa.array([], _TIME)})
        return pa.concat_tables(tables, promote_options="default")

    def grid(self) -> Grid:
        """The rows of the results below each other, each with the start of its period."""
        grids = [result.grid() for result in self.results]
        if not grids:
            return Grid("no records in any period", ("period",), ())
        headers = tuple(dict.fromkeys(header for grid in grids for header in grid.headers))
        rows = tuple(
            (period.label, *(cells.get(header, "-") for header in headers))
            for period, grid in zip(self.periods, grids, strict=True)
            for cells in (dict(zip(grid.headers, row, strict=True)) for row in grid.rows)
        )
        title = f"{plural(len(grids), 'period')}, {self.periods[0].label} to {self.periods[-1].label}"
        return Grid(title, ("period", *headers), rows, grids[0].text_columns + 1)


def _with_period(period: Period, table: pa.Table) -> pa.Table:
    for position, (name, nanos) in enumerate((("period_start", period.start), ("period_end", period.end))):
        values = pa.repeat(pa.scalar(nanos, _TIME), table.num_rows)
        table = table.add_column(position, pa.field(name, _TIME), values)
    return table
