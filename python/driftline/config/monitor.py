"""How one model is monitored, as a configuration file says it and as the wire carries it."""

from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from driftline.config import outcome_value
from driftline.config.compare_with import CompareWith
from driftline.config.duration import Duration, from_nanoseconds, nanoseconds
from driftline.config.objective import ObjectiveConfig
from driftline.config.outcome_value import OutcomeValues
from driftline.config.ranking import RankingConfig
from driftline.config.record_log import RecordLogConfig
from driftline.config.signals import SignalsConfig
from driftline.errors import InvalidArgumentError
from driftline.v1 import control_pb2

ROLES = (
    "feature",
    "prediction",
    "score",
    "label",
    "timestamp",
    "latency",
    "prediction_id",
    "segment",
    "principal",
    "weight",
    "query_id",
    "trace_id",
    "ignore",
)
"""What a column can be."""

MAX_NAME_BYTES = 256

_CENTURY = timedelta(days=36_600)

_TASKS = {
    "auto": control_pb2.TASK_AUTO,
    "classification": control_pb2.TASK_CLASSIFICATION,
    "regression": control_pb2.TASK_REGRESSION,
    "ranking": control_pb2.TASK_RANKING,
}
_TASK_NAMES = {number: name for name, number in _TASKS.items()}

Column = Annotated[str, Field(min_length=1)]


class ColumnSetConfig(BaseModel):
    """
    Columns that are watched together.

    Attributes
    ----------
    columns
        Names of 2 to 32 columns, each once. Records that lack one of them are not in the set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[Column, ...] = Field(min_length=2, max_length=32)

    @field_validator("columns")
    @classmethod
    def _columns_differ(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(columns)) < len(columns):
            raise ValueError(f"columns must differ, got {', '.join(columns)}")
        return columns


class MonitorConfig(BaseModel):
    """
    Configuration of one model; everything but its name has a default.

    Attributes
    ----------
    model
        Name of the model, at most 256 bytes.
    roles
        Role by column name, over the inferred role and under the field metadata ``driftline.role``.
    window
        Length of a window, at least one second. It cannot change once the model has data.
    segments
        Sets of columns by whose values records are segmented, each set apart.
    max_segments
        Most segments kept per set; records of further ones are counted in ``__other__``.
    task
        What the labels are; ``auto``: of records with a query id how relevant they are (``ranking``), else text,
        boolean and integer labels are classes, others numbers.
    positive_class
        Positive class of a binary label; empty: ``true``, ``1`` or the second class in order.
    score_threshold
        Score at or above which the positive class is predicted, where there is no prediction column.
    label_horizon
        How long predictions and labels wait for each other, in event time.
    max_pending
        Most predictions and labels kept waiting.
    max_future
        How far a timestamp may lie in the future.
    baseline
        Name of the baseline that drift uses when none is named; empty: none.
    compare_with
        What drift compares with, when nothing is named, instead of the baseline's records: see `CompareWith`. The
        baseline still gives the bins that both sides are counted in.
    baseline_bins
        Bins of a numeric column of a baseline.
    recent
        Range of event time, back from the newest window, that ``/metrics`` reports.
    kll_columns
        Numeric columns that keep a KLL sketch beside the others; ``*``: all.
    values
        ``hashed``: of text values only keyed hashes are kept, never the values themselves.
    hashed_columns
        The columns whose values are hashed; empty: all.
    column_sets
        Columns that are watched together, by the name of the set.
    outcome_values
        What a record is worth by what became of it: see `BinaryValues` and `ClassValue`.
    objectives
        Which records are good, and how many are to be, by the name of the objective: see `ObjectiveConfig`.
    signals
        Counts what each principal asks: see `SignalsConfig`; ``true``: with its defaults.
    ranking
        How lists are judged, where records have a query id: see `RankingConfig`.
    record_log
        Which records are kept themselves: see `RecordLogConfig`; ``None``: none are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1)
    roles: dict[Column, str] = {}
    window: Duration = Field(default=timedelta(minutes=1), ge=timedelta(seconds=1), le=_CENTURY)
    segments: tuple[Annotated[tuple[Column, ...], Field(min_length=1)], ...] = ()
    max_segments: int = Field(default=1_000, ge=1, le=1_000_000)
    task: Literal["auto", "classification", "regression", "ranking"] = "auto"
    positive_class: str = ""
    score_threshold: float = Field(default=0.5, gt=0, le=1)
    label_horizon: Duration = Field(default=timedelta(days=7), gt=timedelta(0), le=_CENTURY)
    max_pending: int = Field(default=10_000_000, ge=1, le=2**63 - 1)
    max_future: Duration = Field(default=timedelta(minutes=5), gt=timedelta(0), le=_CENTURY)
    baseline: str = ""
    compare_with: CompareWith | None = None
    baseline_bins: int = Field(default=10, ge=2, le=1_000)
    recent: Duration = Field(default=timedelta(hours=1), gt=timedelta(0), le=_CENTURY)
    kll_columns: tuple[Column, ...] = ()
    values: Literal["plain", "hashed"] = "plain"
    hashed_columns: tuple[Column, ...] = ()
    column_sets: dict[Annotated[str, Field(min_length=1)], ColumnSetConfig] = Field(default={}, max_length=16)
    objectives: dict[Annotated[str, Field(min_length=1)], ObjectiveConfig] = Field(default={}, max_length=32)
    signals: SignalsConfig | None = None
    record_log: RecordLogConfig | None = None
    outcome_values: OutcomeValues = ()
    ranking: RankingConfig = RankingConfig()

    @model_validator(mode="after")
    def _columns_are_hashed(self) -> Self:
        if self.hashed_columns and self.values == "plain":
            raise ValueError(
                f"hashed_columns {list(self.hashed_columns)} need values: hashed, got values: plain"
            )
        if "*" in self.hashed_columns:
            raise ValueError("hashed_columns must name columns; leave them out to hash all")
        return self

    @field_validator("signals", mode="before", json_schema_input_type=SignalsConfig | bool | None)
    @classmethod
    def _switch_is_settings(cls, signals: object) -> object:
        if isinstance(signals, bool):
            return SignalsConfig() if signals else None
        return signals

    @field_validator("model", "baseline")
    @classmethod
    def _name_fits(cls, name: str) -> str:
        size = len(name.encode())
        if size > MAX_NAME_BYTES:
            raise ValueError(f"a name must be at most {MAX_NAME_BYTES} bytes, got {size}")
        return name

    @field_validator("roles")
    @classmethod
    def _roles_exist(cls, roles: dict[str, str]) -> dict[str, str]:
        for column, role in roles.items():
            if role not in ROLES:
                guess = get_close_matches(role, ROLES, n=1)
                hint = f"; did you mean {guess[0]!r}?" if guess else ""
                raise ValueError(f"role of {column!r} must be one of {', '.join(ROLES)}, got {role!r}{hint}")
        return roles

    def to_proto(self) -> control_pb2.Monitor:
        """Return the message that the wire and the engine take, defaults written out."""
        return control_pb2.Monitor(
            model=self.model,
            roles=self.roles,
            window_nanos=nanoseconds(self.window),
            segments=[control_pb2.SegmentColumns(columns=columns) for columns in self.segments],
            max_segments=self.max_segments,
            task=_TASKS[self.task],
            positive_class=self.positive_class,
            score_threshold=self.score_threshold,
            label_horizon_nanos=nanoseconds(self.label_horizon),
            max_pending=self.max_pending,
            max_future_nanos=nanoseconds(self.max_future),
            baseline=self.baseline,
            compare_with=self.compare_with.to_proto() if self.compare_with else None,
            baseline_bins=self.baseline_bins,
            recent_nanos=nanoseconds(self.recent),
            kll_columns=self.kll_columns,
            hashed_columns=(self.hashed_columns or ("*",)) if self.values == "hashed" else (),
            column_sets=[
                control_pb2.ColumnSet(name=name, columns=each.columns)
                for name, each in self.column_sets.items()
            ],
            objectives=[each.to_proto(name) for name, each in self.objectives.items()],
            signals=self.signals.to_proto() if self.signals else None,
            outcome_values=outcome_value.to_proto(self.outcome_values),
            record_log=self.record_log.to_proto() if self.record_log else None,
            ranking=self.ranking.to_proto(),
        )

    @classmethod
    def from_proto(cls, monitor: control_pb2.Monitor) -> Self:
        """
        Read a message of the wire; its zeros stand for the defaults.

        Raises
        ------
        InvalidArgumentError
            If the message breaks a rule of this class; the text names the field.
        """
        try:
            return cls.model_validate(_set_fields(monitor))
        except (ValueError, ValidationError) as error:
            raise InvalidArgumentError(f"monitor of {monitor.model!r}: {error}") from error


def _set_fields(monitor: control_pb2.Monitor) -> dict[str, object]:
    """The fields of a message that are not zero, by their names in the configuration."""
    values: dict[str, object] = {
        "model": monitor.model,
        "roles": dict(monitor.roles),
        "window": from_nanoseconds(monitor.window_nanos),
        "segments": tuple(tuple(each.columns) for each in monitor.segments),
        "max_segments": monitor.max_segments,
        "task": _TASK_NAMES.get(monitor.task, str(monitor.task)),
        "positive_class": monitor.positive_class,
        "score_threshold": monitor.score_threshold,
        "label_horizon": from_nanoseconds(monitor.label_horizon_nanos),
        "max_pending": monitor.max_pending,
        "max_future": from_nanoseconds(monitor.max_future_nanos),
        "baseline": monitor.baseline,
        "compare_with": CompareWith.from_proto(monitor.compare_with)
        if monitor.HasField("compare_with")
        else None,
        "baseline_bins": monitor.baseline_bins,
        "recent": from_nanoseconds(monitor.recent_nanos),
        "kll_columns": tuple(monitor.kll_columns),
        "values": "hashed" if monitor.hashed_columns else "",
        "hashed_columns": tuple(column for column in monitor.hashed_columns if column != "*"),
        "column_sets": {each.name: {"columns": tuple(each.columns)} for each in monitor.column_sets},
        "outcome_values": outcome_value.from_proto(monitor.outcome_values),
        "objectives": {each.name: ObjectiveConfig.from_proto(each) for each in monitor.objectives},
        "ranking": RankingConfig.from_proto(monitor.ranking),
        "signals": SignalsConfig.from_proto(monitor.signals) if monitor.HasField("signals") else None,
        "record_log": RecordLogConfig.from_proto(monitor.record_log)
        if monitor.HasField("record_log")
        else None,
    }
    return {name: value for name, value in values.items() if value or name == "model"}
