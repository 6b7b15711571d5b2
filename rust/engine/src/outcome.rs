//! Outcomes: what was predicted, what was true, and what the pair of them counts as.
//!
//! Labels and predictions come in whatever type the user has. With [`Task::Auto`] a pair is a classification
//! when the label or the prediction is text or boolean, when there is a score, or when both are integers;
//! everything else is a regression. Booleans and the numbers 0 and 1 are the same two classes.

use crate::keyed::KeyedMap;

use driftline_sketches::performance::{Content, Weighted, Weights};
use driftline_sketches::{Classification, Performance, Regression};

use crate::batch::{Column, Primitive, Values};
use crate::monitor::{Monitor, Task};
use crate::numbers::is_integer;
use crate::read::read_optional_numbers;

/// Class that stands for all that have no name of their own.
pub const OTHER_CLASS: &str = "__other__";
/// Most class names kept per model.
const MAX_CLASSES: usize = 65_536;

/// One predicted or true value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Not given.
    Missing,
    /// A boolean class.
    Boolean(bool),
    /// An integer: a class or a value.
    Integer(i64),
    /// Bits of a float.
    Float(u64),
    /// A class by its number in [`Classes`].
    Class(u32),
}

impl Outcome {
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Self::Missing | Self::Class(_) => None,
            Self::Boolean(value) => Some(f64::from(u8::from(value))),
            Self::Integer(value) => Some(value as f64),
            Self::Float(bits) => Some(f64::from_bits(bits)),
        }
    }

    /// Whether both say the same: numbers by their value, true and false as 1 and 0.
    pub(crate) fn is_same(self, other: Self) -> bool {
        self == other || self.number().is_some_and(|number| Some(number) == other.number())
    }

    fn is_named(self) -> bool {
        matches!(self, Self::Boolean(_) | Self::Class(_))
    }

    /// Zero and one as booleans, everything else as it is.
    fn as_boolean(self) -> Self {
        match self.number() {
            Some(0.0) => Self::Boolean(false),
            Some(1.0) => Self::Boolean(true),
            _ => self,
        }
    }

    /// Whole floats as integers, so that they name the same class.
    fn as_class(self) -> Self {
        match self {
            Self::Float(bits) => {
                let value = f64::from_bits(bits);
                let whole = value as i64;
                if whole as f64 == value { Self::Integer(whole) } else { self }
            }
            other => other,
        }
    }
}

/// Names of the text classes of one model.
#[derive(Debug, Default)]
pub struct Classes {
    names: Vec<String>,
    ids: KeyedMap<String, u32>,
}

impl Classes {
    /// The number of a name; of [`OTHER_CLASS`] when there are too many.
    pub fn intern(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        if self.names.len() >= MAX_CLASSES && name != OTHER_CLASS {
            return self.intern(OTHER_CLASS);
        }
        let id = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.ids.insert(name.to_owned(), id);
        id
    }

    /// The number of a name that has one.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.ids.get(name).copied()
    }

    /// The class as it is shown and counted.
    pub fn name(&self, outcome: Outcome) -> String {
        match outcome {
            Outcome::Missing => OTHER_CLASS.to_owned(),
            Outcome::Boolean(value) => value.to_string(),
            Outcome::Integer(value) => value.to_string(),
            Outcome::Float(bits) => f64::from_bits(bits).to_string(),
            Outcome::Class(id) => self.names[id as usize].clone(),
        }
    }

    /// An outcome as kind and text, to be kept over a restart.
    pub fn to_text(&self, outcome: Outcome) -> (&'static str, String) {
        let kind = match outcome {
            Outcome::Missing => "missing",
            Outcome::Boolean(_) => "boolean",
            Outcome::Integer(_) => "integer",
            Outcome::Float(_) => "float",
            Outcome::Class(_) => "class",
        };
        (kind, self.name(outcome))
    }

    /// The outcome that [`Classes::to_text`] wrote; `None` when it did not.
    pub fn from_text(&mut self, kind: &str, text: &str) -> Option<Outcome> {
        match kind {
            "missing" => Some(Outcome::Missing),
            "boolean" => text.parse().ok().map(Outcome::Boolean),
            "integer" => text.parse().ok().map(Outcome::Integer),
            "float" => text.parse().ok().map(|value: f64| Outcome::Float(value.to_bits())),
            "class" => Some(Outcome::Class(self.intern(text))),
            _ => None,
        }
    }

    /// Outcomes in all rows of a column.
    pub fn read(&mut self, column: &Column<'_>, rows: usize) -> Vec<Outcome> {
        let is_valid = |row| column.validity.as_ref().is_none_or(|valid| valid.get(row));
        match &column.values {
            // No column is both an id and an outcome.
            Values::Null | Values::Hashes(_) => vec![Outcome::Missing; rows],
            Values::Boolean(bits) => (0..rows)
                .map(|row| if is_valid(row) { Outcome::Boolean(bits.get(row)) } else { Outcome::Missing })
                .collect(),
            Values::Text(text) => (0..rows)
                .map(|row| {
                    if !is_valid(row) {
                        return Outcome::Missing;
                    }
                    Outcome::Class(self.intern(&String::from_utf8_lossy(text.get(row))))
                })
                .collect(),
            Values::Dictionary(keys, dictionary) => {
                let ids: Vec<_> = (0..dictionary.len()).map(|key| self.intern(dictionary.get(key))).collect();
                (0..rows)
                    .map(
                        |row| {
                            if is_valid(row) { Outcome::Class(ids[keys.get(row)]) } else { Outcome::Missing }
                        },
                    )
                    .collect()
            }
            Values::Primitive(primitive, _) => read_numbers(column, rows, *primitive),
        }
    }
}

fn read_numbers(column: &Column<'_>, rows: usize, primitive: Primitive) -> Vec<Outcome> {
    let whole = is_integer(primitive);
    read_optional_numbers(column, rows)
        .into_iter()
        .map(|value| match value {
            None => Outcome::Missing,
            Some(value) if whole => Outcome::Integer(value as i64),
            Some(value) => Outcome::Float(value.to_bits()),
        })
        .collect()
}

/// A prediction whose truth has come.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// What the model said.
    pub predicted: Outcome,
    /// Its score; NaN when there is none.
    pub score: f64,
    /// The truth.
    pub label: Outcome,
    /// When the truth became known, if that was said; nanoseconds since the Unix epoch.
    pub known_at: Option<i64>,
    /// Seconds between the two; NaN when they came together.
    pub delay: f64,
    /// How much it counts in weighted figures, if it has a weight.
    pub weight: Option<f64>,
    /// Whether it is an item of a list.
    pub is_listed: bool,
}

/// The pairs of one cell, gathered so that its counts are touched once a batch.
#[derive(Debug, Default)]
pub struct Pairs {
    labels: u64,
    newest: Option<i64>,
    classes: KeyedMap<(Outcome, Outcome), u64>,
    positives: Vec<bool>,
    scores: Vec<f64>,
    true_values: Vec<f64>,
    predicted_values: Vec<f64>,
    delays: Vec<f64>,
    weighted: Option<Box<WeightedPairs>>,
}

/// Those of the pairs that have a weight.
#[derive(Debug, Default)]
struct WeightedPairs {
    records: u64,
    classes: KeyedMap<(Outcome, Outcome), Weights>,
    /// Weights, each with the place of its score.
    scores: Vec<(usize, f64)>,
    /// Weights, each with the place of its values.
    values: Vec<(usize, f64)>,
}

impl Pairs {
    /// Takes in one pair.
    pub fn push(&mut self, pair: &Pair, monitor: &Monitor, classes: &mut Classes) {
        self.labels += 1;
        self.newest = self.newest.max(pair.known_at);
        if pair.delay.is_finite() {
            self.delays.push(pair.delay.max(0.0));
        }
        if monitor.is_only_ranked(pair.is_listed) {
            return;
        }
        if pair.weight.is_some() {
            self.weighted.get_or_insert_default().records += 1;
        }
        if is_classification(pair, monitor.task) {
            self.push_class(pair, monitor, classes);
        } else if let (Some(label), Some(predicted)) = (pair.label.number(), pair.predicted.number()) {
            if let Some(weight) = pair.weight {
                let values = &mut self.weighted.get_or_insert_default().values;
                values.push((self.true_values.len(), weight));
            }
            self.true_values.push(label);
            self.predicted_values.push(predicted);
        }
    }

    fn push_class(&mut self, pair: &Pair, monitor: &Monitor, classes: &mut Classes) {
        let (label, predicted, positive) = as_classes(pair, monitor, classes);
        if predicted != Outcome::Missing {
            *self.classes.entry((label, predicted)).or_default() += 1;
            if let Some(weight) = pair.weight {
                let weighted = self.weighted.get_or_insert_default();
                let weights = weighted.classes.entry((label, predicted)).or_default();
                *weights = weights.plus(Weights::of(weight));
            }
        }
        if let Some(positive) = positive
            && !pair.score.is_nan()
        {
            if let Some(weight) = pair.weight {
                self.weighted.get_or_insert_default().scores.push((self.scores.len(), weight));
            }
            self.positives.push(positive);
            self.scores.push(pair.score);
        }
    }

    /// Adds everything to the counts of the cell.
    pub fn apply(&self, performance: &mut Performance, classes: &Classes) {
        performance.labels += self.labels;
        performance.newest_label = performance.newest_label.max(self.newest);
        performance.delay.add_slice(&self.delays);
        if !self.classes.is_empty() || !self.scores.is_empty() {
            let classification = performance.classification.get_or_insert_with(Classification::new);
            let mut pairs: Vec<_> = self
                .classes
                .iter()
                .map(|(&(label, predicted), &count)| (classes.name(label), classes.name(predicted), count))
                .collect();
            pairs.sort();
            for (label, predicted, count) in pairs {
                classification.add(&label, &predicted, count);
            }
            classification.add_scores(&self.positives, &self.scores);
        }
        if !self.true_values.is_empty() {
            let regression = performance.regression.get_or_insert_with(Regression::new);
            regression.add_slice(&self.true_values, &self.predicted_values);
        }
        if let Some(pairs) = &self.weighted {
            self.apply_weighted(pairs, performance.weighted.get_or_insert_default(), classes);
        }
    }

    fn apply_weighted(&self, pairs: &WeightedPairs, weighted: &mut Weighted, classes: &Classes) {
        weighted.records += pairs.records;
        let cells = pairs.classes.iter();
        let mut cells: Vec<_> = cells
            .map(|(&(label, predicted), &weights)| (classes.name(label), classes.name(predicted), weights))
            .collect();
        // Sums of floats depend on their order.
        cells.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
        for (label, predicted, weights) in cells {
            weighted.confusion.add(&label, &predicted, weights);
        }
        for &(place, weight) in &pairs.scores {
            weighted.add_score(weight, self.positives[place], self.scores[place]);
        }
        for &(place, weight) in &pairs.values {
            weighted.add_error(weight, self.true_values[place], self.predicted_values[place]);
        }
    }
}

/// Whether the truth of a classification is another class than what was predicted; `None` for what is none, or where one of
/// them is missing.
pub(crate) fn contradicts(pair: &Pair, monitor: &Monitor, classes: &mut Classes) -> Option<bool> {
    let is_judged = pair.label != Outcome::Missing && !monitor.is_only_ranked(pair.is_listed);
    if !is_judged || !is_classification(pair, monitor.task) {
        return None;
    }
    let (label, predicted, _) = as_classes(pair, monitor, classes);
    (predicted != Outcome::Missing).then_some(label != predicted)
}

/// Truth and prediction as classes that name the same by the same, and whether the truth is the positive class.
fn as_classes(pair: &Pair, monitor: &Monitor, classes: &mut Classes) -> (Outcome, Outcome, Option<bool>) {
    let (mut label, mut predicted) = (pair.label.as_class(), pair.predicted.as_class());
    if matches!(label, Outcome::Boolean(_)) {
        predicted = predicted.as_boolean();
    } else if matches!(predicted, Outcome::Boolean(_)) {
        label = label.as_boolean();
    }
    let positive = is_positive(label, monitor, classes);
    if predicted == Outcome::Missing && pair.score.is_finite() {
        let says_positive = pair.score >= monitor.score_threshold;
        predicted = from_score(says_positive, label, positive, monitor, classes);
    }
    (label, predicted, positive)
}

fn is_classification(pair: &Pair, task: Task) -> bool {
    match task {
        Task::Classification => true,
        Task::Regression | Task::Ranking => false,
        Task::Auto => {
            pair.label.is_named()
                || pair.predicted.is_named()
                || !pair.score.is_nan()
                || matches!(
                    (pair.label.as_class(), pair.predicted),
                    (Outcome::Integer(_), Outcome::Integer(_))
                )
        }
    }
}

/// Whether a class is the positive one; `None` when nobody has said which one is.
pub(crate) fn is_positive(label: Outcome, monitor: &Monitor, classes: &Classes) -> Option<bool> {
    if !monitor.positive_class.is_empty() {
        return Some(classes.name(label) == monitor.positive_class);
    }
    match label {
        Outcome::Missing => None,
        Outcome::Boolean(value) => Some(value),
        Outcome::Integer(value) => Some(value == 1),
        Outcome::Float(_) => Some(false),
        Outcome::Class(_) => match classes.name(label).as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
    }
}

/// The class that a score predicts, in the words of the label.
fn from_score(
    says_positive: bool,
    label: Outcome,
    positive: Option<bool>,
    monitor: &Monitor,
    classes: &mut Classes,
) -> Outcome {
    match (label, positive) {
        (_, None) => Outcome::Missing,
        (_, Some(is_positive)) if is_positive == says_positive => label,
        (Outcome::Boolean(_), _) => Outcome::Boolean(says_positive),
        (Outcome::Integer(_) | Outcome::Float(_), _) if monitor.positive_class.is_empty() => {
            Outcome::Integer(i64::from(says_positive))
        }
        (_, Some(false)) => {
            let name = if monitor.positive_class.is_empty() { "true" } else { &monitor.positive_class };
            Outcome::Class(classes.intern(name))
        }
        (_, Some(true)) => Outcome::Class(classes.intern(OTHER_CLASS)),
    }
}
