"""All rules for one configuration."""

from driftline.config import CollectorConfig
from driftline.exporters.rules.collector_alerts import collector_alerts
from driftline.exporters.rules.model_alerts import model_alerts
from driftline.exporters.rules.objective_alerts import objective_alerts
from driftline.exporters.rules.recording import recording_groups
from driftline.exporters.rules.rule import RuleGroup

JOB = "driftline"
"""Name of the job that scrapes collectors, unless somebody says another one."""


def rule_groups(config: CollectorConfig, job: str = JOB) -> tuple[RuleGroup, ...]:
    """
    Recording rules, then alerts about models, their objectives and collectors.

    Parameters
    ----------
    config
        Its monitors say what objectives there are and how long a silence is long.
    job
        Name of the job that scrapes the collectors.
    """
    return (
        *recording_groups(),
        model_alerts(config.monitors),
        objective_alerts(config.monitors),
        collector_alerts(job),
    )
