//! Errors by prediction: every pair is in the bins that hold its numbers, in any order and at any level.

use std::collections::BTreeMap;

use driftline_sketches::Regression;
use driftline_sketches::performance::Residuals;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::fold;
use crate::streams::cut;

/// Label and prediction.
type Pair = (f64, f64);

fn pairs(most: usize) -> impl Strategy<Value = Vec<Pair>> {
    let number = prop_oneof![-50.0..50.0_f64, Just(0.0), Just(-0.0), -1e300..1e300_f64, Just(1e-310)];
    vec((number.clone(), number), 1..most)
}

fn regression_of(pairs: &[Pair]) -> Regression {
    let (labels, predictions): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let mut regression = Regression::new();
    regression.add_slice(&labels, &predictions);
    regression
}

fn residuals_of(pairs: &[Pair]) -> Residuals {
    regression_of(pairs).residuals.unwrap()
}

/// Pairs of 82 predictions and 82 errors, each in bins of its own at first; powers of two, whose sums are exact.
fn spread_out() -> Vec<Pair> {
    let number = |at: i32| 2_f64.powi(at % 41 - 20) * if at < 41 { 1.0 } else { -1.0 };
    (0..82 * 82).map(|at| (number(at % 82) + number(at / 82), number(at % 82))).collect()
}

proptest! {
    #[test]
    fn pairs_are_in_their_bins(pairs in pairs(60), coarser in 0..12_u8) {
        let residuals = residuals_of(&pairs);
        let residuals = residuals.at_level(coarser.max(residuals.level()));
        let mut left: BTreeMap<(u16, u16), u64> = residuals.iter().map(|(p, e, count)| ((p, e), count)).collect();
        for (label, prediction) in pairs {
            let holds = |bin: u16, number: f64| {
                let (low, high) = Residuals::range(bin, residuals.level());
                let is_last = high == f64::MAX;
                low <= number && (number < high || is_last)
            };
            let error = label - prediction;
            let found = left.iter_mut().find(|((p, e), count)| **count > 0 && holds(*p, prediction) && holds(*e, error));
            let Some(((_, bin), count)) = found else { panic!("{prediction} {error} in {residuals:?}") };
            *count -= 1;
            let (low, high) = Residuals::range(Residuals::zero(residuals.level()) + Residuals::magnitude(*bin, residuals.level()), residuals.level());
            prop_assert!(low <= error.abs() && error.abs() <= high, "{error} in {low} {high}");
        }
        prop_assert!(left.values().all(|count| *count == 0));
    }

    #[test]
    fn any_order_gives_the_same(pairs in pairs(90), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>()) {
        let parts: Vec<_> = cut(&pairs, &cuts, turn).iter().map(|part| regression_of(part)).collect();
        let merged = fold(&parts, Regression::new(), Regression::merge);
        prop_assert_eq!(&merged.residuals, &regression_of(&pairs).residuals);
        let residuals = merged.residuals.unwrap();
        prop_assert_eq!(Residuals::from_parts(residuals.level(), residuals.iter()).unwrap(), residuals);
    }

    #[test]
    fn what_was_added_comes_out_again(kept in pairs(60), taken in pairs(60)) {
        let mut both = regression_of(&kept);
        both.merge(&regression_of(&taken));
        prop_assert_eq!(both.without(&regression_of(&taken)).residuals, regression_of(&kept).residuals);
    }
}

#[test]
fn many_bins_become_coarser_whatever_comes_first() {
    let mut pairs = spread_out();
    let found = residuals_of(&pairs);
    assert!(found.level() > 0 && found.iter().len() <= 2_048);
    assert_eq!(found.count(), 82 * 82);
    pairs.reverse();
    let (first, second) = pairs.split_at(2_000);
    let mut turned = regression_of(first);
    turned.merge(&regression_of(second));
    assert_eq!(turned.residuals.as_ref(), Some(&found));
    let left = turned.without(&regression_of(second)).residuals.unwrap();
    assert_eq!(left, *residuals_of(first).at_level(left.level()));
}

#[test]
fn what_cannot_have_been_counted_is_refused() {
    assert!(Residuals::from_parts(13, []).is_err());
    assert!(Residuals::from_parts(1, [(4_096, 0, 1)]).is_err());
    assert!(Residuals::from_parts(0, [(0, 0, u64::MAX), (0, 1, 1)]).is_err());
    let one = regression_of(&[(1.0, 2.0)]);
    let other = Some(residuals_of(&[(1.0, 2.0), (2.0, 2.0)]));
    assert!(Regression::from_parts(one.error, one.label, one.sum_abs_error, 0, one.spread, other).is_err());
}
