"""Rules of Prometheus, and the file that holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

RUNBOOK = "https://github.com/driftline/driftline/blob/main/docs/integrations/prometheus.md"
"""Where each alert has a heading of its own."""


@dataclass(frozen=True)
class RecordingRule:
    """
    A series that Prometheus computes and keeps.

    Attributes
    ----------
    name
        ``level:metric:operations``, as the conventions of Prometheus have it.
    expr
        PromQL.
    """

    name: str
    expr: str

    def to_dict(self) -> dict[str, Any]:
        """Return what the file says."""
        return {"record": self.name, "expr": self.expr}


@dataclass(frozen=True)
class AlertingRule:
    """
    A condition that somebody is told of.

    Attributes
    ----------
    name
        In CamelCase.
    expr
        PromQL; each series that it gives is an alert.
    hold
        For how long there must be something before it fires, as PromQL has it.
    severity
        ``page``: somebody is called; ``ticket``: somebody looks at it within days.
    summary, description
        Annotations; templates of Prometheus.
    labels
        Further ones, templates too; rules of one name must differ in them.
    """

    name: str
    expr: str
    hold: str
    severity: str
    summary: str
    description: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what the file says."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.hold,
            "labels": {"severity": self.severity, **self.labels},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{RUNBOOK}#{self.name.lower()}",
            },
        }


def static(text: str) -> str:
    """
    A template that gives the text, whatever is in it.

    Examples
    --------
    >>> static("a"), static("{{ b }}")
    ('a', '{{"{{"}} b }}')
    """
    return text.replace("{{", '{{"{{"}}')


@dataclass(frozen=True)
class RuleGroup:
    """Rules that are evaluated one after the other."""

    name: str
    rules: tuple[RecordingRule | AlertingRule, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what the file says."""
        return {"name": self.name, "rules": [rule.to_dict() for rule in self.rules]}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(groups: Sequence[RuleGroup]) -> str:
    """Return a rule file of Prometheus."""
    document = {"groups": [group.to_dict() for group in groups if group.rules]}
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
