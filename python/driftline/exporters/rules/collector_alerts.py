"""Alerts about collectors, the same for every configuration."""

from driftline.exporters.promql import quoted
from driftline.exporters.rules.rule import AlertingRule, RuleGroup


def collector_alerts(job: str) -> RuleGroup:
    """
    Whether collectors are well.

    Parameters
    ----------
    job
        Name of the job that scrapes them.
    """
    down = AlertingRule(
        name="DriftlineCollectorDown",
        expr=f"up{{job={quoted(job)}}} == 0",
        hold="5m",
        severity="page",
        summary="The collector {{ $labels.instance }} cannot be scraped",
        description=(
            "Prometheus has had no answer from it. Clients keep records for as long as their buffers last."
        ),
    )
    return RuleGroup("driftline-collector-alerts", (down, *_STATE, *_INGEST, *_EXPORTS))


_STATE = (
    AlertingRule(
        name="DriftlineLogFailed",
        expr="driftline_log_failed == 1",
        hold="0s",
        severity="page",
        summary="The collector {{ $labels.instance }} takes no records: its disk has failed",
        description=(
            "Nothing that was acknowledged is lost. "
            "It takes records again once it is restarted on a disk that works."
        ),
    ),
    AlertingRule(
        name="DriftlineModelDamaged",
        expr="driftline_damaged_models > 0",
        hold="0s",
        severity="page",
        summary="{{ $value }} models of {{ $labels.instance }} refuse everything",
        description=(
            "A defect has left them half counted. "
            "A restart makes them anew from disk; please report the defect."
        ),
    ),
    AlertingRule(
        name="DriftlineFlushesFail",
        expr='increase(driftline_flushes_total{outcome="failed"}[15m]) > 0',
        hold="5m",
        severity="page",
        summary="The collector {{ $labels.instance }} cannot write its state",
        description=(
            "The log grows, and so does the time that a restart takes. Look at the disk of data_dir."
        ),
    ),
    AlertingRule(
        name="DriftlineCompactionsFail",
        expr='increase(driftline_compactions_total{outcome="failed"}[1h]) > 0',
        hold="1h",
        severity="ticket",
        summary="The collector {{ $labels.instance }} cannot merge files of its data directory",
        description="Questions about old windows get slower. The collector's log says why.",
    ),
    AlertingRule(
        name="DriftlineMemoryShort",
        expr="instance:driftline_memory:ratio > 0.9",
        hold="10m",
        severity="ticket",
        summary="The collector {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its memory",
        description=(
            "Batches are refused when it is used up. "
            "Raise memory_bytes, or lower the number of segments or label_horizon."
        ),
    ),
)

_INGEST = (
    AlertingRule(
        name="DriftlineBatchesRejected",
        expr=(
            "instance:driftline_batches_rejected:rate5m"
            " / (instance:driftline_batches_rejected:rate5m + instance:driftline_batches:rate5m) > 0.01"
        ),
        hold="15m",
        severity="ticket",
        summary="The collector {{ $labels.instance }} refuses {{ $value | humanizePercentage }} of the batches",
        description=("The label reason of driftline_batches_rejected_total and the clients' logs say why."),
    ),
    AlertingRule(
        name="DriftlineBatchesLost",
        expr="increase(driftline_sequence_gaps_total[15m]) > 0",
        hold="0s",
        severity="ticket",
        summary="{{ $value | humanize }} batches never came to {{ $labels.instance }}",
        description="Producers numbered them, and sent later ones.",
    ),
    AlertingRule(
        name="DriftlineClientsDrop",
        expr="sum by (model, version) (increase(driftline_client_dropped_records_total[15m])) > 0",
        hold="0s",
        severity="ticket",
        summary="Clients of {{ $labels.model }} dropped {{ $value | humanize }} records",
        description=("Their buffers were full: the collector was too slow for them, or not to be reached."),
    ),
    AlertingRule(
        name="DriftlineSeriesLeftOut",
        expr="driftline_versions_cut > 0",
        hold="1h",
        severity="ticket",
        summary="{{ $value }} model versions of {{ $labels.instance }} lack series",
        description="There are more than max_series. Raise it, or drop versions that serve no more.",
    ),
)

_EXPORTS = (
    AlertingRule(
        name="DriftlineExportBehind",
        expr=(
            "driftline_export_backlog_windows > 0"
            " and time() - driftline_export_last_success_timestamp_seconds > 900"
        ),
        hold="5m",
        severity="ticket",
        summary="{{ $labels.exporter }} of {{ $labels.instance }} has taken nothing for 15 minutes",
        description=(
            "{{ $value }} windows wait. "
            "They are delivered when it is back, the oldest are dropped over max_backlog."
        ),
    ),
    AlertingRule(
        name="DriftlineExportDrops",
        expr='increase(driftline_export_windows_total{outcome="dropped"}[1h]) > 0',
        hold="0s",
        severity="ticket",
        summary="{{ $value | humanize }} windows were never delivered to {{ $labels.exporter }}",
        description="More than max_backlog waited while it was away.",
    ),
)
