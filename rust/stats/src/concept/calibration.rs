//! Evidence that the labels follow from the predictions in another way than in the reference.

use driftline_sketches::Classification;

use super::bets::{BETS, Bets, Odds};
use super::strata::{self, Condition, NotWatched, Stratum};
use crate::evidence::{Rate, log_mean};

/// An e-process on the labels of windows, given what the model said.
///
/// The reference is cut into strata: of scores, about as many as the cube root of its records and of equal
/// depth; without scores, pairs of a predicted class and a label. In each there are bets that the share of
/// positives, or of the label, is beyond the range that the reference leaves open, and besides there are bets
/// that those of all strata are, on the same side. The e-value is the mean of the latter and of the mean over strata. How many records a window has in a stratum is given and says nothing. Scores between and
/// beyond those of the reference say nothing either.
///
/// While in every stratum records are, given those before, positive with a chance inside its range, the
/// chance that [`log_e_value`](Self::log_e_value) ever reaches `ln(1 / alpha)` is at most `alpha` (Ville
/// 1939), plus the `error` that the reference may be unlucky with. Where the chance of a positive label rises
/// with the score, the ranges hold however the inputs move inside the strata.
#[derive(Debug, Clone)]
pub struct CalibrationWatch {
    strata: Vec<Watched>,
    together: Bets,
    has_scores: bool,
    windows: u64,
}

#[derive(Debug, Clone)]
struct Watched {
    stratum: Stratum,
    odds: Odds,
    bets: Bets,
}

/// One stratum so far.
#[derive(Debug, Clone, PartialEq)]
pub struct StratumEvidence {
    /// What the model said, and the outcome that is watched.
    pub condition: Condition,
    /// How often that was the outcome in the reference.
    pub reference: Rate,
    /// The rates that count as "not moved".
    pub range: (f64, f64),
    /// Logarithm of its own e-value.
    pub log_e_value: f64,
}

impl CalibrationWatch {
    /// A watch that has seen no window.
    ///
    /// # Errors
    /// [`NotWatched`] for a reference without labels, or without scores and with more classes than are told apart.
    ///
    /// # Panics
    /// When `error` is not in `(0, 1)`.
    pub fn new(reference: &Classification, error: f64) -> Result<Self, NotWatched> {
        assert!(error > 0.0 && error < 1.0, "error must be in (0, 1), got {error}");
        let strata = strata::cut(reference, error)?.into_iter();
        let strata = strata.map(|stratum| Watched {
            odds: Odds::beyond(stratum.low, stratum.high),
            bets: Bets::new(),
            stratum,
        });
        let has_scores = strata::scores_of(reference).is_some();
        Ok(Self { strata: strata.collect(), together: Bets::new(), has_scores, windows: 0 })
    }

    /// Whether these counts can be watched: without scores, only where all classes are told apart.
    pub fn can_observe(&self, counts: &Classification) -> bool {
        self.has_scores || !strata::has_other_class(counts)
    }

    /// The rates of the strata in some counts, in their order.
    pub fn rates(&self, counts: &Classification) -> Vec<Rate> {
        strata::rates(self.strata.iter().map(|watched| &watched.stratum.condition), counts)
    }

    /// Takes in the next window.
    pub fn observe(&mut self, counts: &Classification) {
        let mut together = [0.0; BETS];
        for (rate, watched) in self.rates(counts).into_iter().zip(&mut self.strata) {
            let gains = watched.odds.gains(rate);
            watched.bets.observe(self.windows, &gains);
            together.iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain);
        }
        // Shares of labels of one class are not draws of their own: there is nothing to multiply.
        if self.has_scores {
            self.together.observe(self.windows, &together);
        }
        self.windows += 1;
    }

    /// The logarithm of the e-value now. 0 before the first window.
    pub fn log_e_value(&self) -> f64 {
        let apart = log_mean(self.strata.iter().map(|watched| watched.bets.log_e_value(self.windows)));
        if !self.has_scores {
            return apart;
        }
        log_mean([apart, self.together.log_e_value(self.windows)].into_iter())
    }

    /// The window, from 0, with which the relation likely began to move: that from which on the bet that has gained most
    /// since then has. `None` while none has gained.
    pub fn since(&self) -> Option<u64> {
        let risen = self.strata.iter().map(|watched| &watched.bets).chain([&self.together]).map(Bets::risen);
        let best = risen.max_by(|one, other| one.0.total_cmp(&other.0))?;
        (best.0 > 0.0).then_some(best.1)
    }

    /// Each stratum.
    pub fn strata(&self) -> impl ExactSizeIterator<Item = StratumEvidence> + '_ {
        self.strata.iter().map(|Watched { stratum, bets, .. }| StratumEvidence {
            condition: stratum.condition.clone(),
            reference: stratum.reference,
            range: (stratum.low, stratum.high),
            log_e_value: bets.log_e_value(self.windows),
        })
    }
}
