//! Who probes a model: signals of one principal beside the others', and how sure it is that chance is not behind them.
//!
//! In each window a principal is compared with the rest of its cohort, those that send records in the same window, so that
//! whatever moves all of them moves no signal. Two comparisons do:
//!
//! - of records with something, scores near the decision boundary say ([`odds_gains`]): given how many there are on both
//!   sides together, their number on one side has Fisher's noncentral hypergeometric law, which knows nothing but the ratio of
//!   the odds;
//! - of repeated queries ([`repeat_gains`], [`distinct_gains`]), whose share depends on how many queries there are.
//!
//! The null hypothesis of both is "no more than the tolerance times the cohort's": a principal is not like another, and
//! where they differ by less nobody is to be told. [`Watch`] makes an e-process of the windows, as
//! [`evidence`](crate::evidence) does for columns, so that the chance of ever naming anybody while nobody probes is
//! the one that was asked for, whoever looks how often.

mod cohort;
mod odds;
mod repeats;
mod watch;

pub use cohort::{Asked, Cohort, Compared, Part};
pub use odds::odds_gains;
pub use repeats::{Beside, Peer, Peers, distinct_gains, repeat_gains};
pub use watch::{ALTERNATIVES, Gains, Watch};

/// What a principal does more of, or less, than its cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Queries that no other is like: extraction.
    DistinctQueries,
    /// Different queries close together: inversion, a search along the boundary.
    NearDuplicates,
    /// Scores near the decision boundary: a search along it.
    NearBoundary,
    /// Records with values outside the baseline's range: extraction, evasion.
    Outliers,
    /// Labels that contradict the prediction: poisoning.
    LabelFlips,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::DistinctQueries, Self::NearDuplicates, Self::NearBoundary, Self::Outliers, Self::LabelFlips];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DistinctQueries => "distinct_queries",
            Self::NearDuplicates => "near_duplicates",
            Self::NearBoundary => "near_boundary",
            Self::Outliers => "outliers",
            Self::LabelFlips => "label_flips",
        }
    }
}
