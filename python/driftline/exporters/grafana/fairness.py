"""Whether a model treats groups of records alike."""

from driftline.exporters.grafana.dashboard import Dashboard, Row
from driftline.exporters.grafana.panel import Panel, Query
from driftline.exporters.grafana.variables import MODEL, VERSION, chosen

_LEVEL = "version, by, criterion"
_PARITY = 'criterion="demographic_parity"'

FAIRNESS_DASHBOARD = Dashboard(
    uid="driftline-fairness",
    title="driftline: fairness",
    description="How far the groups of each declared segment lie apart.",
    rows=(
        Row(
            "Groups of declared segments",
            (
                Panel(
                    "Disparate impact",
                    (
                        Query(
                            chosen("driftline_fairness_ratio", _PARITY, "by, version"), "{{by}} {{version}}"
                        ),
                    ),
                    unit="percentunit",
                    description=(
                        "Share of favourable predictions: that of the lowest group over that of the highest. The"
                        " four-fifths rule calls under 80% a sign of adverse impact."
                    ),
                    width=12,
                    least=0,
                ),
                Panel(
                    "Difference of true positive rates",
                    (
                        Query(
                            chosen(
                                "driftline_fairness_difference",
                                'criterion="equal_opportunity"',
                                "by, version",
                            ),
                            "{{by}} {{version}}",
                        ),
                    ),
                    unit="percentunit",
                    description="Equal opportunity: the highest group less the lowest.",
                    width=12,
                    least=0,
                ),
                Panel(
                    "All criteria",
                    (
                        Query(
                            chosen("driftline_fairness_difference", level=_LEVEL),
                            "difference",
                            unit="percentunit",
                        ),
                        Query(chosen("driftline_fairness_ratio", level=_LEVEL), "ratio", unit="percentunit"),
                    ),
                    kind="table",
                    labels=("by", "criterion", "version"),
                    sort="difference",
                    description="The group with the highest share beside that with the lowest.",
                    width=24,
                    height=12,
                ),
            ),
            needs="segments",
        ),
    ),
    variables=(MODEL, VERSION),
)
