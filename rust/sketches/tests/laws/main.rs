//! The laws that every sketch keeps: merging the parts of a stream, in any order and grouping, is as
//! good as seeing the stream at once; nothing is the identity; bytes come back; broken bytes are an
//! error and nothing worse.

#![allow(clippy::unwrap_used)]

mod bytes;
mod columns;
mod digests;
mod distinct;
mod exact;
mod fingerprints;
mod frequent;
mod joint;
mod kept_kll;
mod kll;
mod moments;
mod performance;
mod ranking;
mod residuals;
mod shape;
mod streams;
mod weighted;

/// Merges parts from the left.
fn fold<T: Clone>(parts: &[T], empty: T, merge: impl Fn(&mut T, &T)) -> T {
    parts.iter().fold(empty, |mut sum, part| {
        merge(&mut sum, part);
        sum
    })
}

/// Merges neighbours, then the results, and so on, from the right.
fn tree<T: Clone>(parts: &[T], empty: T, merge: impl Fn(&mut T, &T) + Copy) -> T {
    match parts {
        [] => empty,
        [single] => single.clone(),
        _ => {
            let (left, right) = parts.split_at(parts.len() / 2);
            let mut sum = tree(right, empty.clone(), merge);
            merge(&mut sum, &tree(left, empty, merge));
            sum
        }
    }
}

/// Checks that all ways of merging the parts give the whole, and that nothing is the identity.
fn assert_exact_monoid<T: Clone + PartialEq + std::fmt::Debug>(
    whole: &T,
    parts: &[T],
    empty: &T,
    merge: impl Fn(&mut T, &T) + Copy,
) {
    assert_eq!(&fold(parts, empty.clone(), merge), whole);
    assert_eq!(&tree(parts, empty.clone(), merge), whole);
    let mut same = whole.clone();
    merge(&mut same, empty);
    assert_eq!(&same, whole);
    let mut same = empty.clone();
    merge(&mut same, whole);
    assert_eq!(&same, whole);
}
