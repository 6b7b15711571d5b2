//! Weighted outcomes: sums merge up to rounding, and what was added can be taken out again.

use std::collections::BTreeMap;

use driftline_sketches::ExponentialHistogram;
use driftline_sketches::performance::{
    Weighted, WeightedErrors, WeightedLabels, WeightedScores, WeightedSums, Weights,
};
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
    assert_same_errors(&found.absolute_errors, &whole.absolute_errors);
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

/// At the coarser scale of both: what comes out again leaves the scale that it needed.
fn assert_same_errors(found: &WeightedErrors, whole: &WeightedErrors) {
    let scale = found.scale().min(whole.scale());
    let at_scale = |errors: &WeightedErrors| {
        let mut coarser = BTreeMap::<i32, [f64; 2]>::new();
        for (index, weights) in errors.iter() {
            let own = coarser.entry(index >> (errors.scale() - scale)).or_default();
            *own = [own[0] + weights.sum, own[1] + weights.squares];
        }
        coarser
    };
    let (left, right) = (at_scale(found), at_scale(whole));
    let close = |found: f64, whole: f64| (found - whole).abs() <= 1e-9 * whole.max(1.0);
    assert!(left.keys().eq(right.keys()), "{left:?} {right:?}");
    for (found, whole) in left.values().zip(right.values()) {
        assert!(close(found[0], whole[0]) && close(found[1], whole[1]), "{found:?} {whole:?}");
    }
    assert!(close(found.zeros().sum, whole.zeros().sum));
    assert!(close(found.zeros().squares, whole.zeros().squares));
}

/// Errors of any size, zeros among them, and weights, zeros among these.
fn weighted_errors() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let error = prop_oneof![
        4 => -1e3..1e3_f64,
        2 => any::<f64>().prop_filter("an error is finite", |error| error.is_finite()),
        1 => Just(0.0),
    ];
    vec((error, prop_oneof![3 => 0.1..9.0_f64, 1 => Just(0.0), 1 => Just(1.0)]), 0..80)
}

fn errors_of(rows: &[(f64, f64)]) -> Weighted {
    let mut weighted = Weighted::default();
    for (error, weight) in rows {
        weighted.add_error(*weight, *error, 0.0);
    }
    weighted
}

proptest! {
    #[test]
    fn errors_are_in_the_buckets_of_their_histogram(rows in weighted_errors()) {
        let weighted = errors_of(&rows).absolute_errors;
        let absolute: Vec<f64> =
            rows.iter().filter(|row| row.1 > 0.0).map(|(error, _)| error.abs()).collect();
        let mut counted = ExponentialHistogram::new();
        counted.add_slice(&absolute);
        prop_assert_eq!(weighted.scale(), counted.scale());
        let indexes: Vec<i32> = counted.positive().iter().map(|bucket| bucket.0).collect();
        prop_assert_eq!(weighted.iter().map(|bucket| bucket.0).collect::<Vec<_>>(), indexes);
        for (index, weights) in weighted.iter() {
            let (low, high) = weighted.bucket_bounds(index);
            prop_assert_eq!((low, high), counted.bucket_bounds(index));
            let inside = rows.iter().filter(|(error, _)| low < error.abs() && error.abs() <= high);
            let (sum, squares) = inside.fold((0.0, 0.0), |(sum, squares), (_, weight)| (sum + weight, squares + weight * weight));
            prop_assert!((weights.sum - sum).abs() <= 1e-12 * sum && (weights.squares - squares).abs() <= 1e-12 * squares);
        }
        let zeros: f64 = rows.iter().filter(|row| row.0 == 0.0).map(|row| row.1).sum();
        prop_assert!((weighted.zeros().sum - zeros).abs() <= 1e-12 * zeros);
    }

    #[test]
    fn errors_of_any_size_merge_and_come_out_again(
        rows in weighted_errors(), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>(), rest in weighted_errors(),
    ) {
        let whole = errors_of(&rows);
        let parts: Vec<_> = cut(&rows, &cuts, turn).iter().map(|part| errors_of(part)).collect();
        let merged = fold(&parts, Weighted::default(), Weighted::merge);
        prop_assert_eq!(merged.absolute_errors.scale(), whole.absolute_errors.scale());
        assert_same_errors(&merged.absolute_errors, &whole.absolute_errors);
        let taken = errors_of(&rest);
        let mut both = whole.clone();
        both.merge(&taken);
        assert_same_errors(&both.without(&taken).absolute_errors, &whole.absolute_errors);
        let stored = whole.absolute_errors;
        let buckets: Vec<_> = stored.iter().collect();
        prop_assert_eq!(&WeightedErrors::from_parts(stored.scale(), stored.zeros(), &buckets).unwrap(), &stored);
    }

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
    let one = Weights::of(1.0);
    let refused = [
        (8, none, vec![(0, one)]),
        (-5, none, vec![(0, one)]),
        (7, broken, vec![]),
        (7, none, vec![(0, broken)]),
        (7, none, vec![(0, one), (320, one)]),
        (7, none, vec![(i32::MIN, one), (i32::MAX, one)]),
    ];
    for (scale, zeros, buckets) in refused {
        assert!(WeightedErrors::from_parts(scale, zeros, &buckets).is_err(), "{scale} {zeros:?} {buckets:?}");
    }
    assert!(WeightedErrors::from_parts(7, none, &[(0, one), (319, one)]).is_ok());
    for refused in [[-1.0, 1.0, 0.0, 0.0, 0.0], [1.0, 1.0, f64::NAN, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0, -1.0]] {
        assert!(WeightedSums::from_array(refused).is_err(), "{refused:?}");
    }
}
