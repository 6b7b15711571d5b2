//! Decisions: whether a prediction says the positive class, before anybody knows the truth.

use crate::monitor::{Monitor, Task};
use crate::outcome::{Classes, Outcome};

/// How the positive class looks among the predictions of one batch.
pub(crate) struct Decider {
    is_regression: bool,
    score_threshold: f64,
    positive: Positive,
}

enum Positive {
    /// The one that the monitor names, as a boolean, an integer and a class, where it is one.
    Named { boolean: Option<bool>, integer: Option<i64>, class: Option<u32> },
    /// `true` and 1, where the other is `false` or 0.
    Usual { positive: [Option<u32>; 2], negative: [Option<u32>; 2] },
}

impl Decider {
    /// For predictions whose classes have been read.
    pub(crate) fn new(monitor: &Monitor, classes: &Classes) -> Self {
        let name = monitor.positive_class.as_str();
        let positive = if name.is_empty() {
            Positive::Usual {
                positive: ["true", "1"].map(|name| classes.find(name)),
                negative: ["false", "0"].map(|name| classes.find(name)),
            }
        } else {
            Positive::Named {
                boolean: name.parse().ok(),
                integer: name.parse().ok(),
                class: classes.find(name),
            }
        };
        Self {
            is_regression: monitor.task == Task::Regression,
            score_threshold: monitor.score_threshold,
            positive,
        }
    }

    /// Whether it says the positive class; `None` for a number that is no class, and where no positive class is
    /// known.
    pub(crate) fn decide(&self, predicted: Outcome, score: f64) -> Option<bool> {
        if self.is_regression {
            return None;
        }
        match (&self.positive, predicted) {
            (_, Outcome::Missing) => (!score.is_nan()).then_some(score >= self.score_threshold),
            (_, Outcome::Float(_)) => None,
            (Positive::Named { boolean, .. }, Outcome::Boolean(value)) => Some(*boolean == Some(value)),
            (Positive::Named { integer, .. }, Outcome::Integer(value)) => Some(*integer == Some(value)),
            (Positive::Named { class, .. }, Outcome::Class(id)) => Some(*class == Some(id)),
            (Positive::Usual { .. }, Outcome::Boolean(value)) => Some(value),
            (Positive::Usual { .. }, Outcome::Integer(value)) => matches!(value, 0 | 1).then_some(value == 1),
            (Positive::Usual { positive, negative }, Outcome::Class(id)) => {
                let is = |ids: &[Option<u32>]| ids.contains(&Some(id));
                (is(positive) || is(negative)).then(|| is(positive))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(monitor: &Monitor, predicted: Outcome, score: f64) -> Option<bool> {
        let mut classes = Classes::default();
        for name in ["yes", "no", "true", "0"] {
            classes.intern(name);
        }
        Decider::new(monitor, &classes).decide(predicted, score)
    }

    #[test]
    fn a_named_class_is_positive_and_all_others_are_not() {
        let monitor = |positive: &str| Monitor { positive_class: positive.into(), ..Monitor::new("m") };
        let of_class = |class| decide(&monitor("yes"), Outcome::Class(class), f64::NAN);
        assert_eq!([of_class(0), of_class(1)], [Some(true), Some(false)]);
        assert_eq!(decide(&monitor("2"), Outcome::Integer(2), f64::NAN), Some(true));
        assert_eq!(decide(&monitor("2"), Outcome::Integer(1), f64::NAN), Some(false));
        assert_eq!(decide(&monitor("false"), Outcome::Boolean(false), f64::NAN), Some(true));
        assert_eq!(decide(&monitor("unseen"), Outcome::Class(1), f64::NAN), Some(false));
    }

    #[test]
    fn without_a_name_true_and_one_are_positive() {
        let usual = Monitor::new("m");
        assert_eq!(decide(&usual, Outcome::Boolean(true), 0.1), Some(true));
        assert_eq!(decide(&usual, Outcome::Integer(0), f64::NAN), Some(false));
        assert_eq!(decide(&usual, Outcome::Integer(7), f64::NAN), None);
        let of_class = |class| decide(&usual, Outcome::Class(class), f64::NAN);
        assert_eq!([of_class(0), of_class(2), of_class(3)], [None, Some(true), Some(false)]);
    }

    #[test]
    fn a_score_decides_where_nothing_else_does() {
        let usual = Monitor { score_threshold: 0.7, ..Monitor::new("m") };
        let of_score = |score| decide(&usual, Outcome::Missing, score);
        assert_eq!([of_score(0.7), of_score(0.6), of_score(f64::NAN)], [Some(true), Some(false), None]);
        assert_eq!(decide(&usual, Outcome::Float(1.5_f64.to_bits()), f64::NAN), None);
        let numbers = Monitor { task: Task::Regression, ..Monitor::new("m") };
        assert_eq!(decide(&numbers, Outcome::Integer(1), 0.9), None);
    }
}
