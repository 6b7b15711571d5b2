//! Streams of values of very different shape, cut into parts.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A value of one of the shapes that sketches find hard.
fn value(shape: u8) -> BoxedStrategy<f64> {
    match shape {
        0 => (-4.0..4.0).boxed(),
        1 => (-3i32..12).prop_map(f64::from).boxed(),
        2 => (-300.0..300.0f64, any::<bool>())
            .prop_map(|(exponent, negative)| if negative { -exponent.exp2() } else { exponent.exp2() })
            .boxed(),
        3 => any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()).boxed(),
        4 => prop_oneof![
            9 => Just(0.0),
            1 => 0.5..1.5,
        ]
        .boxed(),
        5 => (0u64..5000).prop_map(f64::from_bits).boxed(),
        6 => prop_oneof![Just(f64::MAX), Just(-f64::MAX), Just(-0.0), 1e307..1.7e308].boxed(),
        _ => (0.0..1.0).prop_map(|value: f64| 1e9 + value).boxed(),
    }
}

/// Finite values.
pub(crate) fn values(length: usize) -> impl Strategy<Value = Vec<f64>> {
    (0u8..8).prop_flat_map(move |shape| {
        prop_oneof![
            1 => vec(value(shape), 0..40),
            1 => vec(value(shape), 0..length),
        ]
    })
}

/// A stream, and the same values cut into parts that are shuffled.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) whole: Vec<f64>,
    pub(crate) parts: Vec<Vec<f64>>,
}

pub(crate) fn streams(length: usize) -> impl Strategy<Value = Stream> {
    (values(length), vec(any::<Index>(), 0..6), any::<u64>())
        .prop_map(|(whole, cuts, turn)| Stream { parts: cut(&whole, &cuts, turn), whole })
}

/// Cuts a slice and turns the order of the parts.
pub(crate) fn cut<T: Clone>(whole: &[T], cuts: &[Index], turn: u64) -> Vec<Vec<T>> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len() + 1)).collect();
    ends.push(whole.len());
    ends.sort_unstable();
    let mut begin = 0;
    let mut parts: Vec<Vec<T>> = Vec::new();
    for end in ends {
        parts.push(whole[begin..end].to_vec());
        begin = end;
    }
    let turn = turn as usize % parts.len();
    parts.rotate_left(turn);
    if turn % 2 == 1 {
        parts.reverse();
    }
    parts
}

/// Large batches that are hard to partition: narrow and wide groups of values at any places, in turns of any length,
/// with any share of repeated values.
pub(crate) fn hard_batches() -> impl Strategy<Value = Vec<f64>> {
    let place = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |place| place.is_finite());
    let place = prop_oneof![place, -2.0..2.0, Just(0.0), Just(-0.0), Just(1e9)];
    let groups = vec((place, -1074i32..1024), 1..5);
    (groups, 2000usize..9000, 1usize..300, 0u64..12, any::<u64>()).prop_map(
        |(groups, length, turn, repeated, mut state)| {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33
            };
            let value = |index: usize| {
                let (place, exponent) = groups[index / turn % groups.len()];
                let share = next() as f64 / (1u64 << 31) as f64;
                let width = if next() % 10 < repeated { 0.0 } else { f64::from(exponent).exp2() };
                (place + width * share).clamp(-f64::MAX, f64::MAX)
            };
            (0..length).map(value).collect()
        },
    )
}
