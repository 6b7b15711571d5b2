//! Figures of ranked lists: their intervals hold the mean over all lists about as often as they say.
#![allow(clippy::unwrap_used)]

mod support;

use driftline_sketches::performance::{RankedItem, Ranking, RankingRules};
use driftline_stats::performance::{RankingReport, ranking};

use crate::support::Uniforms;

impl Uniforms {
    /// A list of ten, a fifth of it relevant, the better ranked the more relevant.
    fn list(&mut self) -> Vec<RankedItem> {
        let item = |draws: &mut Self| {
            let relevance = f64::from(u8::from(draws.next().unwrap() < 0.2))
                * (1.0 + (2.0 * draws.next().unwrap()).floor());
            RankedItem { score: draws.next().unwrap() + 0.4 * relevance, relevance: Some(relevance) }
        };
        (0..10).map(|_| item(self)).collect()
    }

    fn report(&mut self, lists: usize) -> RankingReport {
        let mut sums = Ranking::new();
        for _ in 0..lists {
            sums.merge(&Ranking::of_query(&self.list(), &RankingRules::default()));
        }
        ranking(&sums)
    }
}

#[test]
fn intervals_hold_the_mean_over_all_lists() {
    const TRIALS: usize = 1_500;
    let mut draws = Uniforms(7);
    let truth = draws.report(200_000);
    let reports: Vec<_> = (0..TRIALS).map(|_| draws.report(200)).collect();
    for (name, at) in [
        ("ndcg", Some(3)),
        ("ndcg", Some(10)),
        ("map", Some(5)),
        ("precision", Some(3)),
        ("recall", Some(5)),
        ("hit_rate", Some(3)),
        ("mrr", None),
    ] {
        let mean = truth.get(name, at).unwrap().value;
        let holds = reports.iter().filter(|report| {
            let estimate = report.get(name, at).unwrap();
            estimate.low <= mean && mean <= estimate.high
        });
        let share = holds.count() as f64 / TRIALS as f64;
        // Three standard errors of the share at each side, which is itself a little off where most lists are perfect.
        assert!((0.93..=0.97).contains(&share), "{name} {at:?}: {share}");
    }
}

#[test]
fn figures_need_two_lists_and_keep_a_width_where_all_lists_are_alike() {
    let list = [2.0, 1.0].map(|score| RankedItem { score, relevance: Some(score - 1.0) });
    let one = Ranking::of_query(&list, &RankingRules::default());
    assert_eq!(ranking(&one).figures, []);
    let mut two = one.clone();
    two.merge(&one);
    let report = ranking(&two);
    assert_eq!((report.queries, report.judged, report.items, report.labelled), (2, 2, 4, 4));
    let ndcg = report.get("ndcg", Some(1)).unwrap();
    assert!(ndcg.value == 1.0 && ndcg.high == 1.0 && ndcg.low < 0.5, "{ndcg:?}");
    let precision = report.get("precision", Some(10)).unwrap();
    assert!((precision.value - 0.1).abs() < 1e-9 && precision.high > 0.2, "{precision:?}");
}

#[test]
fn a_row_that_takes_back_more_than_it_adds_has_no_figures() {
    let list = [RankedItem { score: 1.0, relevance: Some(1.0) }];
    let mut taken = Ranking::new();
    for _ in 0..3 {
        taken.take(&Ranking::of_query(&list, &RankingRules::default()));
    }
    let report = ranking(&taken);
    assert_eq!((report.queries, report.coverage, report.figures.len()), (0, None, 0));
}
