"""
Few files instead of many, and long windows instead of old short ones.

Time is cut into partitions: hours; days, where windows are hours; 32 days, where windows are days. Each step takes some
files that count and writes their rows, merged, into one new file for each partition that they reach into:

- *sort* takes many files of flushes;
- *merge* takes all files of one partition, when they are several or their windows are to become longer;
- *expire* takes files with windows that are to go.

A step reads its files in passes over ranges of time, each with as many rows as a few flushes, so that it holds no more
than those. It commits with the manifest; killed before that, it has done nothing but leave orphans.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from driftline._core import merge_rows
from driftline.storage.columns import whole_numbers
from driftline.storage.manifest import Manifest, ProfileFile, compacted_name, flush_sequence
from driftline.storage.rollup import DAY, HOUR, RollUp
from driftline.storage.tables import read_table, scan_windows
from driftline.storage.writer import WriterFiles

#: Files of flushes that make a step, and most that one step takes.
SORTED_FILES = 32
MOST_SORTED_FILES = 64
#: Files of one partition that make a step.
MERGED_FILES = 4
#: Rows that one pass reads, unless a single window has more.
PASS_ROWS = 20_000


class Partition(NamedTuple):
    """A range of window starts, in nanoseconds since the Unix epoch, and the length that its windows get."""

    start: int
    end: int
    window_length: int | None


class Pass(NamedTuple):
    """First and last window start that one pass reads, and the length that its windows get."""

    first: int
    last: int
    window_length: int | None


class Compacted(NamedTuple):
    """What one step did: files that count no more, files that do instead, and files that could not be removed."""

    removed: int
    added: int
    left: int


def compact(files: WriterFiles, roll_up: RollUp) -> Iterator[Compacted]:
    """
    Do what there is to do, a step at a time; between two steps the caller may stop.

    Parameters
    ----------
    files
        The files of the writer whose directory the caller holds the lock of.
    roll_up
        Which windows become longer or go.

    Raises
    ------
    DriftlineError
        If a file is damaged.
    OSError
        If something cannot be written.
    """
    while inputs := next_step(files.certain_manifest(), roll_up):
        yield _rewrite(files, inputs, roll_up)


def next_step(manifest: Manifest, roll_up: RollUp) -> Sequence[ProfileFile]:
    """The files that the next step takes, in the order in which they are merged; none if there is nothing to do."""
    before = roll_up.drop_before
    expired = [file for file in manifest.profiles if before is not None and file.first_end <= before]
    if expired:
        return expired[:MOST_SORTED_FILES]
    flushes = [file for file in manifest.profiles if flush_sequence(file.name) is not None]
    if len(flushes) >= SORTED_FILES:
        return flushes[:MOST_SORTED_FILES]
    partitions: dict[Partition, list[ProfileFile]] = {}
    for file in manifest.profiles:
        if flush_sequence(file.name) is None:
            partitions.setdefault(_partition(file.first_window, roll_up), []).append(file)
    for partition in sorted(partitions, key=lambda each: each.start):
        members = partitions[partition]
        too_short = any(file.window_length < (partition.window_length or 0) for file in members)
        if too_short or len(members) >= MERGED_FILES:
            return sorted(members, key=lambda file: (file.first_flush, file.name))
    return []


def _partition(instant: int, roll_up: RollUp) -> Partition:
    """The partition of windows that start at an instant."""
    length = roll_up.window_length(instant)
    hours = length is None and roll_up.hourly_before is not None
    size = HOUR if hours else 32 * DAY if length == DAY else DAY
    start = instant // size * size
    end = start + size
    # The last 32 days may reach beyond those that are to become days; all else ends with a day or earlier.
    if length == DAY and roll_up.daily_before is not None:
        end = min(end, roll_up.daily_before)
    return Partition(start, end, length)


def _rewrite(files: WriterFiles, inputs: Sequence[ProfileFile], roll_up: RollUp) -> Compacted:
    number = files.certain_manifest().compactions + 1
    first, last = min(file.first_flush for file in inputs), max(file.last_flush for file in inputs)
    added = []
    by_partition = groupby(_pieces(files, inputs, roll_up), key=lambda piece: piece[0])
    for part, (partition, pieces) in enumerate(by_partition):
        name = compacted_name(files.writer_id, number, part)
        span = files.write_rows(name, (rows for _, rows in pieces))
        added.append(
            ProfileFile(
                name=name,
                first_flush=first,
                last_flush=last,
                window_length=partition.window_length or 0,
                **span._asdict(),
            )
        )
    left = files.commit_compaction(number, inputs, added)
    return Compacted(len(inputs), len(added), left)


def _pieces(
    files: WriterFiles, inputs: Sequence[ProfileFile], roll_up: RollUp
) -> Iterator[tuple[Partition, pa.RecordBatch]]:
    """The merged rows of files in the order of their windows, cut where partitions end."""
    for each in _passes(files, inputs, roll_up):
        paths = [
            files.profiles / file.name
            for file in inputs
            if file.first_window <= each.last and file.last_window >= each.first
        ]
        rows = merge_rows(scan_windows(paths, each.first, each.last), each.window_length, roll_up.drop_before)
        starts = whole_numbers(rows, "window_start")
        at = 0
        while at < len(starts):
            partition = _partition(int(starts[at]), roll_up)
            until = int(np.searchsorted(starts, partition.end))
            yield partition, rows.slice(at, until - at)
            at = until


def _passes(files: WriterFiles, inputs: Sequence[ProfileFile], roll_up: RollUp) -> Iterator[Pass]:
    """Ranges of time, ascending, that cover the windows of files and do not cut what will be one window."""
    tables = [read_table(files.profiles / file.name, ["window_start"]) for file in inputs]
    windows = [whole_numbers(table, "window_start") for table in tables]
    starts, counts = np.unique(np.concatenate(windows), return_counts=True)
    current: Pass | None = None
    rows = 0
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        length = roll_up.window_length(start)
        inside = current is not None and length is not None and start // length == current.last // length
        if current is None or (rows + count > PASS_ROWS and not inside) or length != current.window_length:
            if current is not None:
                yield current
            current, rows = Pass(start, start, length), 0
        current = current._replace(last=start)
        rows += count
    if current is not None:
        yield current
