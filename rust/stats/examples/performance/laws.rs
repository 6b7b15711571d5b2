//! Models and their traffic: labelled predictions as a known law gives them.

use std::collections::BTreeMap;

use driftline_sketches::{Classification, Regression};
use driftline_stats::performance::{
    Figure, Outcome, OutcomeValue, classification, outcome_value, regression,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, LogNormal, StandardNormal};

/// A law of labelled predictions.
#[derive(Clone, Copy)]
pub(crate) enum Law {
    /// Scores that are a little too sure of themselves, and the class they say.
    Scores,
    /// Five classes, the rarest six in a hundred.
    Classes,
    /// Labels with a long tail; errors in proportion to them, with longer tails than normal ones.
    Numbers,
}

pub(crate) const LAWS: [(&str, Law); 3] =
    [("scores", Law::Scores), ("classes", Law::Classes), ("numbers", Law::Numbers)];

const CLASSES: [&str; 5] = ["a", "b", "c", "d", "e"];
/// Where the shares of the classes end.
const SHARES: [f64; 5] = [0.4, 0.65, 0.82, 0.94, 1.0];

impl Law {
    /// What is said of so many labelled predictions.
    pub(crate) fn figures(self, rows: usize, random: &mut StdRng) -> Vec<Figure> {
        match self {
            Self::Scores => {
                let sketch = scores(rows, random);
                let mut figures = classification(&sketch, "true").figures;
                let worth = [(Outcome::TruePositive, 5.0), (Outcome::FalseNegative, -20.0)];
                let values = worth.map(|(outcome, value)| OutcomeValue { outcome, value });
                figures.extend(outcome_value(&sketch, "true", &values, 1).first());
                figures
            }
            Self::Classes => classification(&classes(rows, random), "").figures,
            Self::Numbers => {
                let (labels, predictions) = numbers(rows, random);
                let mut sketch = Regression::new();
                sketch.add_slice(&labels, &predictions);
                regression(&sketch).figures
            }
        }
    }

    /// The figures of the law itself, nearly: of very many rows, quantiles by the rows and not by a sketch.
    pub(crate) fn process(self, rows: usize, seed: u64) -> BTreeMap<&'static str, f64> {
        let figures = self.figures(rows, &mut StdRng::seed_from_u64(seed)).into_iter();
        let mut values: BTreeMap<_, _> = figures.map(|figure| (figure.name, figure.estimate.value)).collect();
        if let Self::Numbers = self {
            let (labels, predictions) = numbers(rows, &mut StdRng::seed_from_u64(seed));
            let mut errors: Vec<f64> =
                labels.iter().zip(predictions).map(|(label, said)| (label - said).abs()).collect();
            errors.sort_unstable_by(f64::total_cmp);
            values.insert("median_absolute_error", errors[rows / 2]);
            values.insert("p95_absolute_error", errors[rows / 100 * 95]);
        }
        values
    }
}

fn scores(rows: usize, random: &mut StdRng) -> Classification {
    let law = Beta::new(0.9, 1.6).expect("both are above 0");
    let mut sketch = Classification::new();
    let (mut labels, mut scores) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut confusion = [0; 4];
    for _ in 0..rows {
        let score: f64 = law.sample(random);
        let label = random.random::<f64>() < 0.15 + 0.7 * score;
        confusion[2 * usize::from(label) + usize::from(score >= 0.5)] += 1;
        labels.push(label);
        scores.push(score);
    }
    for (at, count) in confusion.into_iter().enumerate() {
        let name = |is_positive: bool| if is_positive { "true" } else { "false" };
        sketch.add(name(at >= 2), name(at % 2 == 1), count);
    }
    sketch.add_scores(&labels, &scores);
    sketch
}

fn classes(rows: usize, random: &mut StdRng) -> Classification {
    let mut draw = || {
        let at: f64 = random.random();
        SHARES.iter().position(|end| at < *end).unwrap_or(0)
    };
    let mut counts = [[0; CLASSES.len()]; CLASSES.len()];
    for _ in 0..rows {
        let (label, guess, luck) = (draw(), draw(), draw());
        // Right more often where the class is frequent.
        counts[label][if luck < 3 - label / 2 { label } else { guess }] += 1;
    }
    let mut sketch = Classification::new();
    for (label, row) in CLASSES.iter().zip(counts) {
        for (predicted, count) in CLASSES.iter().zip(row) {
            sketch.add(label, predicted, count);
        }
    }
    sketch
}

fn numbers(rows: usize, random: &mut StdRng) -> (Vec<f64>, Vec<f64>) {
    let law = LogNormal::new(3.0, 0.25).expect("the deviation is above 0");
    let (mut labels, mut predictions) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for _ in 0..rows {
        let label: f64 = law.sample(random);
        let normal: f64 = StandardNormal.sample(random);
        let scale = 0.5 + random.random::<f64>();
        labels.push(label);
        predictions.push(label * (1.02 + 0.2 * scale * normal));
    }
    (labels, predictions)
}
