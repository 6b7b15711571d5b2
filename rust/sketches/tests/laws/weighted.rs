//! Weighted outcomes: sums merge up to rounding, and what was added can be taken out again.

use driftline_sketches::performance::{Weighted, WeightedLabels, WeightedScores, WeightedSums, Weights};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::fold;
use crate::performance::{Row, rows};
use crate::streams::cut;

fn weighted_of(rows: &[Row]) -> Weighted {
    let mut weighted = Weighted::default();
    for (label, predicted, score) in rows {
        let weight = f64::from(*label) + 0.5;
        weighted.records += 1;
        weighted.confusion.add(&label.to_string(), &predicted.to_string(), Weights::of(weight));
        weighted.add_score(weight, *label == 0, *score);
        weighted.add_error(weight, f64::from(*label), *score);
    }
    weighted
}

/// Up to the rounding of sums of the size of those that `held` has.
fn assert_same_weighted(found: &Weighted, whole: &Weighted, held: &Weighted) {
    let close = |found: f64, whole: f64, size: f64| (found - whole).abs() <= 1e-9 * size.max(1.0);
    assert_eq!(found.records, whole.records);
    assert_eq!(found.confusion.iter().count(), whole.confusion.iter().count());
    for (found, whole) in found.confusion.iter().zip(whole.confusion.iter()) {
        assert_eq!((found.0, found.1), (whole.0, whole.1));
        assert!(
            close(found.2.sum, whole.2.sum, whole.2.sum)
                && close(found.2.squares, whole.2.squares, whole.2.squares)
        );
    }
    assert_eq!(found.scores.iter().len(), whole.scores.iter().len());
    for (found, whole) in found.scores.iter().zip(whole.scores.iter()) {
        assert_eq!(found.0, whole.0);
        for (found, whole) in [(found.1, whole.1), (found.2, whole.2)] {
            assert!(
                close(found.sum, whole.sum, whole.sum) && close(found.squares, whole.squares, whole.squares)
            );
        }
    }
    let sizes = held.labels.to_array();
    let size = sizes.iter().fold(1.0, |size: f64, sum| size.max(sum.abs()));
    for (found, whole) in found.labels.to_array().into_iter().zip(whole.labels.to_array()) {
        assert!(close(found, whole, size), "{found} {whole} {size}");
    }
    for ((found, whole), held) in found.means().into_iter().zip(whole.means()).zip(held.means()) {
        let size = held.squares.max(held.weights.squares);
        for (found, whole) in found.to_array().into_iter().zip(whole.to_array()) {
            assert!(close(found, whole, size), "{found} {whole}");
        }
    }
}

proptest! {
    #[test]
    fn weights_merge_and_come_out_again(
        rows in rows(90), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>(), rest in rows(90),
    ) {
        let whole = weighted_of(&rows);
        let parts: Vec<_> = cut(&rows, &cuts, turn).iter().map(|part| weighted_of(part)).collect();
        assert_same_weighted(&fold(&parts, Weighted::default(), Weighted::merge), &whole, &whole);
        let few: Vec<Row> = rest.iter().map(|(label, predicted, score)| (label % 20, predicted % 20, *score)).collect();
        let own: Vec<Row> = rows.iter().map(|(label, predicted, score)| (label % 20, predicted % 20, *score)).collect();
        assert_comes_out_again(&weighted_of(&own), &weighted_of(&few));
    }
}

fn assert_comes_out_again(own: &Weighted, taken: &Weighted) {
    let mut both = own.clone();
    both.merge(taken);
    assert_same_weighted(&both.without(taken), own, &both);
}

#[test]
fn little_comes_out_of_much() {
    let much: Vec<Row> = (0..300).map(|row| (19, 19, f64::from(row) / 300.0)).collect();
    assert_comes_out_again(&weighted_of(&[(0, 1, 0.3)]), &weighted_of(&much));
}

#[test]
fn weights_beyond_doubles_stay_beyond() {
    let mut weighted = Weighted::default();
    weighted.add_error(1e200, 1e200, 0.0);
    weighted.add_error(1e200, -1e200, 0.0);
    assert_eq!(weighted.squared_error.to_array(), [f64::INFINITY; 5]);
    let mut other = Weighted::default();
    other.add_error(1.0, 2.0, 1.0);
    other.merge(&weighted);
    assert_eq!(other.error.to_array(), [f64::INFINITY; 5]);
    assert!(WeightedSums::from_array(other.error.to_array()).is_ok());
    assert!(
        WeightedLabels::from_array([-1.0; 11]).is_err()
            && WeightedLabels::from_array([f64::NAN; 11]).is_err()
    );
    let (none, broken) = (Weights::default(), Weights { sum: -1.0, squares: 1.0 });
    assert!(WeightedScores::default().add_bin(1024, none, none).is_err());
    assert!(WeightedScores::default().add_bin(0, none, broken).is_err());
    for refused in [[-1.0, 1.0, 0.0, 0.0, 0.0], [1.0, 1.0, f64::NAN, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0, -1.0]] {
        assert!(WeightedSums::from_array(refused).is_err(), "{refused:?}");
    }
}
