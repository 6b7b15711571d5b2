//! Evidence over time: how sure it is, after any number of looks, that something has moved.
//!
//! Everything here is an *e-process* or a band that holds at all times at once. An e-process is a
//! bet against "nothing has moved": whatever the traffic and whenever one looks, the chance that it
//! ever reaches `1 / alpha` is at most `alpha` while nothing has. So an alarm at `1 / alpha` keeps
//! its false-alarm rate over a whole life, where a p-value per window is bound to fail: it is drawn
//! anew with every window.
//!
//! | question | answer |
//! |---|---|
//! | has this column left its baseline? | [`Detector`] on counts in the baseline's bins |
//! | the same where records or windows depend on each other | [`BlockDetector`] |
//! | which of many columns, with one false-alarm rate for all? | [`discoveries`] |
//! | do two versions see or say the same? | [`TwoSample`] |
//! | is a rate of one version above that of the other? | [`Rate`], [`verdict`] |
//! | is a canary better or worse than its control? | [`outcome`] of verdicts, on [`rates_above`] a limit too |
//! | by how much, at least, at all times? | [`kolmogorov_smirnov_bound`], [`mean_shift_bound`], [`Rate::interval`] |
//! | at what level each of many? | [`ErrorBudget`] |
//!
//! The state of each is a handful of numbers that follow from the counts of the windows so far, in
//! their order, and from nothing else.

mod block;
mod bound;
mod budget;
mod canary;
mod course;
mod detector;
mod discoveries;
mod laws;
mod learner;
mod mixture;
mod rate;
mod two_sample;
mod widths;

pub use self::block::BlockDetector;
pub use self::bound::{Bound, kolmogorov_smirnov_bound, mean_shift_bound};
pub use self::budget::ErrorBudget;
pub use self::canary::{Outcome, outcome, rates_above, shares_of_level};
pub use self::course::Course;
pub use self::detector::Detector;
pub use self::discoveries::discoveries;
pub use self::laws::Laws;
pub(crate) use self::mixture::{StartMixture, log_mean};
pub use self::rate::{Rate, Verdict, verdict};
pub use self::two_sample::TwoSample;
pub use self::widths::{band_width, mean_width};
