//! The configuration of one model.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use driftline_sketches::performance::RankingRules;
use driftline_stats::performance::OutcomeValue;

use crate::error::{EngineError, Result};
use crate::joint;
use crate::objective::{self, Objective};
use crate::principals::SignalSettings;
use crate::query::Relative;
use crate::ranking;
use crate::record_log::RecordLogSettings;
use crate::role::Role;
use crate::version::MAX_COLUMNS;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Longest window, horizon and range, nanoseconds: a century. Longer ones would overflow where they are added up.
const MAX_SPAN: i64 = 36_600 * DAY;

/// The name in `kll_columns` that stands for all columns.
const ALL_COLUMNS: &str = "*";

/// Longest name of a model, version, column or baseline, in bytes.
pub const MAX_NAME_BYTES: usize = 256;

/// What the labels of a model are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Task {
    /// Told from the columns: see [`crate::outcome`].
    #[default]
    Auto,
    /// Labels are classes.
    Classification,
    /// Labels are numbers.
    Regression,
    /// Labels are how relevant an item is to its query.
    Ranking,
}

/// How one model is monitored. The defaults suit a model that nobody has configured.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// Name of the model.
    pub model: String,
    /// Roles by column name, stronger than inference and weaker than field metadata.
    pub roles: BTreeMap<String, Role>,
    /// Length of a window, nanoseconds.
    pub window: i64,
    /// Column sets by whose values records are segmented, each apart.
    pub segments: Vec<Vec<String>>,
    /// Most segments kept per set; records of further ones go to `__other__`.
    pub max_segments: u32,
    /// What the labels are.
    pub task: Task,
    /// Positive class of binary labels; empty: `true` or `1`.
    pub positive_class: String,
    /// Score from which the positive class is predicted, where there is no prediction column.
    pub score_threshold: f64,
    /// How long predictions and labels wait for each other, nanoseconds of event time.
    pub label_horizon: i64,
    /// Most predictions and labels that wait.
    pub max_pending: u64,
    /// How far a timestamp may lie in the future, nanoseconds.
    pub max_future: i64,
    /// Baseline that drift uses when none is named; empty: none.
    pub baseline: String,
    /// What is compared with instead, when nothing is named; the baseline still gives the bins.
    pub compare_with: Option<Relative>,
    /// Bins of a numeric column of a baseline.
    pub baseline_bins: u32,
    /// Range that the metrics report, back from the newest window, nanoseconds.
    pub recent: i64,
    /// Numeric columns that keep a KLL sketch; `*`: all.
    pub kll_columns: Vec<String>,
    /// Text columns of which only keyed hashes are kept; `*`: all.
    pub hashed_columns: Vec<String>,
    /// Columns that are watched together, by the name of the set: see [`crate::joint`].
    pub column_sets: BTreeMap<String, Vec<String>>,
    /// What its records are to be like, by the name of the objective.
    pub objectives: BTreeMap<String, Objective>,
    /// How what principals ask is counted; `None`: it is not.
    pub signals: Option<SignalSettings>,
    /// How lists are judged.
    pub ranking: RankingRules,
    /// What outcomes are worth.
    pub outcome_values: Vec<OutcomeValue>,
    /// Which records are kept, and what of them; `None`: none are.
    pub record_log: Option<RecordLogSettings>,
    /// The key of those hashes, by [`crate::hashed::HashKey::id`]; empty before there is one.
    pub hash_key_id: String,
}

impl Monitor {
    /// The defaults.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            roles: BTreeMap::new(),
            window: 60 * SECOND,
            segments: Vec::new(),
            max_segments: 1_000,
            task: Task::Auto,
            positive_class: String::new(),
            score_threshold: 0.5,
            label_horizon: 7 * DAY,
            max_pending: 10_000_000,
            max_future: 300 * SECOND,
            baseline: String::new(),
            compare_with: None,
            baseline_bins: 10,
            recent: 3_600 * SECOND,
            kll_columns: Vec::new(),
            hashed_columns: Vec::new(),
            column_sets: BTreeMap::new(),
            objectives: BTreeMap::new(),
            signals: None,
            ranking: RankingRules::default(),
            outcome_values: Vec::new(),
            record_log: None,
            hash_key_id: String::new(),
        }
    }

    /// Whether only hashes of the text in a column of this name are kept.
    pub fn hashes(&self, column: &str) -> bool {
        self.hashed_columns.iter().any(|name| name == ALL_COLUMNS || name == column)
    }

    /// Whether the label of a record says how relevant an item is, and nothing else: classes and numbers of items are judged
    /// only where the task says what they are.
    pub fn is_only_ranked(&self, has_query: bool) -> bool {
        match self.task {
            Task::Auto => has_query,
            Task::Ranking => true,
            Task::Classification | Task::Regression => false,
        }
    }

    /// Whether a numeric column of this name keeps a KLL sketch.
    pub fn keeps_kll(&self, column: &str) -> bool {
        self.kll_columns.iter().any(|name| name == ALL_COLUMNS || name == column)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] with the field, the rule and the value.
    pub fn validate(&self) -> Result<()> {
        check_name("model", &self.model)?;
        let invalid = |message: String| Err(EngineError::InvalidArgument(message));
        if !(SECOND..=MAX_SPAN).contains(&self.window) {
            return invalid(format!("window must be 1 second to 36600 days, got {} ns", self.window));
        }
        for (field, value) in
            [("label_horizon", self.label_horizon), ("max_future", self.max_future), ("recent", self.recent)]
        {
            if !(1..=MAX_SPAN).contains(&value) {
                return invalid(format!("{field} must be positive and at most 36600 days, got {value} ns"));
            }
        }
        if !(0.0..=1.0).contains(&self.score_threshold) {
            return invalid(format!("score_threshold must be in [0, 1], got {}", self.score_threshold));
        }
        if !(2..=1_000).contains(&self.baseline_bins) {
            return invalid(format!("baseline_bins must be in [2, 1000], got {}", self.baseline_bins));
        }
        if !(1..=100_000).contains(&self.max_segments) {
            return invalid(format!("max_segments must be in [1, 100000], got {}", self.max_segments));
        }
        if let Some(relative) = &self.compare_with {
            relative.check()?;
        }
        validate_columns("kll_columns", &self.kll_columns)?;
        validate_columns("hashed_columns", &self.hashed_columns)?;
        joint::validate(&self.column_sets)?;
        objective::validate(&self.objectives)?;
        self.signals.iter().try_for_each(SignalSettings::validate)?;
        self.record_log.iter().try_for_each(RecordLogSettings::validate)?;
        ranking::validate(&self.ranking)?;
        validate_outcome_values(&self.outcome_values)?;
        self.validate_hashes()?;
        self.validate_segments()
    }

    fn validate_hashes(&self) -> Result<()> {
        if self.hashes(ALL_COLUMNS) && !self.positive_class.is_empty() {
            return Err(EngineError::InvalidArgument(format!(
                "positive_class must be empty where all values are hashed, got {:?}; send labels as booleans or 0 and 1",
                self.positive_class
            )));
        }
        if self.hashed_columns.is_empty() && !self.hash_key_id.is_empty() {
            return Err(EngineError::InvalidArgument(format!(
                "values of model {:?} have been hashed and cannot be kept as they are from now on",
                self.model
            )));
        }
        Ok(())
    }

    fn validate_segments(&self) -> Result<()> {
        let invalid = |message: String| Err(EngineError::InvalidArgument(message));
        if self.segments.len() > 32 {
            return invalid(format!("segments must be at most 32 sets, got {}", self.segments.len()));
        }
        for (index, set) in self.segments.iter().enumerate() {
            check_set("segments", &format!("segments[{index}]"), set, 1..=8)?;
            if self.segments[..index].iter().any(|other| same_columns(other, set)) {
                return invalid(format!("segments[{index}] repeats the set {}", set.join(", ")));
            }
        }
        Ok(())
    }
}

/// Most outcomes with a value: each pair of the classes that are told apart.
const MAX_OUTCOME_VALUES: usize = 65 * 65;

fn validate_outcome_values(values: &[OutcomeValue]) -> Result<()> {
    let invalid = |message: String| Err(EngineError::InvalidArgument(message));
    if values.len() > MAX_OUTCOME_VALUES {
        return invalid(format!("outcome_values must be at most {MAX_OUTCOME_VALUES}, got {}", values.len()));
    }
    if let Some(endless) = values.iter().find(|value| !value.value.is_finite()) {
        return invalid(format!("a value of outcome_values must be finite, got {}", endless.value));
    }
    let mut outcomes: Vec<_> = values.iter().map(|value| &value.outcome).collect();
    outcomes.sort_unstable();
    if let Some([twice, ..]) = outcomes.windows(2).find(|pair| pair[0] == pair[1]) {
        return invalid(format!("outcome_values must name an outcome once, got {twice:?} twice"));
    }
    Ok(())
}

fn validate_columns(field: &str, columns: &[String]) -> Result<()> {
    if columns.len() > MAX_COLUMNS {
        return Err(EngineError::InvalidArgument(format!(
            "{field} must be at most {MAX_COLUMNS} names, got {}",
            columns.len()
        )));
    }
    columns.iter().try_for_each(|column| check_name(field, column))
}

/// Checks names that make a set at `place` of a field: how many there are, each of them, and that none comes twice.
///
/// # Errors
/// [`EngineError::InvalidArgument`].
pub(crate) fn check_set(
    field: &str,
    place: &str,
    names: &[String],
    sizes: RangeInclusive<usize>,
) -> Result<()> {
    let invalid = |message: String| Err(EngineError::InvalidArgument(message));
    if !sizes.contains(&names.len()) {
        let (least, most) = (sizes.start(), sizes.end());
        return invalid(format!("{place} must name {least} to {most} columns, got {}", names.len()));
    }
    for (position, name) in names.iter().enumerate() {
        check_name(field, name)?;
        if names[..position].contains(name) {
            return invalid(format!("{place} names {name:?} twice"));
        }
    }
    Ok(())
}

fn same_columns(left: &[String], right: &[String]) -> bool {
    left.len() == right.len() && left.iter().all(|column| right.contains(column))
}

/// Checks the name of something: not empty, not too long, no control characters.
///
/// # Errors
/// [`EngineError::InvalidArgument`].
pub fn check_name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(EngineError::InvalidArgument(format!("{what} must not be empty")));
    }
    check_optional_name(what, name)
}

/// As [`check_name`], but empty is a name.
///
/// # Errors
/// [`EngineError::InvalidArgument`].
pub fn check_optional_name(what: &str, name: &str) -> Result<()> {
    if name.len() > MAX_NAME_BYTES {
        return Err(EngineError::InvalidArgument(format!(
            "{what} must be at most {MAX_NAME_BYTES} bytes, got {}",
            name.len()
        )));
    }
    if name.chars().any(char::is_control) {
        return Err(EngineError::InvalidArgument(format!(
            "{what} must not hold control characters, got {name:?}"
        )));
    }
    Ok(())
}
