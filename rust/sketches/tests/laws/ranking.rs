//! Ranking: sums of queries are a group, and a query comes to what all orders of its equal scores come to in the mean.

use driftline_sketches::performance::{
    Cutoff, RANKING_UNIT, RankedItem, Ranking, RankingRules, UnitSums, Unlabelled,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{fold, tree};

fn items(most: usize) -> impl Strategy<Value = Vec<RankedItem>> {
    let relevance = prop_oneof![
        2 => Just(None),
        2 => Just(Some(0.0)),
        4 => prop_oneof![Just(0.5), Just(1.0), Just(3.0), 0.0..5.0_f64].prop_map(Some),
    ];
    let score = prop_oneof![6 => (-2..3_i8).prop_map(f64::from), 1 => any::<f64>().prop_filter("ordered", |score| !score.is_nan())];
    let item = (score, relevance).prop_map(|(score, relevance)| RankedItem { score, relevance });
    vec(item, 0..most)
}

fn rules() -> impl Strategy<Value = RankingRules> {
    let unlabelled = prop_oneof![Just(Unlabelled::Irrelevant), Just(Unlabelled::Unknown)];
    let at = prop_oneof![Just(vec![1, 3, 5, 10, 20]), Just(vec![2]), Just(vec![1, 4, 100])];
    (at, prop_oneof![Just(1.0), Just(0.25), Just(3.0)], unlabelled)
        .prop_map(|(at, relevant_from, unlabelled)| RankingRules { at, relevant_from, unlabelled })
}

fn of_all(queries: &[Vec<RankedItem>], rules: &RankingRules) -> Ranking {
    let mut all = Ranking::new();
    for items in queries {
        all.merge(&Ranking::of_query(items, rules));
    }
    all
}

/// All orders of a list in which no score stands before a higher one.
fn orders(items: &[RankedItem]) -> Vec<Vec<RankedItem>> {
    let Some(highest) = items.iter().map(|item| item.score).reduce(f64::max) else { return vec![Vec::new()] };
    let firsts = (0..items.len()).filter(|&at| items[at].score == highest);
    let with_first = |at: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        orders(&rest).into_iter().map(move |order| [vec![first], order].concat())
    };
    firsts.flat_map(with_first).collect()
}

/// The figures of one order, written down as they are defined: reciprocal rank, then of each length NDCG, precision, recall,
/// average precision and hit.
fn of_order(order: &[RankedItem], rules: &RankingRules) -> Vec<f64> {
    let gains: Vec<f64> = order.iter().map(|item| item.relevance.unwrap_or(0.0)).collect();
    let is_relevant: Vec<bool> = gains.iter().map(|gain| *gain >= rules.relevant_from).collect();
    let all = is_relevant.iter().filter(|&&relevant| relevant).count();
    let found = |top: usize| is_relevant.iter().take(top).filter(|&&relevant| relevant).count() as f64;
    let dcg = |gains: &[f64], top: usize| -> f64 {
        gains.iter().zip(2..).take(top).map(|(gain, rank)| gain / f64::from(rank).log2()).sum()
    };
    let mut best = gains.clone();
    best.sort_by(|left, right| right.total_cmp(left));
    let first = is_relevant.iter().position(|&relevant| relevant);
    let mut figures = vec![first.map_or(0.0, |first| 1.0 / (first + 1) as f64)];
    for &at in &rules.at {
        let top = at as usize;
        let most = dcg(&best, top);
        let precisions = (0..order.len().min(top)).filter(|&rank| is_relevant[rank]);
        let precisions: f64 = precisions.map(|rank| found(rank + 1) / (rank + 1) as f64).sum();
        figures.extend([
            if most > 0.0 { dcg(&gains, top) / most } else { 0.0 },
            found(top) / f64::from(at),
            if all > 0 { found(top) / all as f64 } else { 0.0 },
            if all > 0 { precisions / all.min(top) as f64 } else { 0.0 },
            f64::from(u8::from(found(top) > 0.0)),
        ]);
    }
    figures
}

fn figures(ranking: &Ranking) -> Vec<f64> {
    let sums = ranking.cutoffs().iter().flat_map(Cutoff::sums);
    [ranking.reciprocal_rank]
        .into_iter()
        .chain(sums)
        .map(|sums| sums.sum as f64 / RANKING_UNIT as f64)
        .collect()
}

proptest! {
    #[test]
    fn sums_of_queries_merge_and_are_taken_back_to_the_last_bit(
        queries in vec((items(30), rules()), 0..12),
        taken in vec(any::<bool>(), 12),
    ) {
        let parts: Vec<_> = queries.iter().map(|(items, rules)| Ranking::of_query(items, rules)).collect();
        let all = fold(&parts, Ranking::new(), Ranking::merge);
        prop_assert_eq!(&tree(&parts, Ranking::new(), Ranking::merge), &all);
        let mut left = all.clone();
        let mut kept = Ranking::new();
        for (part, is_taken) in parts.iter().zip(taken) {
            if is_taken { left.take(part) } else { kept.merge(part) }
        }
        prop_assert_eq!(&left, &kept);
        for part in &parts {
            left.take(part);
        }
        for part in &parts {
            left.merge(part);
        }
        prop_assert_eq!(left, kept);
    }

    #[test]
    fn the_order_of_items_is_nothing_to_it(
        (items, mixed) in items(40).prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle())),
        rules in rules(),
    ) {
        prop_assert_eq!(Ranking::of_query(&items, &rules), Ranking::of_query(&mixed, &rules));
    }

    #[test]
    fn a_query_comes_to_the_mean_of_all_orders_of_equal_scores(list in items(7), rules in rules()) {
        let ranking = Ranking::of_query(&list, &rules);
        let is_judged = list.iter().any(|item| item.relevance.is_some());
        prop_assert_eq!(ranking.judged, i64::from(is_judged));
        prop_assert_eq!(ranking.queries, i64::from(!list.is_empty()));
        if !is_judged {
            prop_assert!(ranking.cutoffs().is_empty() && ranking.reciprocal_rank == UnitSums::default());
            return Ok(());
        }
        let known: Vec<_> = list.iter().copied().filter(|item| {
            rules.unlabelled == Unlabelled::Irrelevant || item.relevance.is_some()
        }).collect();
        let orders = orders(&known);
        let mut expected = vec![0.0; 1 + 5 * rules.at.len()];
        for order in &orders {
            for (sum, figure) in expected.iter_mut().zip(of_order(order, &rules)) {
                *sum += figure / orders.len() as f64;
            }
        }
        for (found, expected) in figures(&ranking).into_iter().zip(expected) {
            prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        let gains: Vec<_> = known.iter().filter_map(|item| item.relevance).collect();
        for cutoff in ranking.cutoffs() {
            prop_assert_eq!(cutoff.graded, i64::from(gains.iter().any(|gain| *gain > 0.0)));
            prop_assert_eq!(cutoff.relevant, i64::from(gains.iter().any(|gain| *gain >= rules.relevant_from)));
        }
    }

    #[test]
    fn squares_are_those_of_the_numbers(numbers in vec(0.0..=1.0_f64, 1..50)) {
        let (mut sum, mut squares) = (0, 0);
        for number in &numbers {
            let of = UnitSums::of(*number);
            sum += of.sum;
            squares += of.squares;
        }
        let count = numbers.len() as f64;
        let (mean, of_squares) = UnitSums { sum, squares }.means(numbers.len() as i64).expect("some numbers");
        prop_assert!((mean - numbers.iter().sum::<f64>() / count).abs() < 1e-9);
        prop_assert!((of_squares - numbers.iter().map(|n| n * n).sum::<f64>() / count).abs() < 3e-9);
        prop_assert_eq!(UnitSums { sum, squares }.means(0), None);
    }
}

#[test]
fn relevances_beyond_the_range_of_their_sum_are_relevances() {
    let items = [f64::MAX, f64::MAX, 0.0]
        .map(|relevance| RankedItem { score: relevance, relevance: Some(relevance) });
    let ranking = of_all(&[items.to_vec()], &RankingRules::default());
    assert!(ranking.cutoffs().iter().all(|cutoff| cutoff.ndcg == UnitSums::of(1.0)), "{ranking:?}");
}
