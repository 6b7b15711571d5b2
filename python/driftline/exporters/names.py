"""Names, units and help texts of all metrics: the one place where they are written down.

Counters are given without the suffix ``_total``, which the exposition adds.
"""

from typing import NamedTuple


class Metric(NamedTuple):
    """One metric family."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


VERSION_LABELS = ("model", "version")
FEATURE_LABELS = (*VERSION_LABELS, "feature")

# What was predicted, by model and version. Gauges cover the monitor's `recent` range.
PREDICTIONS = Metric(
    "driftline_predictions", "Records counted, those of earlier runs included.", VERSION_LABELS
)
LABELS = Metric("driftline_labels", "Labels by what became of them.", (*VERSION_LABELS, "outcome"))
LABEL_COVERAGE = Metric("driftline_label_coverage_ratio", "Predictions whose label has come.", VERSION_LABELS)
LABEL_DELAY = Metric(
    "driftline_label_delay_seconds", "Time from prediction to label.", (*VERSION_LABELS, "quantile")
)
LATENCY = Metric("driftline_latency_seconds", "Time that the model took.", (*VERSION_LABELS, "quantile"))

FEATURE_QUANTILE = Metric(
    "driftline_feature_quantile", "Quantile of a column, in its unit.", (*FEATURE_LABELS, "quantile")
)
FEATURE_MEAN = Metric("driftline_feature_mean", "Mean of a column, in its unit.", FEATURE_LABELS)
FEATURE_STD_DEV = Metric("driftline_feature_std_dev", "Standard deviation of a column.", FEATURE_LABELS)
FEATURE_NULLS = Metric("driftline_feature_null_ratio", "Values of a column that are null.", FEATURE_LABELS)
FEATURE_NANS = Metric(
    "driftline_feature_nan_ratio", "Numbers of a column that are not a number (NaN).", FEATURE_LABELS
)
FEATURE_INFINITIES = Metric(
    "driftline_feature_infinity_ratio", "Numbers of a column that are infinite.", FEATURE_LABELS
)
FEATURE_DISTINCT = Metric(
    "driftline_feature_distinct_values", "Distinct values of a column, estimated.", FEATURE_LABELS
)

DRIFT = {
    "psi": Metric(
        "driftline_feature_psi", "Population stability index against the baseline, nats.", FEATURE_LABELS
    ),
    "ks": Metric(
        "driftline_feature_ks", "Kolmogorov-Smirnov distance from the baseline, 0 to 1.", FEATURE_LABELS
    ),
    "jensen_shannon": Metric(
        "driftline_feature_jensen_shannon",
        "Jensen-Shannon distance from the baseline, base 2, 0 to 1.",
        FEATURE_LABELS,
    ),
    "wasserstein": Metric(
        "driftline_feature_wasserstein",
        "Wasserstein distance from the baseline, in the column's unit.",
        FEATURE_LABELS,
    ),
    "chi_square": Metric(
        "driftline_feature_chi_square", "Chi-square statistic against the baseline.", FEATURE_LABELS
    ),
}
PSI_NOISE = Metric(
    "driftline_feature_psi_noise_q95",
    "What the PSI stays under in 95 % of cases when nothing has moved, at these counts.",
    FEATURE_LABELS,
)

QUALITY = {
    "absent_rate": Metric(
        "driftline_feature_absent_ratio", "Records that came without a column.", FEATURE_LABELS
    ),
    "out_of_range": Metric(
        "driftline_feature_out_of_range_ratio",
        "Numbers of a column outside the baseline's smallest and largest.",
        FEATURE_LABELS,
    ),
    "unseen_rate": Metric(
        "driftline_feature_unseen_ratio",
        "Values of a column that are no category of the baseline.",
        FEATURE_LABELS,
    ),
}
FEATURE_EVIDENCE = Metric(
    "driftline_feature_log_e_value",
    "Evidence that a column has moved, by the windows of the recent range: natural logarithm of the e-value.",
    FEATURE_LABELS,
)
FEATURES_MOVED = Metric(
    "driftline_features_moved",
    "Columns that have moved for certain, by the windows of the recent range.",
    VERSION_LABELS,
)
FEATURES_LEFT_OUT = Metric(
    "driftline_features_left_out",
    "Columns over the limit: the feature __other__ has the largest of their ratios and distances.",
    VERSION_LABELS,
)
COLUMNS_CHANGED = Metric(
    "driftline_columns_changed",
    "Columns that the baseline has and the version has not, or the other way round, or of another kind or role.",
    VERSION_LABELS,
)
RECENT_RECORDS = Metric("driftline_recent_records", "Records in the recent range.", VERSION_LABELS)
EVENT_AGE = Metric(
    "driftline_event_age_seconds",
    "Time since the end of the newest window; 0 while it has not ended.",
    VERSION_LABELS,
)

CLASSIFICATION = {
    "accuracy": Metric("driftline_accuracy_ratio", "Labelled predictions that are right.", VERSION_LABELS),
    "precision": Metric("driftline_precision_ratio", "Precision; macro for several classes.", VERSION_LABELS),
    "recall": Metric("driftline_recall_ratio", "Recall; macro for several classes.", VERSION_LABELS),
    "f1": Metric("driftline_f1_ratio", "F1; macro for several classes.", VERSION_LABELS),
    "roc_auc": Metric("driftline_roc_auc_ratio", "Area under the ROC curve.", VERSION_LABELS),
    "log_loss": Metric("driftline_log_loss", "Mean log loss, nats.", VERSION_LABELS),
}
REGRESSION = {
    "mae": Metric(
        "driftline_mean_absolute_error", "Mean absolute error, in the label's unit.", VERSION_LABELS
    ),
    "rmse": Metric(
        "driftline_root_mean_squared_error", "Root mean squared error, in the label's unit.", VERSION_LABELS
    ),
    "r2": Metric("driftline_r2", "Coefficient of determination.", VERSION_LABELS),
}
RANKING_LABELS = (*VERSION_LABELS, "figure", "at")
RANKING = Metric(
    "driftline_ranking_ratio",
    "Figures of ranked lists, means over queries; at: items from the top, or all.",
    RANKING_LABELS,
)
RANKED_QUERIES = Metric(
    "driftline_ranked_queries", "Queries of the recent range whose list has a label.", VERSION_LABELS
)

ESTIMATED_PERFORMANCE = Metric(
    "driftline_estimated_performance_ratio",
    "What the labels of the recent range are likely to say, by figure.",
    (*VERSION_LABELS, "figure"),
)
WEIGHTED_FIGURE = Metric(
    "driftline_weighted_performance",
    "Figures of the labelled records that have a weight, by it.",
    (*VERSION_LABELS, "figure"),
)
EFFECTIVE_RECORDS = Metric(
    "driftline_effective_records",
    "Labelled records of equal weight that would tell as much; the least of all figures.",
    VERSION_LABELS,
)
LATENCY_DISTRIBUTION = Metric(
    "driftline_latency_distribution_seconds",
    "Time that the model took: a native histogram, only by protobuf.",
    VERSION_LABELS,
)
FEATURE_DISTRIBUTION = Metric(
    "driftline_feature_distribution",
    "Values of a column, in its unit: a native histogram, only by remote write.",
    FEATURE_LABELS,
)
SCORE_DISTRIBUTION = Metric(
    "driftline_score_distribution",
    "Scores: a native histogram, only by protobuf.",
    VERSION_LABELS,
)
HISTOGRAMS = frozenset({LATENCY_DISTRIBUTION.name, SCORE_DISTRIBUTION.name, FEATURE_DISTRIBUTION.name})
"""Names of those that are no single numbers."""

CONCEPT_LOG_E_VALUE = Metric(
    "driftline_concept_log_e_value",
    "Evidence that labels follow from scores as they did no more: natural logarithm of the e-value.",
    VERSION_LABELS,
)
CONCEPT_RELATION_MOVED = Metric(
    "driftline_concept_relation_moved", "1 if that is certain, else 0.", VERSION_LABELS
)
FAIRNESS_LABELS = (*VERSION_LABELS, "by", "criterion")
FAIRNESS_DIFFERENCE = Metric(
    "driftline_fairness_difference",
    "How far the groups of a declared segment lie apart: the largest share less the least.",
    FAIRNESS_LABELS,
)
FAIRNESS_RATIO = Metric(
    "driftline_fairness_ratio", "The least share of all groups over the largest.", FAIRNESS_LABELS
)

SIGNALS = ("distinct_queries", "near_duplicates", "near_boundary", "outliers", "label_flips")
PRINCIPALS_NAMED = Metric(
    "driftline_principals_named",
    "Principals that a security signal names, by the windows of the recent range.",
    (*VERSION_LABELS, "signal"),
)

OBJECTIVE_LABELS = (*VERSION_LABELS, "objective")
OBJECTIVE_BURN_RATE = Metric(
    "driftline_objective_burn_rate",
    "Share of bad records of the last seconds in units of the error budget.",
    (*OBJECTIVE_LABELS, "window_seconds"),
)
OBJECTIVE_TARGET = Metric(
    "driftline_objective_target_ratio", "The share of records that is to be good.", OBJECTIVE_LABELS
)
OBJECTIVE_GOOD = Metric(
    "driftline_objective_good_ratio",
    "Share of good records of the last three days, or of the objective's period where that is shorter.",
    OBJECTIVE_LABELS,
)
OBJECTIVE_ALERT = Metric(
    "driftline_objective_alert",
    "1 if the error budget burns too fast over both windows of an alert of this severity, else 0.",
    (*OBJECTIVE_LABELS, "severity"),
)

# Alerts.
ALERTS = Metric(
    "driftline_alerts",
    "Alerts whose condition holds or has held, by state; features and segments are counted together.",
    ("alertname", *VERSION_LABELS, "severity", "state"),
)
ALERT_EVALUATIONS = Metric("driftline_alert_evaluations", "Evaluations of a rule.", ("alertname",))
ALERT_UNKNOWN = Metric(
    "driftline_alert_unknown",
    "Versions and segments of which the last evaluation of a rule could not say everything.",
    ("alertname",),
)
ALERT_EVALUATION_SECONDS = Metric("driftline_alert_evaluation_seconds", "Time that evaluations took.")
ALERT_FAILURES = Metric(
    "driftline_alert_failures", "Looks at windows that failed and are tried again, and rules with a defect."
)
ALERTS_SUPPRESSED = Metric(
    "driftline_alerts_suppressed", "Alerts that channels were not told of when they fired.", ("by",)
)
ALERTS_LEFT_OUT = Metric(
    "driftline_alerts_left_out", "Alerts that are not known since their rule has too many already."
)

# What came in, by model and version.
CLIENT_DROPPED = Metric(
    "driftline_client_dropped_records", "Records that clients say they did not send.", VERSION_LABELS
)
LATE_LABELS = Metric(
    "driftline_late_labels", "Labels of predictions over an hour older than the newest one.", VERSION_LABELS
)
LATE_RECORDS = Metric(
    "driftline_late_records", "Records over an hour older than the newest window.", VERSION_LABELS
)
FUTURE_RECORDS = Metric(
    "driftline_future_records", "Records from the future, counted when they arrived.", VERSION_LABELS
)
MISSING_TIMESTAMPS = Metric("driftline_missing_timestamps", "Records without a timestamp.", VERSION_LABELS)
SEGMENT_OVERFLOW = Metric(
    "driftline_segment_overflow_records", "Records of segments over the limit.", VERSION_LABELS
)
LAST_RECORD_AGE = Metric(
    "driftline_last_record_age_seconds", "Time since the last record came in.", VERSION_LABELS
)

# The engine itself.
BATCHES = Metric("driftline_batches", "Batches taken in.", ("outcome",))
BATCHES_REJECTED = Metric("driftline_batches_rejected", "Batches refused.", ("reason",))
CALLS_REFUSED = Metric(
    "driftline_calls_refused", "Calls refused for their caller, in overload, or for being slow.", ("reason",)
)
INFLIGHT_BYTES = Metric(
    "driftline_inflight_bytes", "Bytes of requests that have arrived and are not counted yet."
)
OPEN_STREAMS = Metric("driftline_open_streams", "Streams of records that are open.")
RECORDS = Metric("driftline_records", "Records counted since the start.")
INGEST_BYTES = Metric("driftline_ingest_bytes", "Bytes of the requests that were counted.")
CELLS = Metric("driftline_cells", "Cells in memory: model, version, segment and window.")
MEMORY = Metric("driftline_memory_bytes", "Memory that the core of the process holds.")
MEMORY_LIMIT = Metric("driftline_memory_limit_bytes", "Most memory that it may hold; absent without a limit.")
MEMORY_OVERFLOW = Metric(
    "driftline_memory_overflow_records", "Records of new segments counted in __other__ for want of memory."
)
PENDING_RELEASED = Metric(
    "driftline_pending_released", "Predictions and labels let go before their time for want of memory."
)
WINDOWS_EVICTED = Metric(
    "driftline_windows_evicted",
    "Windows, by segment, that left memory and are read from disk when asked for.",
)
WINDOWS_DROPPED = Metric(
    "driftline_windows_dropped", "Windows, by segment, dropped for want of memory, without a data directory."
)
DAMAGED_MODELS = Metric(
    "driftline_damaged_models", "Models that a defect has left half counted; a restart makes them anew."
)
PENDING_PREDICTIONS = Metric("driftline_pending_predictions", "Predictions that wait for their label.")
RECORDS_RECOVERED = Metric(
    "driftline_records_recovered", "Records counted again from the log when the collector started."
)
SEQUENCE_GAPS = Metric("driftline_sequence_gaps", "Batches that producers numbered and that never came.")
PENDING_LABELS = Metric("driftline_pending_labels", "Labels that wait for their prediction.")
EXPORT_WINDOWS = Metric(
    "driftline_export_windows", "Windows by what became of their export.", ("exporter", "outcome")
)
EXPORT_FAILURES = Metric(
    "driftline_export_failures", "Attempts at an export that the destination did not take.", ("exporter",)
)
EXPORT_BACKLOG = Metric(
    "driftline_export_backlog_windows", "Windows that are over and wait for their export.", ("exporter",)
)
EXPORT_LAST_SUCCESS = Metric(
    "driftline_export_last_success_timestamp_seconds",
    "When the destination last took something.",
    ("exporter",),
)
EXPORT_REJECTED = Metric(
    "driftline_export_rejected_points",
    "Data points that the destination did not take while it took the rest.",
    ("exporter",),
)
EXPORT_LEFT_OUT = Metric(
    "driftline_export_left_out_windows",
    "Windows that were told again without what can be told once only.",
    ("exporter",),
)
EXPORT_PACKETS = Metric(
    "driftline_export_packets", "Packets sent to an agent, which does not say what it took.", ("exporter",)
)

# What is told to channels.
NOTIFICATIONS = Metric(
    "driftline_notifications",
    "Notifications by what became of them, those of earlier runs included.",
    ("channel", "outcome"),
)
NOTIFICATION_FAILURES = Metric(
    "driftline_notification_failures",
    "Attempts to tell a channel that its destination did not take.",
    ("channel",),
)
NOTIFICATIONS_PENDING = Metric(
    "driftline_notifications_pending", "Notifications that wait to be delivered.", ("channel",)
)
NOTIFICATION_LAST_SUCCESS = Metric(
    "driftline_notification_last_success_timestamp_seconds",
    "When a destination last took something.",
    ("channel",),
)
DEAD_LETTERS = Metric(
    "driftline_dead_letters", "Notifications that were given up and are kept.", ("channel",)
)
RETRAININGS = Metric(
    "driftline_retrainings",
    "Models that were to be trained anew: started, or suppressed since it was too often.",
    ("channel", "outcome"),
)
FLUSHES = Metric("driftline_flushes", "Writes of the state to the data directory.", ("outcome",))
FLUSH_DURATION = Metric("driftline_flush_duration_seconds", "Time that a write of the state took.")
LOG_BYTES = Metric("driftline_log_bytes", "Bytes of the log that no flush has written as rows yet.")
LOG_RECORDS = Metric(
    "driftline_log_records", "Lines of the collector's own log, by what became of their export.", ("outcome",)
)
LOG_FAILED = Metric(
    "driftline_log_failed", "1 if the disk has failed and nothing is taken until a restart, else 0."
)
COMPACTIONS = Metric("driftline_compactions", "Steps that merged files of the data directory.", ("outcome",))
PROFILE_FILES = Metric("driftline_profile_files", "Files of snapshot rows that count.")
ORPHANS_SWEPT = Metric("driftline_orphans_swept", "Files left by a crash, removed at the start.")
RECORD_LOG_RECORDS = Metric(
    "driftline_record_log_records",
    "Records written to the record log, as part of a sample or as anomalous ones; some are both.",
    ("model", "kind"),
)
RECORD_LOG_DROPPED = Metric(
    "driftline_record_log_dropped",
    "Records that the record log lacks: anomalous ones over the bound of a window, and those that were not written.",
    ("model", "reason"),
)
RECORD_LOG_BYTES = Metric("driftline_record_log_bytes", "Bytes of the files of the record log.")
RECORD_LOG_FILES_REMOVED = Metric(
    "driftline_record_log_files_removed", "Files of the record log removed as too old or too many."
)
SCRAPE_DURATION = Metric("driftline_scrape_duration_seconds", "Time that this scrape took.")
SERIES_DROPPED = Metric(
    "driftline_series_dropped",
    "Features and series left out of scrapes because there are more than the limits.",
)
STALE_VERSIONS = Metric(
    "driftline_scrape_stale_versions",
    "Model versions that changed since what this scrape tells of them: there was no time to ask them all.",
)
VERSIONS_CUT = Metric(
    "driftline_versions_cut", "Model versions of which this scrape lacks series because of max_series."
)
BUILD_INFO = Metric("driftline_build_info", "1, with the version as a label.", ("version",))
