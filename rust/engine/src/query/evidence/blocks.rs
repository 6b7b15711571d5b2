//! Windows joined to blocks.

use super::stream::Observation;
use crate::rollup::Window;

/// The blocks of this length, aligned to the epoch, of windows in the order of time, and the windows of which the block is
/// cut: it begins before `first`, or it is not over at `end`. A window that is not shorter than a block is one.
pub(super) fn join(
    windows: Vec<Observation>,
    length: i64,
    first: Option<i64>,
    end: i64,
) -> (Vec<Observation>, Vec<Window>) {
    let (mut blocks, mut cut): (Vec<Observation>, Vec<Window>) = (Vec::new(), Vec::new());
    for (window, counts) in windows {
        let Some(block) = block_of(window, length) else {
            blocks.push((window, counts));
            continue;
        };
        if first.is_some_and(|first| block.0 < first) || block.0.saturating_add(block.1) > end {
            cut.push(window);
            continue;
        }
        match blocks.last_mut().filter(|(last, _)| *last == block) {
            Some((_, sum)) => sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count),
            None => blocks.push((block, counts)),
        }
    }
    (blocks, cut)
}

/// The block in which a shorter window starts.
fn block_of((start, window_length): Window, length: i64) -> Option<Window> {
    let is_shorter = window_length < length;
    start.checked_sub(start.rem_euclid(length)).filter(|_| is_shorter).map(|block| (block, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(starts: &[(i64, i64)]) -> Vec<Observation> {
        starts.iter().map(|&window| (window, vec![1, window.1 as u64])).collect()
    }

    #[test]
    fn windows_of_a_block_are_added() {
        let given = windows(&[(-2, 1), (0, 1), (5, 2), (9, 1), (10, 1), (20, 10), (31, 1)]);
        let (blocks, cut) = join(given, 10, None, 40);
        let expected = [
            ((-10, 10), vec![1, 1]),
            ((0, 10), vec![3, 4]),
            ((10, 10), vec![1, 1]),
            ((20, 10), vec![1, 10]),
            ((30, 10), vec![1, 1]),
        ];
        assert_eq!((blocks.as_slice(), cut.is_empty()), (expected.as_slice(), true));
    }

    #[test]
    fn blocks_that_are_cut_take_no_part() {
        let given = windows(&[(3, 1), (9, 1), (12, 1), (25, 1), (40, 50)]);
        let (blocks, cut) = join(given, 10, Some(3), 26);
        assert_eq!(blocks, [((10, 10), vec![1, 1]), ((40, 50), vec![1, 50])]);
        assert_eq!(cut, [(3, 1), (9, 1), (25, 1)]);
    }
}
