"""Which records are kept themselves, and where."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from driftline.config.duration import Duration
from driftline.v1 import record_log_pb2

_MOST_COLUMNS = 1_024
_MOST_RECORDS = 100_000

Column = Annotated[str, Field(min_length=1)]


class RecordLogConfig(BaseModel):
    """
    Which records of a model are kept, and what of them.

    Attributes
    ----------
    columns
        Names of the columns that are kept, each once; no others ever are.
    sample
        Most records of a window that are kept whatever they hold: a uniform sample.
    anomalous
        Most records of a window that are kept because they are anomalous: those with most anomalies.
    latency_above
        Latency above which a record is anomalous, in the column's unit; ``None``: none is.
    redact
        What stands in place of the values of a column: ``mask``, a fixed text, or ``hash``, a keyed hash.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[Column, ...] = Field(min_length=1, max_length=_MOST_COLUMNS)
    sample: int = Field(default=100, ge=0, le=_MOST_RECORDS)
    anomalous: int = Field(default=100, ge=0, le=_MOST_RECORDS)
    latency_above: float | None = Field(default=None, allow_inf_nan=False)
    redact: dict[Column, Literal["mask", "hash"]] = {}

    @model_validator(mode="after")
    def _columns_are_named_once(self) -> Self:
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(f"columns must differ, got {', '.join(self.columns)}")
        if "*" in self.columns:
            raise ValueError("columns must be named one by one, got '*'")
        unknown = [column for column in self.redact if column not in self.columns]
        if unknown:
            raise ValueError(f"redact must name columns that are kept, got {unknown[0]!r}")
        return self

    @model_validator(mode="after")
    def _something_is_kept(self) -> Self:
        if not self.sample and not self.anomalous:
            raise ValueError("sample and anomalous must not both be 0")
        return self

    def to_proto(self) -> record_log_pb2.RecordLog:
        """Return the message that the wire and the engine take."""
        return record_log_pb2.RecordLog(
            columns=self.columns,
            sample=self.sample,
            anomalous=self.anomalous,
            latency_above=self.latency_above,
            redact=self.redact,
        )

    @classmethod
    def from_proto(cls, message: record_log_pb2.RecordLog) -> Self:
        """Read a message of the wire; what it leaves out has its default."""
        given: dict[str, object] = {"columns": tuple(message.columns), "redact": dict(message.redact)}
        for field in ("sample", "anomalous", "latency_above"):
            if message.HasField(field):
                given[field] = getattr(message, field)
        return cls.model_validate(given)


class RecordFilesConfig(BaseModel):
    """
    Where a collector writes the records that its monitors keep. Without it none are kept, whatever monitors say.

    Attributes
    ----------
    directory
        Where the files are; ``None``: ``records`` in ``data_dir``.
    format
        ``parquet``, or ``ecs_json``: an Elastic Common Schema object a line.
    keep_for
        Files are removed when they were written so long ago.
    max_bytes
        Most bytes of files; the oldest are removed first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: Path | None = None
    format: Literal["parquet", "ecs_json"] = "parquet"
    keep_for: Duration = Field(default=timedelta(days=7), ge=timedelta(minutes=1))
    max_bytes: int = Field(default=1024 * 1024 * 1024, ge=1024 * 1024, le=1 << 50)
