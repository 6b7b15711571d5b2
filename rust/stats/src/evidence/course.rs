//! The evidence of a stream of windows, and how it got there.

use super::block::BlockDetector;
use super::detector::Detector;
use super::laws::Laws;

/// Evidence after the last window, and where it stood before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// The logarithm of the e-value after the last window.
    pub log_e_value: f64,
    /// The largest there has been, and after which window, from 0. `None` without a window.
    pub largest: Option<(f64, usize)>,
    /// The first window after which it had reached `1 / level`.
    pub reached: Option<usize>,
}

impl Course {
    /// Of counts a window, every record a draw of its own: see [`Detector`].
    ///
    /// # Panics
    /// When a window has not one count a bin.
    pub fn of_records<'c>(laws: Laws, windows: impl IntoIterator<Item = &'c [u64]>, level: f64) -> Self {
        let mut detector = Detector::new(laws);
        Self::after(windows, level, |counts| {
            detector.observe(counts);
            detector.log_e_value()
        })
    }

    /// Of counts a block, the records of which may depend on each other: see [`BlockDetector`].
    ///
    /// # Panics
    /// When a block has not one count a bin.
    pub fn of_blocks<'c>(laws: Laws, blocks: impl IntoIterator<Item = &'c [u64]>, level: f64) -> Self {
        let mut detector = BlockDetector::new(laws);
        Self::after(blocks, level, |counts| {
            detector.observe(counts);
            detector.log_e_value()
        })
    }

    fn after<'c>(
        windows: impl IntoIterator<Item = &'c [u64]>,
        level: f64,
        mut observe: impl FnMut(&[u64]) -> f64,
    ) -> Self {
        let asked = -level.ln();
        let mut course = Self { log_e_value: 0.0, largest: None, reached: None };
        for (number, counts) in windows.into_iter().enumerate() {
            let found = observe(counts);
            course.log_e_value = found;
            if course.largest.is_none_or(|(largest, _)| found > largest) {
                course.largest = Some((found, number));
            }
            if found >= asked {
                course.reached = course.reached.or(Some(number));
            }
        }
        course
    }
}
