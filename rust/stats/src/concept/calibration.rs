//! Evidence that the labels follow from the predictions in another way than in the reference.

use super::bets::{BETS, Bets, Odds};
use super::judged::Judged;
use super::predictions::OUTCOMES;
use super::strata::{self, Condition, NotWatched, Stratum};
use crate::evidence::{Rate, log_mean};

/// An e-process on the labels of windows, given what the model said.
///
/// The reference is cut into strata: of scores, about as many as the cube root of its records and of equal
/// depth; without scores, pairs of a predicted class and a label; of predicted numbers, as of scores, each with three outcomes:
/// the label is above the prediction, the error is larger than half of the stratum's, and than nine in ten. In each there are bets
/// that the share of positives, of the label or of the outcome, is beyond the range that the reference leaves open, and besides
/// there are bets that those of all strata are, on the same side. The e-value is the mean of the latter and of the mean over strata. How many records a window has in a stratum is given and says nothing. Scores between and
/// beyond those of the reference say nothing either.
///
/// While in every stratum records are, given those before, positive with a chance inside its range, the
/// chance that [`log_e_value`](Self::log_e_value) ever reaches `ln(1 / alpha)` is at most `alpha` (Ville
/// 1939), plus the `error` that the reference may be unlucky with. Where the chance of a positive label rises
/// with the score, the ranges hold however the inputs move inside the strata.
#[derive(Debug, Clone)]
pub struct CalibrationWatch {
    strata: Vec<Watched>,
    /// Of the strata of each group.
    together: Vec<Bets>,
    level: u8,
    tells_all_classes_apart: bool,
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
    /// A watch that has seen no window. Bins of numbers must be as coarse as those of any window.
    ///
    /// # Errors
    /// [`NotWatched`] for a reference without labels, or without scores and with more classes than are told apart.
    ///
    /// # Panics
    /// When `error` is not in `(0, 1)`.
    pub fn new<'r>(reference: impl Into<Judged<'r>>, error: f64) -> Result<Self, NotWatched> {
        assert!(error > 0.0 && error < 1.0, "error must be in (0, 1), got {error}");
        let reference = reference.into();
        let strata = strata::cut(reference, error)?.into_iter();
        let strata: Vec<Watched> = strata
            .map(|stratum| Watched {
                odds: Odds::beyond(stratum.low, stratum.high),
                bets: Bets::new(),
                stratum,
            })
            .collect();
        let groups =
            strata.iter().filter_map(|watched| watched.stratum.group).max().map_or(0, |last| last + 1);
        let by_class = matches!(reference, Judged::Classes(_)) && groups == 0;
        Ok(Self {
            strata,
            together: vec![Bets::new(); groups],
            level: reference.level(),
            tells_all_classes_apart: by_class,
            windows: 0,
        })
    }

    /// Whether these counts can be watched.
    ///
    /// # Errors
    /// [`NotWatched`] without scores, where not all classes are told apart, and for errors that were not counted by prediction,
    /// or in coarser bins.
    pub fn check<'w>(&self, window: impl Into<Judged<'w>>) -> Result<(), NotWatched> {
        match window.into() {
            Judged::Classes(counts) if self.tells_all_classes_apart && strata::has_other_class(counts) => {
                Err(NotWatched::TooManyClasses)
            }
            Judged::Numbers(residuals) if residuals.level() > self.level => Err(NotWatched::Uncounted),
            Judged::Uncounted => Err(NotWatched::Uncounted),
            _ => Ok(()),
        }
    }

    /// Labelled records of the reference that are in a stratum.
    pub fn reference_records(&self) -> u64 {
        let records =
            self.strata.iter().map(|watched| watched.stratum.condition.records(watched.stratum.reference));
        records.fold(0, u64::saturating_add)
    }

    /// The rates of the strata in some counts, in their order.
    pub fn rates<'w>(&self, window: impl Into<Judged<'w>>) -> Vec<Rate> {
        strata::rates(self.strata.iter().map(|watched| &watched.stratum.condition), window.into())
    }

    /// Takes in the next window.
    pub fn observe<'w>(&mut self, window: impl Into<Judged<'w>>) {
        let mut together = [[0.0; BETS]; OUTCOMES];
        for (rate, watched) in self.rates(window).into_iter().zip(&mut self.strata) {
            let gains = watched.odds.gains(rate);
            watched.bets.observe(self.windows, &gains);
            if let Some(group) = watched.stratum.group {
                together[group].iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain);
            }
        }
        for (bets, gains) in self.together.iter_mut().zip(&together) {
            bets.observe(self.windows, gains);
        }
        self.windows += 1;
    }

    /// The logarithm of the e-value now. 0 before the first window.
    pub fn log_e_value(&self) -> f64 {
        let apart = log_mean(self.strata.iter().map(|watched| watched.bets.log_e_value(self.windows)));
        if self.together.is_empty() {
            return apart;
        }
        let together = log_mean(self.together.iter().map(|bets| bets.log_e_value(self.windows)));
        log_mean([apart, together].into_iter())
    }

    /// The window, from 0, with which the relation likely began to move: that from which on the bet that has gained most
    /// since then has. `None` while none has gained.
    pub fn since(&self) -> Option<u64> {
        let risen = self.strata.iter().map(|watched| &watched.bets).chain(&self.together).map(Bets::risen);
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
