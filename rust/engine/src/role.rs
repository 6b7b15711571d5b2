//! What a column is to the engine, and how that is inferred when nobody says it.

use std::fmt;
use std::str::FromStr;

use crate::batch::{DataType, Field};

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Input of the model.
    Feature,
    /// What the model decided: a class or a value.
    Prediction,
    /// The model's probability of the positive class, in `[0, 1]`.
    Score,
    /// The truth.
    Label,
    /// Event time.
    Timestamp,
    /// Time the model took, in seconds.
    Latency,
    /// Identifies a prediction, so that a label can find it.
    PredictionId,
    /// Value that segments the records; profiled as a feature too.
    Segment,
    /// Who asked.
    Principal,
    /// Weight of the record.
    Weight,
    /// The query whose list the record is an item of.
    QueryId,
    /// Id of the trace that the record belongs to.
    TraceId,
    /// Not looked at.
    Ignore,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 13] = [
        Self::Feature,
        Self::Prediction,
        Self::Score,
        Self::Label,
        Self::Timestamp,
        Self::Latency,
        Self::PredictionId,
        Self::Segment,
        Self::Principal,
        Self::Weight,
        Self::QueryId,
        Self::TraceId,
        Self::Ignore,
    ];

    /// The name in metadata, configuration and rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Prediction => "prediction",
            Self::Score => "score",
            Self::Label => "label",
            Self::Timestamp => "timestamp",
            Self::Latency => "latency",
            Self::PredictionId => "prediction_id",
            Self::Segment => "segment",
            Self::Principal => "principal",
            Self::Weight => "weight",
            Self::QueryId => "query_id",
            Self::TraceId => "trace_id",
            Self::Ignore => "ignore",
        }
    }

    /// Whether a batch may have at most one such column.
    pub fn is_unique(self) -> bool {
        matches!(
            self,
            Self::Prediction
                | Self::Score
                | Self::Label
                | Self::Timestamp
                | Self::Latency
                | Self::PredictionId
                | Self::Principal
                | Self::Weight
                | Self::QueryId
                | Self::TraceId
        )
    }

    /// Whether the values are sketched.
    pub fn is_profiled(self) -> bool {
        matches!(
            self,
            Self::Feature
                | Self::Prediction
                | Self::Score
                | Self::Label
                | Self::Latency
                | Self::Segment
                | Self::Principal
                | Self::Weight
        )
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|role| role.name()).collect();
            format!("role must be one of {}, got {name:?}", known.join(", "))
        })
    }
}

/// The role of a column by its name and type alone.
pub fn infer(field: &Field) -> Role {
    let name = field.name.to_ascii_lowercase();
    let is_number = matches!(field.data_type, DataType::Primitive(_));
    match name.as_str() {
        "timestamp" | "event_time" | "event_timestamp" | "ts" | "time" if is_number => Role::Timestamp,
        "prediction_id" | "request_id" | "inference_id" | "event_id" => Role::PredictionId,
        "prediction" | "predicted" | "predicted_class" | "predicted_value" | "y_pred" => Role::Prediction,
        "score" | "probability" | "y_score" | "y_prob" | "predicted_probability" if is_number => Role::Score,
        "label" | "target" | "actual" | "ground_truth" | "y_true" => Role::Label,
        "latency" | "latency_seconds" if is_number => Role::Latency,
        "principal" | "caller" | "client_id" => Role::Principal,
        "query_id" | "qid" => Role::QueryId,
        "sample_weight" if is_number => Role::Weight,
        "trace_id" | "traceid" if !is_number => Role::TraceId,
        _ => Role::Feature,
    }
}
