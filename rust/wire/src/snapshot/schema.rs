//! The columns of the snapshot table.

use std::sync::{Arc, LazyLock};

use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

/// The table's schema. Columns that do not apply to a row's kind are null in it.
///
/// | column | content |
/// |---|---|
/// | `format_version` | version of this layout |
/// | `model`, `version`, `segment`, `window_start`, `window_length` | the cell; the window in nanoseconds |
/// | `column`, `role`, `kind` | what is profiled: `numeric`, `categorical`, `column_set`, `principals`, or `cell` with an empty column |
/// | `n`, `nulls` | values that are not null, and null ones; the records of a `cell` |
/// | `nans`, `pos_infs`, `neg_infs` | values that enter nothing below |
/// | `sum`, `mean`, `sum_sq_dev`, `sum_cubed_dev`, `sum_fourth_dev`, `min`, `max` | of the finite values |
/// | `hist_scale`, `hist_zero_count`, `hist_pos`, `hist_neg` | exponential histogram, counts by bucket index |
/// | `baseline_state` | `known`: the counts cover all values; `mixed`: none do; null: nothing was counted |
/// | `baseline_id`, `baseline_edges`, `baseline_categories`, `baseline_counts` | the bins and their counts; for categories the unseen ones last |
/// | `tdigest_compression`, `tdigest_means`, `tdigest_weights`, `tdigest_lows`, `tdigest_highs` | centroids and the range of their members |
/// | `hll`, `kll` | bytes of Apache `DataSketches`; `kll` is null unless it holds all finite values |
/// | `hll_extra` | what our registers know beyond `hll`, two bits each; null makes the count one of `hll` alone |
/// | `frequent`, `frequent_error`, `frequent_capacity` | lower bounds of counts, and by how much they may be low |
/// | `column_set` | what the columns of a set, a row of kind `column_set`, hold together |
/// | `principals` | what each of those who ask has asked, in a row of kind `principals` |
/// | `performance` | labels and outcomes of a `cell` |
/// | `writer_id`, `flush_seq` | who wrote the row, and in which flush |
pub fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> =
        LazyLock::new(|| Arc::new(Schema::new([key_fields(), value_fields()].concat())));
    Arc::clone(&SCHEMA)
}

fn key_fields() -> Vec<Field> {
    let required = |name: &str, data_type| Field::new(name, data_type, false);
    vec![
        required("format_version", DataType::UInt16),
        required("model", DataType::Utf8),
        required("version", DataType::Utf8),
        required("segment", map(DataType::Utf8, DataType::Utf8)),
        required("window_start", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))),
        required("window_length", DataType::Duration(TimeUnit::Nanosecond)),
        required("column", DataType::Utf8),
        required("role", DataType::Utf8),
        required("kind", DataType::Utf8),
        required("writer_id", DataType::Utf8),
        required("flush_seq", DataType::UInt64),
        required("n", DataType::UInt64),
        required("nulls", DataType::UInt64),
        required("nans", DataType::UInt64),
        required("pos_infs", DataType::UInt64),
        required("neg_infs", DataType::UInt64),
    ]
}

fn value_fields() -> Vec<Field> {
    let counts = || map(DataType::Int32, DataType::UInt64);
    vec![
        optional("sum", DataType::Float64),
        optional("mean", DataType::Float64),
        optional("sum_sq_dev", DataType::Float64),
        optional("sum_cubed_dev", DataType::Float64),
        optional("sum_fourth_dev", DataType::Float64),
        optional("min", DataType::Float64),
        optional("max", DataType::Float64),
        optional("hist_scale", DataType::Int32),
        optional("hist_zero_count", DataType::UInt64),
        optional("hist_pos", counts()),
        optional("hist_neg", counts()),
        optional("baseline_state", DataType::Utf8),
        optional("baseline_id", DataType::Utf8),
        optional("baseline_edges", list(DataType::Float64)),
        optional("baseline_categories", list(DataType::Utf8)),
        optional("baseline_counts", list(DataType::UInt64)),
        optional("tdigest_compression", DataType::UInt16),
        optional("tdigest_means", list(DataType::Float64)),
        optional("tdigest_weights", list(DataType::UInt64)),
        optional("tdigest_lows", list(DataType::Float64)),
        optional("tdigest_highs", list(DataType::Float64)),
        optional("hll", DataType::Binary),
        optional("hll_extra", DataType::Binary),
        optional("kll", DataType::Binary),
        optional("frequent", map(DataType::Utf8, DataType::UInt64)),
        optional("frequent_error", DataType::UInt64),
        optional("frequent_capacity", DataType::UInt32),
        optional("performance", DataType::Struct(performance_fields())),
        optional("column_set", DataType::Struct(column_set_fields())),
        optional("principals", DataType::Struct(principals_fields())),
    ]
}

/// Fields of the `column_set` struct. `comoments` are the upper triangle with its diagonal, row by row; `outside` counts
/// records by how many of their columns lie outside the range of `scale_lows` to `scale_highs`.
pub(super) fn column_set_fields() -> Fields {
    let numbers = |name: &str| optional(name, list(DataType::Float64));
    Fields::from(vec![
        optional("numeric_columns", list(DataType::Utf8)),
        optional("categorical_columns", list(DataType::Utf8)),
        optional("complete", DataType::UInt64),
        numbers("means"),
        numbers("comoments"),
        optional("scales_state", DataType::Utf8),
        optional("scales_id", DataType::Utf8),
        numbers("scale_means"),
        numbers("scale_deviations"),
        numbers("scale_lows"),
        numbers("scale_highs"),
        optional("outside", list(DataType::UInt64)),
        optional("feature_count", DataType::UInt64),
        numbers("feature_sums"),
        optional("fourth_powers", DataType::Float64),
        optional("unseen_state", DataType::Utf8),
        optional("combinations_id", DataType::Utf8),
        optional("checked", DataType::UInt64),
        optional("unseen", DataType::UInt64),
        optional("known_combinations", DataType::Binary),
    ])
}

/// Fields of the `principals` struct.
pub(super) fn principals_fields() -> Fields {
    Fields::from(vec![
        optional("most", DataType::UInt32),
        optional("frame_state", DataType::Utf8),
        optional("frame_id", DataType::Utf8),
        optional("floor", DataType::UInt64),
        optional("profiles", list(DataType::Struct(principal_fields()))),
    ])
}

/// Fields of one principal; without a name: of all others together.
pub(super) fn principal_fields() -> Fields {
    let count = |name: &str| optional(name, DataType::UInt64);
    let bytes = |name: &str| optional(name, DataType::Binary);
    Fields::from(vec![
        optional("principal", DataType::Utf8),
        count("missed"),
        count("records"),
        bytes("queries"),
        bytes("queries_extra"),
        bytes("rounded"),
        bytes("rounded_extra"),
        count("scored"),
        count("near_boundary"),
        count("measured"),
        count("outside"),
        count("labels"),
        count("flips"),
    ])
}

/// Fields of the `performance` struct. `confusion` is null where nothing was classified. `retracted` is what of all the
/// others but `ranking` a correction has taken back, to be subtracted after all rows of a window are added up; null where
/// nothing was.
pub(super) fn performance_fields() -> Fields {
    let retracted = optional("retracted", DataType::Struct(retracted_fields()));
    let ranking = optional("ranking", DataType::Struct(ranking_fields()));
    retracted_fields().iter().cloned().chain([Arc::new(retracted), Arc::new(ranking)]).collect()
}

/// Fields of its `retracted` struct.
pub(super) fn retracted_fields() -> Fields {
    Fields::from(vec![
        optional("predictions", DataType::UInt64),
        optional("labels", DataType::UInt64),
        optional("delay", DataType::Struct(histogram_fields())),
        optional("confusion", list(DataType::Struct(confusion_fields()))),
        optional("score_bins", list(DataType::Struct(score_bin_fields()))),
        optional("score_out_of_range", DataType::UInt64),
        optional("log_loss_sum", DataType::Float64),
        optional("brier_sum", DataType::Float64),
        optional("scored", DataType::UInt64),
        optional("log_loss_sum_sq", DataType::Float64),
        optional("brier_sum_sq", DataType::Float64),
        optional("decisions", DataType::UInt64),
        optional("positive_decisions", DataType::UInt64),
        optional("regression", DataType::Struct(regression_fields())),
        optional("newest_label", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))),
        optional("weighted", DataType::Struct(weighted_fields())),
        optional("predicted_score_bins", list(DataType::Struct(predicted_score_bin_fields()))),
        optional("predicted_score_out_of_range", DataType::UInt64),
    ])
}

/// Fields of what ranked lists come to: counts, and sums in units of 2^-30. A row on its own may hold negative ones, the sum of
/// all rows of a window does not.
pub(super) fn ranking_fields() -> Fields {
    let mut fields: Vec<Field> = RANKING_NUMBERS.iter().map(|name| optional(name, DataType::Int64)).collect();
    fields.push(optional("cutoffs", list(DataType::Struct(ranking_cutoff_fields()))));
    Fields::from(fields)
}

/// The numbers that do not depend on where lists are cut.
pub(super) const RANKING_NUMBERS: [&str; 7] =
    ["queries", "judged", "items", "labelled", "left_out", "reciprocal_rank_sum", "reciprocal_rank_sum_sq"];

/// Fields of what lists come to that are cut after `at` items.
pub(super) fn ranking_cutoff_fields() -> Fields {
    let at = optional("at", DataType::UInt32);
    let numbers = RANKING_CUTOFF_NUMBERS.iter().map(|name| optional(name, DataType::Int64));
    [at].into_iter().chain(numbers).collect()
}

/// The numbers of one length.
pub(super) const RANKING_CUTOFF_NUMBERS: [&str; 13] = [
    "judged",
    "graded",
    "relevant",
    "ndcg_sum",
    "ndcg_sum_sq",
    "precision_sum",
    "precision_sum_sq",
    "recall_sum",
    "recall_sum_sq",
    "average_precision_sum",
    "average_precision_sum_sq",
    "hit_sum",
    "hit_sum_sq",
];

/// Fields of an exponential histogram inside a struct.
pub(super) fn histogram_fields() -> Fields {
    let counts = || map(DataType::Int32, DataType::UInt64);
    Fields::from(vec![
        optional("scale", DataType::Int32),
        optional("zero_count", DataType::UInt64),
        optional("pos", counts()),
        optional("neg", counts()),
    ])
}

/// Fields of one cell of the confusion matrix.
pub(super) fn confusion_fields() -> Fields {
    Fields::from(vec![
        optional("label", DataType::Utf8),
        optional("predicted", DataType::Utf8),
        optional("count", DataType::UInt64),
    ])
}

/// Fields of one bin of the score histogram.
pub(super) fn score_bin_fields() -> Fields {
    Fields::from(vec![
        optional("bin", DataType::UInt16),
        optional("negatives", DataType::UInt64),
        optional("positives", DataType::UInt64),
    ])
}

/// Fields of what labelled predictions come to by their weights.
pub(super) fn weighted_fields() -> Fields {
    let mut fields = vec![
        optional("records", DataType::UInt64),
        optional("confusion", list(DataType::Struct(weighted_confusion_fields()))),
    ];
    let sums = || list(DataType::Float64);
    fields.extend(WEIGHTED_MEANS.iter().map(|name| optional(name, sums())));
    fields.push(optional("score_bins", list(DataType::Struct(weighted_score_bin_fields()))));
    fields.push(optional("labels", sums()));
    fields.push(optional("absolute_errors", DataType::Struct(weighted_error_fields())));
    Fields::from(fields)
}

/// Fields of the weights by absolute error, in the buckets of an exponential histogram.
pub(super) fn weighted_error_fields() -> Fields {
    Fields::from(vec![
        optional("scale", DataType::Int32),
        optional("zero_weight", DataType::Float64),
        optional("zero_weight_sq", DataType::Float64),
        optional("buckets", list(DataType::Struct(weighted_error_bucket_fields()))),
    ])
}

/// Fields of one of these buckets.
pub(super) fn weighted_error_bucket_fields() -> Fields {
    Fields::from(vec![
        optional("index", DataType::Int32),
        optional("weight", DataType::Float64),
        optional("weight_sq", DataType::Float64),
    ])
}

/// The weighted means; each has the sums of the weights, of their squares, of weight times value, of squared weight
/// times value and of squared weight times squared value.
pub(super) const WEIGHTED_MEANS: [&str; 7] =
    ["log_loss", "brier", "error", "absolute_error", "squared_error", "percentage", "symmetric"];

/// How many of these there were from the start.
pub(super) const FIRST_WEIGHTED_MEANS: usize = 5;

/// Fields of one bin of the weights by score.
pub(super) fn weighted_score_bin_fields() -> Fields {
    let bin = optional("bin", DataType::UInt16);
    let sums = WEIGHTED_SCORE_SUMS.iter().map(|name| optional(name, DataType::Float64));
    [bin].into_iter().chain(sums).collect()
}

/// The sums of a bin of the weights by score.
pub(super) const WEIGHTED_SCORE_SUMS: [&str; 4] =
    ["negative_weight", "negative_weight_sq", "positive_weight", "positive_weight_sq"];

/// Fields of one cell of the weighted confusion matrix.
pub(super) fn weighted_confusion_fields() -> Fields {
    Fields::from(vec![
        optional("label", DataType::Utf8),
        optional("predicted", DataType::Utf8),
        optional("weight", DataType::Float64),
        optional("weight_sq", DataType::Float64),
    ])
}

/// Fields of a bin of the scores of all predictions.
pub(super) fn predicted_score_bin_fields() -> Fields {
    Fields::from(vec![
        optional("bin", DataType::UInt16),
        optional("negative", DataType::UInt64),
        optional("positive", DataType::UInt64),
    ])
}

/// Fields of the quality of predicted numbers; errors are label minus prediction.
pub(super) fn regression_fields() -> Fields {
    let mut fields = vec![
        optional("count", DataType::UInt64),
        optional("skipped", DataType::UInt64),
        optional("sum_abs_error", DataType::Float64),
    ];
    for of in ["error", "label"] {
        for part in ["mean", "sum_sq_dev", "min", "max"] {
            fields.push(optional(&format!("{of}_{part}"), DataType::Float64));
        }
    }
    fields.push(optional("spread", DataType::Struct(spread_fields())));
    fields.push(optional("residuals", DataType::Struct(residual_fields())));
    Fields::from(fields)
}

/// Fields of the errors by prediction: pairs of bins of both, each bin twice as coarse with every level.
pub(super) fn residual_fields() -> Fields {
    Fields::from(vec![
        optional("level", DataType::UInt16),
        optional("predictions", list(DataType::UInt16)),
        optional("errors", list(DataType::UInt16)),
        optional("counts", list(DataType::UInt64)),
    ])
}

/// Fields of the spread of errors. `ape` and `sape` are absolute percentage errors, plain and symmetric, as
/// shares; `label_dev` deviations of the labels from their mean.
pub(super) fn spread_fields() -> Fields {
    let mut fields = vec![
        optional("absolute", DataType::Struct(histogram_fields())),
        optional("zero_labels", DataType::UInt64),
    ];
    fields.extend(SPREAD_SUMS.iter().map(|name| optional(name, DataType::Float64)));
    Fields::from(fields)
}

/// The sums in a spread of errors.
pub(super) const SPREAD_SUMS: [&str; 12] = [
    "ape_sum",
    "ape_sum_sq",
    "sape_sum",
    "sape_sum_sq",
    "error_sum_fourth",
    "label_mean",
    "label_dev_sum_sq",
    "label_dev_sum_cubed",
    "label_dev_sum_fourth",
    "error_sum_sq",
    "error_sq_label_dev_sum",
    "error_sq_label_dev_sq_sum",
];

fn optional(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

/// A list as Arrow libraries lay it out by default.
pub(super) fn list(item: DataType) -> DataType {
    DataType::List(Arc::new(optional("item", item)))
}

/// A map as Arrow libraries lay it out by default.
pub(super) fn map(key: DataType, value: DataType) -> DataType {
    let entries = DataType::Struct(entry_fields(key, value));
    DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
}

/// Fields of the entries of a map.
pub(super) fn entry_fields(key: DataType, value: DataType) -> Fields {
    Fields::from(vec![Field::new("key", key, false), optional("value", value)])
}
