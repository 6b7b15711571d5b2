//! Shares of rows that can be counted.

use std::f64::consts::FRAC_2_PI;

use driftline_sketches::{CategoricalProfile, NumericProfile};

use super::{Check, Finding};
use crate::drift::counts_of_one_baseline;
use crate::special::Z_95_TWO_SIDED;
use crate::two_shares::TwoShares;

pub(super) fn of_numbers(
    check: Check,
    reference: &NumericProfile,
    current: &NumericProfile,
) -> Option<Finding> {
    let share = |hits: fn(&NumericProfile) -> u64, rows: fn(&NumericProfile) -> u64| {
        shares(check, (hits(reference), rows(reference)), (hits(current), rows(current)))
    };
    match check {
        Check::NullRate => share(|side| side.nulls, |side| side.nulls.saturating_add(side.count())),
        Check::NanRate => share(|side| side.nans, NumericProfile::count),
        Check::InfinityRate => {
            share(|side| side.pos_infs.saturating_add(side.neg_infs), NumericProfile::count)
        }
        _ => None,
    }
}

pub(super) fn of_categories(
    check: Check,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Option<Finding> {
    match check {
        Check::NullRate => {
            let rows = |side: &CategoricalProfile| side.nulls.saturating_add(side.count);
            shares(check, (reference.nulls, rows(reference)), (current.nulls, rows(current)))
        }
        Check::UnseenRate => {
            let (before, now) = counts_of_one_baseline(reference, current)?;
            shares(check, (before.unseen(), before.total()), (now.unseen(), now.total()))
        }
        _ => None,
    }
}

/// Hits and rows of both sides as shares; none when a side has no row.
pub(super) fn shares(check: Check, reference: (u64, u64), current: (u64, u64)) -> Option<Finding> {
    let shares = TwoShares::new(reference, current)?;
    Some(Finding {
        check,
        reference: shares.reference,
        reference_low: shares.reference,
        reference_high: shares.reference,
        current: shares.current,
        low: shares.current,
        high: shares.current,
        noise_floor: FRAC_2_PI.sqrt() * shares.deviation,
        noise_q95: Z_95_TWO_SIDED * shares.deviation,
        p_value: Some(shares.p_value),
        n_reference: reference.1,
        n_current: current.1,
    })
}
