"""The collectors themselves."""

from driftline.exporters.grafana.dashboard import Dashboard, Row
from driftline.exporters.grafana.panel import Panel, Query
from driftline.exporters.grafana.variables import INSTANCE, OF_COLLECTOR


def _rate(metric: str, by: str = "instance") -> str:
    return f"sum by ({by}) (rate({metric}{{{OF_COLLECTOR}}}[$__rate_interval]))"


def _gauge(metric: str) -> str:
    return f"max by (instance) ({metric}{{{OF_COLLECTOR}}})"


_INGEST = Row(
    "Ingest",
    (
        Panel("Records", (Query(_rate("driftline_records_total"), "{{instance}}"),), unit="recps", least=0),
        Panel("Bytes", (Query(_rate("driftline_ingest_bytes_total"), "{{instance}}"),), unit="Bps", least=0),
        Panel(
            "Batches",
            (Query(_rate("driftline_batches_total", "instance, outcome"), "{{outcome}} {{instance}}"),),
            unit="reqps",
            least=0,
        ),
        Panel(
            "Batches refused",
            (
                Query(
                    _rate("driftline_batches_rejected_total", "instance, reason"), "{{reason}} {{instance}}"
                ),
            ),
            unit="reqps",
            least=0,
        ),
        Panel(
            "Batches that never came, records that clients dropped",
            (
                Query(
                    f"sum by (instance) (driftline_sequence_gaps_total{{{OF_COLLECTOR}}})",
                    "batches {{instance}}",
                ),
                Query(
                    f"sum by (instance) (driftline_client_dropped_records_total{{{OF_COLLECTOR}}})",
                    "records {{instance}}",
                ),
            ),
            least=0,
            reach=1,
        ),
        Panel(
            "Streams and bytes in flight",
            (
                Query(_gauge("driftline_open_streams"), "streams {{instance}}"),
                Query(_gauge("driftline_inflight_bytes"), "bytes {{instance}}", unit="bytes"),
            ),
            least=0,
            reach=1,
        ),
    ),
)

_STATE = Row(
    "Memory and disk",
    (
        Panel(
            "Memory of the core",
            (
                Query(_gauge("driftline_memory_bytes"), "used {{instance}}"),
                Query(_gauge("driftline_memory_limit_bytes"), "limit {{instance}}"),
            ),
            unit="bytes",
            least=0,
        ),
        Panel(
            "Cells, and what waits for its label or prediction",
            (
                Query(_gauge("driftline_cells"), "cells {{instance}}"),
                Query(_gauge("driftline_pending_predictions"), "predictions {{instance}}"),
                Query(_gauge("driftline_pending_labels"), "labels {{instance}}"),
            ),
            least=0,
            reach=1,
        ),
        Panel(
            "What was done for want of memory",
            tuple(
                Query(f"sum by (instance) ({metric}{{{OF_COLLECTOR}}})", f"{legend} {{{{instance}}}}")
                for metric, legend in (
                    ("driftline_windows_evicted_total", "to disk"),
                    ("driftline_windows_dropped_total", "dropped"),
                    ("driftline_memory_overflow_records_total", "into __other__"),
                    ("driftline_pending_released_total", "let go"),
                )
            ),
            description="Windows to disk or dropped, records into `__other__`, what waited for its label let go.",
            least=0,
            reach=1,
        ),
        Panel(
            "Log that no flush has written yet",
            (Query(_gauge("driftline_log_bytes"), "{{instance}}"),),
            unit="bytes",
            least=0,
        ),
        Panel(
            "Time of a flush, mean",
            (
                Query(
                    f"{_rate('driftline_flush_duration_seconds_sum')}"
                    f" / {_rate('driftline_flush_duration_seconds_count')}",
                    "{{instance}}",
                ),
            ),
            unit="s",
            least=0,
        ),
        Panel(
            "Files of snapshot rows",
            (Query(_gauge("driftline_profile_files"), "{{instance}}"),),
            least=0,
            reach=1,
        ),
        Panel(
            "Takes no records: the disk has failed, models are damaged",
            (
                Query(_gauge("driftline_log_failed"), "disk {{instance}}"),
                Query(_gauge("driftline_damaged_models"), "models {{instance}}"),
            ),
            kind="stat",
            alarm=1,
        ),
        Panel(
            "Time of a scrape",
            (Query(_gauge("driftline_scrape_duration_seconds"), "{{instance}}"),),
            unit="s",
            least=0,
        ),
        Panel(
            "Series left out",
            (
                Query(
                    f"sum by (instance) (driftline_series_dropped_total{{{OF_COLLECTOR}}})", "{{instance}}"
                ),
                Query(_gauge("driftline_versions_cut"), "versions that lack some {{instance}}"),
            ),
            least=0,
            reach=1,
        ),
    ),
)

_EXPORTS = Row(
    "Exports",
    (
        Panel(
            "Windows that wait",
            (
                Query(
                    f"max by (instance, exporter) (driftline_export_backlog_windows{{{OF_COLLECTOR}}})",
                    "{{exporter}} {{instance}}",
                ),
            ),
            least=0,
            reach=1,
        ),
        Panel(
            "Windows by what became of them",
            (
                Query(
                    _rate("driftline_export_windows_total", "exporter, outcome"),
                    "{{exporter}} {{outcome}}",
                ),
            ),
            unit="ops",
            least=0,
        ),
        Panel(
            "Since the last delivery",
            (
                Query(
                    "time() - max by (instance, exporter) "
                    f"(driftline_export_last_success_timestamp_seconds{{{OF_COLLECTOR}}})",
                    "{{exporter}} {{instance}}",
                ),
            ),
            unit="s",
            least=0,
        ),
    ),
    needs="exporters",
)

ENGINE_DASHBOARD = Dashboard(
    uid="driftline-engine",
    title="driftline: engine health",
    description="The collectors: what comes in, what is refused, memory, disk, exports.",
    rows=(_INGEST, _STATE, _EXPORTS),
    variables=(INSTANCE,),
)
