"""What all exporters have in common."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from driftline.config.duration import Duration

_CENTURY = timedelta(days=36_600)


class ExporterConfig(BaseModel):
    """
    What all exporters have in common.

    Attributes
    ----------
    models
        Names of the models whose windows are exported; empty: all.
    grace
        How long after its end a window waits for late records. One that changes later is exported again.
    lookback
        How far back from a version's newest window changes are looked for.
    batch_windows
        Most windows handed over at once.
    max_backlog
        Most windows that wait while the destination takes none; the oldest beyond are given up and counted.
    max_features
        Most columns of a window that are told of, those that drifted most.
    timeout
        How long an answer of the destination may take.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = ()
    grace: Duration = Field(default=timedelta(seconds=10), ge=timedelta(0), le=timedelta(days=1))
    lookback: Duration = Field(default=timedelta(days=2), gt=timedelta(0), le=_CENTURY)
    batch_windows: int = Field(default=100, ge=1, le=10_000)
    max_backlog: int = Field(default=10_000, ge=1, le=10_000_000)
    max_features: int = Field(default=100, ge=1, le=10_000)
    timeout: Duration = Field(default=timedelta(seconds=10), gt=timedelta(0), le=timedelta(hours=1))
