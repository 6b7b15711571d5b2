//! Drawn scores and labels.

use driftline_sketches::Classification;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A model that says how likely a label is, and a world that may not be as it says.
pub(crate) struct Stream(StdRng);

impl Stream {
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    /// Labelled records whose scores are `draw` of a uniform number and positive with a chance of `chance` of the score.
    pub(crate) fn window(
        &mut self,
        records: usize,
        draw: impl Fn(f64) -> f64,
        chance: impl Fn(f64) -> f64,
    ) -> Classification {
        let mut counts = Classification::new();
        let (mut positive, mut scores) = (Vec::new(), Vec::new());
        for _ in 0..records {
            let score = draw(self.uniform());
            positive.push(self.uniform() < chance(score));
            scores.push(score);
        }
        let name = |value: bool| if value { "1" } else { "0" };
        for (&label, score) in positive.iter().zip(&scores) {
            counts.add(name(label), name(*score >= 0.5), 1);
        }
        counts.add_scores(&positive, &scores);
        counts
    }
}
