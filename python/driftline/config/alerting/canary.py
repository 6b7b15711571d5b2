"""What a canary is held beside, and what counts as worse."""

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from driftline.config.duration import Duration


class CanarySettings(BaseModel):
    """
    How the version that a rule looks at is compared with the one that is known.

    Attributes
    ----------
    control
        The version that is known.
    level
        The chance that a verdict is wrong, however often one looks.
    margin
        By how much rates may differ and be alike.
    slow
        Answers that took longer are slow; ``None``: the 99th percentile of the default baseline, else of the control.
    error
        A column of categories or booleans and the value that says that there was an error.
    since
        From when on records count; ``None``: all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    control: str
    level: float = Field(default=0.01, gt=0, lt=1)
    margin: float = Field(default=0.01, gt=0, lt=1)
    slow: Annotated[Duration, Field(gt=timedelta(0))] | None = None
    error: dict[Annotated[str, Field(min_length=1)], bool | int | str] | None = Field(
        default=None, min_length=1, max_length=1
    )
    since: AwareDatetime | None = None
