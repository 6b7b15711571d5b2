"""Settings of alerting as a whole."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from driftline.config.alerting.channels import AnyChannel
from driftline.config.alerting.route import RouteConfig
from driftline.config.alerting.rule import NotNegative, RuleConfig
from driftline.config.alerting.silence import MaintenanceConfig, SilenceConfig
from driftline.config.duration import Duration


class AlertingConfig(BaseModel):
    """
    Which rules there are, who is told, and when nobody is.

    Attributes
    ----------
    defaults
        Whether the rules that fit every model are there, too: drift by evidence, no records, objectives that burn. One
        with the name of a default rule takes its place.
    rules
        The rules.
    channels
        Whom alerts are told to, by name.
    routes
        Which channels are told of which alerts. An alert that no route matches goes to all channels.
    silences, maintenance
        When nobody is told.
    grace
        How long after its end a window is looked at: what comes in until then is in it.
    reevaluate_within
        Windows that change are looked at again if they are no older than this, from the newest window of their model.
    max_alerts
        Most alerts of one rule, features and segments told apart; the others are counted.
    generator_url
        Where an alert leads to; fields in braces are filled in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    defaults: bool = False
    rules: tuple[RuleConfig, ...] = ()
    channels: dict[Annotated[str, Field(min_length=1, max_length=128)], AnyChannel] = {}
    routes: tuple[RouteConfig, ...] = ()
    silences: tuple[SilenceConfig, ...] = ()
    maintenance: tuple[MaintenanceConfig, ...] = ()
    grace: NotNegative = timedelta(seconds=10)
    reevaluate_within: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(days=7)
    max_alerts: int = Field(default=1_000, ge=1, le=100_000)
    generator_url: str = ""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"rules must have names of their own, got several of {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _channels_exist(self) -> Self:
        for route in self.routes:
            for name in route.channels:
                if name not in self.channels:
                    known = ", ".join(self.channels) or "none"
                    raise ValueError(f"a route names the channel {name!r}; there are: {known}")
        return self
