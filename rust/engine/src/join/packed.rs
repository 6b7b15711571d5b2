//! Predictions and labels in as few bytes as they need.

use super::{Prediction, Truth};
use crate::outcome::Outcome;

/// Bits of an outcome's code below those that say its kind.
const VALUE_BITS: u32 = 29;
const VALUE_MASK: u32 = (1 << VALUE_BITS) - 1;
/// Integers from minus this up to this have room in the code itself.
const SMALL: i64 = 1 << (VALUE_BITS - 1);

const MISSING: u32 = 0;
const BOOLEAN: u32 = 1;
const CLASS: u32 = 2;
const SMALL_INTEGER: u32 = 3;
const INTEGER: u32 = 4;
const FLOAT: u32 = 5;

/// An outcome as a code, and a number where that does not hold all of it.
fn encode(outcome: Outcome) -> (u32, Option<u64>) {
    let (kind, value, number) = match outcome {
        Outcome::Missing => (MISSING, 0, None),
        Outcome::Boolean(value) => (BOOLEAN, u32::from(value), None),
        Outcome::Class(id) => (CLASS, id, None),
        Outcome::Integer(value) if (-SMALL..SMALL).contains(&value) => {
            (SMALL_INTEGER, (value + SMALL) as u32, None)
        }
        Outcome::Integer(value) => (INTEGER, 0, Some(value as u64)),
        Outcome::Float(bits) => (FLOAT, 0, Some(bits)),
    };
    debug_assert!(value <= VALUE_MASK, "there are fewer classes than that");
    (kind << VALUE_BITS | value, number)
}

fn needs_number(code: u32) -> bool {
    code >> VALUE_BITS >= INTEGER
}

fn decode(code: u32, number: u64) -> Outcome {
    let value = code & VALUE_MASK;
    match code >> VALUE_BITS {
        BOOLEAN => Outcome::Boolean(value == 1),
        CLASS => Outcome::Class(value),
        SMALL_INTEGER => Outcome::Integer(i64::from(value) - SMALL),
        INTEGER => Outcome::Integer(number as i64),
        FLOAT => Outcome::Float(number),
        _ => Outcome::Missing,
    }
}

/// A prediction in 30 bytes. Its score lies elsewhere if what was predicted needs the place for a number.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(2))]
pub(super) struct PackedPrediction {
    pub(super) id: u64,
    number: u64,
    outcome: u32,
    pub(super) place: u32,
    offset: [u16; 3],
}

impl PackedPrediction {
    /// Packs a prediction whose time lies less than 2^48 nanoseconds after the start of its bucket; gives the score too
    /// if it has no room here.
    pub(super) fn new(id: u64, prediction: &Prediction, offset: u64) -> (Self, Option<f64>) {
        debug_assert!(offset >> 48 == 0, "buckets are shorter than that");
        let (outcome, number) = encode(prediction.predicted);
        let offset = [offset as u16, (offset >> 16) as u16, (offset >> 32) as u16];
        let place = prediction.place;
        let left_over = number.is_some() && !prediction.score.is_nan();
        let number = number.unwrap_or(prediction.score.to_bits());
        (Self { id, number, outcome, place, offset }, left_over.then_some(prediction.score))
    }

    /// Nanoseconds from the start of its bucket.
    pub(super) fn offset(self) -> i64 {
        let [low, middle, high] = self.offset;
        i64::from(low) | i64::from(middle) << 16 | i64::from(high) << 32
    }

    pub(super) fn predicted(self) -> Outcome {
        decode(self.outcome, self.number)
    }

    /// Its score; NaN for none; `None` where it lies elsewhere, if there is one.
    pub(super) fn score(self) -> Option<f64> {
        (!needs_number(self.outcome)).then_some(f64::from_bits(self.number))
    }
}

/// A label in 12 bytes. If it is a number that has no room in its code, that lies elsewhere.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
pub(super) struct PackedTruth {
    /// `i64::MIN` where it was not said.
    time: i64,
    outcome: u32,
}

impl PackedTruth {
    /// Packs a label; gives the number too if there is one that has no room here.
    pub(super) fn new(truth: Truth) -> (Self, Option<u64>) {
        let (outcome, number) = encode(truth.value);
        let time = truth.time.map_or(i64::MIN, |time| time.max(i64::MIN + 1));
        (Self { time, outcome }, number)
    }

    /// The label, with its number from elsewhere.
    pub(super) fn truth(self, number: u64) -> Truth {
        let time = self.time;
        Truth { value: decode(self.outcome, number), time: (time != i64::MIN).then_some(time) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::Missing),
            any::<bool>().prop_map(Outcome::Boolean),
            any::<i64>().prop_map(Outcome::Integer),
            (-SMALL - 2..SMALL + 2).prop_map(Outcome::Integer),
            any::<u64>().prop_map(Outcome::Float),
            (0..70_000_u32).prop_map(Outcome::Class),
        ]
    }

    proptest! {
        #[test]
        fn predictions_and_labels_come_back(
            predicted in outcome(), score in prop_oneof![Just(f64::NAN), any::<f64>()],
            offset in 0..1_u64 << 48, id in any::<u64>(), place in any::<u32>(),
            value in outcome(), time in prop::option::of(i64::MIN + 1..=i64::MAX),
        ) {
            let prediction = Prediction { time: 0, predicted, score, weight: None, query: None, place, label: None };
            let (packed, left_over) = PackedPrediction::new(id, &prediction, offset);
            prop_assert_eq!(({ packed.id }, { packed.place }), (id, place));
            prop_assert_eq!((packed.predicted(), packed.offset()), (predicted, offset as i64));
            let found = packed.score().or(left_over).unwrap_or(f64::NAN);
            prop_assert!(found.to_bits() == score.to_bits() || found.is_nan() && score.is_nan());
            let truth = Truth { value, time };
            let (packed, number) = PackedTruth::new(truth);
            prop_assert_eq!(packed.truth(number.unwrap_or_default()), truth);
        }
    }

    #[test]
    fn they_take_what_the_documentation_says() {
        assert_eq!((size_of::<PackedPrediction>(), size_of::<PackedTruth>()), (30, 12));
    }
}
