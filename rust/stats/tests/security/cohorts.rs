use driftline_stats::evidence::{Rate, discoveries};
use driftline_stats::security::{Asked, Cohort, Signal, Watch, odds_gains};

use crate::uniforms::Uniforms;

impl Uniforms {
    fn hits(&mut self, of: u64, chance: f64) -> Rate {
        let hits = (0..of).filter(|_| self.next().unwrap() < chance).count() as u64;
        Rate { hits, misses: of - hits }
    }
}

/// A principal that repeats a share of its queries.
fn asked(random: &mut Uniforms, queries: u64, repeated: f64, near: f64) -> Asked {
    let distinct = (queries - random.hits(queries, repeated).hits) as f64;
    let rounded = distinct - random.hits(distinct as u64, 0.01).hits as f64;
    Asked {
        queries,
        distinct: (distinct, distinct),
        rounded: Some((rounded, rounded)),
        near_boundary: random.hits(queries, near),
        outliers: random.hits(queries, 0.01),
        label_flips: random.hits(queries / 2, 0.1),
    }
}

/// Evidence about all signals of all principals, window by window.
fn watch(windows: impl Iterator<Item = Vec<Asked>>) -> Vec<(usize, Signal, Watch)> {
    let mut watches: Vec<(usize, Signal, Watch)> = Vec::new();
    for (start, principals) in (0..).zip(windows) {
        let cohort = Cohort::new(&principals, &Asked::default());
        for (number, asked) in principals.iter().enumerate() {
            for signal in Signal::ALL {
                let Some(found) = cohort.compare(asked, signal, 2.0) else { continue };
                let place = watches.iter().position(|each| (each.0, each.1) == (number, signal));
                let place = place.unwrap_or_else(|| {
                    watches.push((number, signal, Watch::default()));
                    watches.len() - 1
                });
                watches[place].2.observe(start, &found.gains);
            }
        }
    }
    watches
}

fn named(watches: &[(usize, Signal, Watch)]) -> Vec<(usize, Signal, i64)> {
    let log_e_values: Vec<f64> = watches.iter().map(|(.., watch)| watch.log_e_value()).collect();
    let places = discoveries(&log_e_values, 0.01);
    let mut named: Vec<_> =
        places.iter().map(|&place| (watches[place].0, watches[place].1, watches[place].2.since())).collect();
    named.sort_unstable();
    named
}

#[test]
fn who_searches_the_boundary_is_named_with_the_window_in_which_it_began() {
    let mut random = Uniforms(1);
    let windows = (0..20).map(|window| {
        (0..30)
            .map(|number| {
                let near = if number == 7 && window >= 12 { 0.9 } else { 0.05 };
                asked(&mut random, 40, 0.3, near)
            })
            .collect()
    });
    assert_eq!(named(&watch(windows)), [(7, Signal::NearBoundary, 12)]);
}

#[test]
fn who_never_repeats_a_query_is_named() {
    let mut random = Uniforms(2);
    let windows = (0..10).map(|_| {
        (0..40)
            .map(|number| match number {
                3 => asked(&mut random, 200, 0.0, 0.05),
                _ => asked(&mut random, 60, 0.3, 0.05),
            })
            .collect()
    });
    assert_eq!(named(&watch(windows)), [(3, Signal::DistinctQueries, 0)]);
}

#[test]
fn a_flood_of_one_query_names_nobody_else() {
    let mut random = Uniforms(5);
    let windows = (0..200).map(|_| {
        (0..40).map(|number| asked(&mut random, 60, if number == 9 { 0.999 } else { 0.005 }, 0.05)).collect()
    });
    assert_eq!(named(&watch(windows)), []);
}

#[test]
fn different_queries_close_together_are_told_from_the_same_query_again() {
    let mut random = Uniforms(3);
    let windows = (0..10).map(|_| {
        (0..40)
            .map(|number| {
                let mut asked = asked(&mut random, 60, 0.3, 0.05);
                match number {
                    5 => asked.rounded = Some((asked.distinct.0 * 0.2, asked.distinct.0 * 0.2)),
                    6 => (asked.distinct, asked.rounded) = ((5.0, 5.0), Some((5.0, 5.0))),
                    _ => {}
                }
                asked
            })
            .collect()
    });
    assert_eq!(named(&watch(windows)), [(5, Signal::NearDuplicates, 0)]);
}

#[test]
fn clean_traffic_of_principals_that_differ_within_the_tolerance_names_nobody() {
    let mut random = Uniforms(4);
    let near: Vec<f64> = (0..40).map(|_| 0.04 + 0.03 * random.next().unwrap()).collect();
    let queries: Vec<u64> = (0..40).map(|_| 5 + (200.0 * random.next().unwrap().powi(3)) as u64).collect();
    let windows = (0..100).map(|_| {
        near.iter().zip(&queries).map(|(near, queries)| asked(&mut random, *queries, 0.1, *near)).collect()
    });
    assert_eq!(named(&watch(windows)), []);
}

#[test]
fn rounded_counts_that_may_be_off_are_no_evidence() {
    let certain =
        Asked { queries: 100, distinct: (100.0, 100.0), rounded: Some((40.0, 40.0)), ..Asked::default() };
    let crowd = Asked { rounded: Some((98.0, 98.0)), ..certain };
    let doubtful = Asked { rounded: Some((40.0, 98.0)), ..certain };
    let gain = |asked: Asked| {
        let mut all = vec![crowd; 20];
        all.push(asked);
        Cohort::new(&all, &Asked::default()).compare(&asked, Signal::NearDuplicates, 2.0).unwrap().gains[1]
    };
    assert!(gain(certain) > 5.0);
    assert!(gain(doubtful) < 1.0);
}

#[test]
fn a_count_that_may_be_off_is_no_evidence() {
    let certain = Asked { queries: 100, distinct: (100.0, 100.0), ..Asked::default() };
    let crowd = Asked { queries: 100, distinct: (60.0, 60.0), ..Asked::default() };
    let doubtful = Asked { distinct: (60.0, 100.0), ..certain };
    let gain = |asked: Asked| {
        let mut all = vec![crowd; 20];
        all.push(asked);
        let found =
            Cohort::new(&all, &Asked::default()).compare(&asked, Signal::DistinctQueries, 2.0).unwrap();
        found.gains[1]
    };
    assert!(gain(certain) > 5.0);
    assert!(gain(doubtful) < 0.0);
}

/// All hits of two windows of fair draws: the mean of what is held after them is what there was before.
#[test]
fn a_watch_of_fair_bets_is_expected_to_hold_no_more_than_it_began_with() {
    let own = 4_u64;
    let chance = 0.25_f64;
    let weight = |hits: u64| {
        let ways = [1.0, 4.0, 6.0, 4.0, 1.0][hits as usize];
        ways * chance.powi(hits as i32) * (1.0 - chance).powi((own - hits) as i32)
    };
    let of_others = |hits: u64| {
        let ways: f64 = (0..hits).map(|step| (8 - step) as f64 / (step + 1) as f64).product();
        ways * chance.powi(hits as i32) * (1.0 - chance).powi((8 - hits) as i32)
    };
    let mut mean = 0.0;
    let all: Vec<(u64, u64)> = (0..=own).flat_map(|own| (0..=8).map(move |other| (own, other))).collect();
    for &first in &all {
        for &second in &all {
            let mut watch = Watch::default();
            let mut probability = 1.0;
            for (start, (hits, other)) in (0..).zip([first, second]) {
                probability *= weight(hits) * of_others(other);
                let rates = (Rate { hits, misses: own - hits }, Rate { hits: other, misses: 8 - other });
                watch.observe(start, &odds_gains(rates.0, rates.1, 1.0));
            }
            mean += probability * watch.log_e_value().exp();
        }
    }
    assert!((mean - 1.0).abs() < 1e-9, "{mean}");
}
