//! Random snapshot rows.

use std::sync::Arc;

use driftline_engine::role::Role;
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::joint::{
    Frame, JointColumns, JointProfile, KnownCombinationsBuilder, Scales, combination_hash,
};
use driftline_sketches::performance::{RankedItem, Ranking, RankingRules, Weighted, Weights};
use driftline_sketches::principals::{self, PrincipalProfile, Principals};
use driftline_sketches::{
    Binning, CategoricalProfile, Categories, Classification, ColumnProfile, NumericProfile, Performance,
    Regression, ScoreHistogram, Tally, canonical_float_key, coupon_of_bytes,
};
use proptest::prelude::*;

fn numbers() -> impl Strategy<Value = Vec<f64>> {
    let number = prop_oneof![
        4 => -1e6..1e6_f64,
        2 => any::<f64>(),
        1 => Just(0.0),
        1 => Just(-0.0),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
    ];
    proptest::collection::vec(number, 0..2_500)
}

fn numeric() -> impl Strategy<Value = ColumnProfile> {
    (numbers(), 0_u64..100, 0_u8..3, any::<bool>()).prop_map(|(values, nulls, baseline, keeps_kll)| {
        let binning = || Arc::new(Binning::new(vec![-5.0, 0.0, 2.5]).unwrap());
        // A row keeps the bins of a baseline only where something was counted in them.
        let is_binned = baseline == 1 && values.iter().any(|value| value.is_finite());
        let make = if keeps_kll { NumericProfile::with_kll } else { NumericProfile::new };
        let mut profile = make(is_binned.then(binning));
        let keys: Vec<_> = values.iter().map(|value| canonical_float_key(*value)).collect();
        profile.add_slice(&values, &keys);
        profile.add_nulls(nulls);
        if baseline == 2 {
            profile.set_bins(Tally::Mixed);
        }
        ColumnProfile::Numeric(Box::new(profile))
    })
}

fn categorical() -> impl Strategy<Value = ColumnProfile> {
    let word = prop_oneof![1 => "[a-e]", 1 => "\\PC{0,12}"];
    let counted = proptest::collection::btree_map(word, 1_u64..1_000, 0..400);
    (counted, 0_u64..100, any::<bool>()).prop_map(|(items, nulls, has_baseline)| {
        let names = || vec!["a".to_owned(), "b".to_owned(), "é".to_owned()];
        let categories = || Arc::new(Categories::new(names()).unwrap());
        let is_counted = has_baseline && !items.is_empty();
        let mut profile = CategoricalProfile::new(is_counted.then(categories));
        let words: Vec<&[u8]> = items.keys().map(String::as_bytes).collect();
        let coupons: Vec<u32> = words.iter().map(|word| coupon_of_bytes(word)).collect();
        let counts: Vec<u64> = items.values().copied().collect();
        profile.add_counted(&coupons, &counts, |index| words[index]);
        profile.add_nulls(nulls);
        ColumnProfile::Categorical(Box::new(profile))
    })
}

fn classification() -> impl Strategy<Value = Classification> {
    let counts = proptest::collection::vec(("[a-c]|\\PC{0,3}", "[a-c]", 1_u64..99), 0..90);
    let scored = proptest::collection::vec((any::<bool>(), -0.1..1.1_f64), 0..200);
    (counts, proptest::option::of(scored)).prop_map(|(counts, scored)| {
        let mut classification = Classification::new();
        for (label, predicted, count) in counts {
            classification.add(&label, &predicted, count);
        }
        if let Some(scored) = scored {
            let (positive, scores): (Vec<_>, Vec<_>) = scored.into_iter().unzip();
            classification.add_scores(&positive, &scores);
        }
        classification
    })
}

fn regression() -> impl Strategy<Value = Regression> {
    proptest::collection::vec((-1e3..1e3_f64, any::<f32>()), 0..200).prop_map(|pairs| {
        let (labels, predictions): (Vec<_>, Vec<_>) =
            pairs.into_iter().map(|(label, prediction)| (label, f64::from(prediction))).unzip();
        let mut regression = Regression::new();
        regression.add_slice(&labels, &predictions);
        regression
    })
}

fn weighted(weights: &[f64]) -> Weighted {
    let mut weighted = Weighted { records: weights.len() as u64, ..Weighted::default() };
    for (at, weight) in weights.iter().map(|weight| weight.abs()).enumerate() {
        weighted.confusion.add(["yes", "no"][at % 2], ["yes", "no"][at % 3 % 2], Weights::of(weight));
        weighted.add_score(weight, at % 2 == 0, at as f64 / 50.0);
        weighted.add_error(weight, at as f64, weight * 1e200);
    }
    weighted
}

/// One cell in two has labels that were corrected.
fn performance() -> impl Strategy<Value = Performance> {
    let retracted = proptest::option::of(counted().prop_map(Box::new));
    let ranking = proptest::option::of(ranking().prop_map(Box::new));
    (counted(), retracted, ranking).prop_map(|(counted, retracted, ranking)| Performance {
        retracted,
        ranking,
        ..counted
    })
}

/// Lists that came to something, and others that came to something before: what a flush may hold.
fn ranking() -> impl Strategy<Value = Ranking> {
    let item = (any::<i8>(), proptest::option::of(0.0..3.0_f64));
    let item = item.prop_map(|(score, relevance)| RankedItem { score: score.into(), relevance });
    let list = proptest::collection::vec(item, 0..9);
    let lists = proptest::collection::vec((list, any::<bool>(), 1..40_u32), 0..4);
    (lists, any::<i64>()).prop_map(|(lists, left_out)| {
        let mut ranking = Ranking::new();
        ranking.left_out = left_out;
        for (items, is_added, at) in lists {
            let rules = RankingRules { at: vec![at, at + 1], ..RankingRules::default() };
            let list = Ranking::of_query(&items, &rules);
            if is_added { ranking.merge(&list) } else { ranking.take(&list) }
        }
        ranking
    })
}

fn counted() -> impl Strategy<Value = Performance> {
    (
        any::<(u32, u32, Option<i64>)>(),
        proptest::collection::vec(-10.0..1e6_f64, 0..50),
        proptest::option::of(classification()),
        proptest::option::of(regression()),
        proptest::option::of(proptest::collection::vec((any::<bool>(), -0.1..1.1_f64), 0..50)),
    )
        .prop_map(|((predictions, labels, newest), delays, classification, regression, scores)| {
            let mut performance = Performance::new();
            performance.predictions = predictions.into();
            performance.labels = labels.into();
            performance.decisions.made = predictions.into();
            performance.decisions.positive = predictions.min(labels).into();
            performance.newest_label = newest;
            performance.delay.add_slice(&delays);
            performance.classification = classification;
            performance.regression = regression;
            if labels % 2 == 1 {
                performance.weighted = Some(Box::new(weighted(&delays)));
            }
            performance.predicted_scores = scores.map(|scores| {
                let mut histogram = ScoreHistogram::new();
                for (positive, score) in scores {
                    histogram.add(positive, score);
                }
                histogram
            });
            performance
        })
}

/// Records of two numeric columns and one of categories, counted beside a baseline, without one, or beside several.
fn column_set() -> impl Strategy<Value = SnapshotContent> {
    let record = (any::<f32>(), prop_oneof![4 => -9.0..9.0_f64, 1 => Just(f64::NAN)], 0..9_u64);
    let records = proptest::collection::vec(record, 0..200);
    ("\\PC{1,10}", records, 0_u8..4, any::<bool>()).prop_map(|(name, records, baseline, is_light)| {
        let columns = JointColumns::new(name, vec!["x".into(), "y".into()], vec!["z".into()]).unwrap();
        let columns = Arc::new(columns);
        let frame = |mean: f64| {
            let mut known = KnownCombinationsBuilder::new(Arc::clone(&columns));
            known.add((0..5).map(|value| combination_hash(&[value]).0));
            let parts = [vec![mean; 2], vec![2.0; 2], vec![-3.0; 2], vec![3.0; 2]];
            let [means, deviations, lows, highs] = parts;
            let scales = Scales::new(Arc::clone(&columns), means, deviations, lows, highs).unwrap();
            Frame { scales: Some(Arc::new(scales)), known: Some(Arc::clone(known.finish().known())) }
        };
        let frame_of_all = if baseline == 0 { Frame::default() } else { frame(0.5) };
        let mut profile = JointProfile::new(Arc::clone(&columns), frame_of_all);
        let numeric = [
            records.iter().map(|record| f64::from(record.0)).collect(),
            records.iter().map(|record| record.1).collect(),
        ];
        let combinations: Vec<_> = records.iter().map(|record| combination_hash(&[record.2])).collect();
        profile.add(records.len(), &numeric, &combinations);
        if baseline == 2 {
            let mut other = JointProfile::new(Arc::clone(&columns), frame(0.25));
            other.add(records.len(), &numeric, &combinations);
            profile.merge(&other).unwrap();
        }
        if is_light {
            profile.drop_known();
        }
        SnapshotContent::Set { profile: Box::new(profile) }
    })
}

/// Batches of several principals, of which few have a profile of their own, counted beside one frame or two.
fn principals() -> impl Strategy<Value = SnapshotContent> {
    let seen = (0..9_u8, 1..700_u64, any::<u16>(), any::<bool>());
    (proptest::collection::vec((seen, 0..3_u64), 0..12), 1..6_usize).prop_map(|(batches, most)| {
        let mut principals = Principals::new(most);
        for ((name, records, part, is_measured), frame) in batches {
            let part = u64::from(part) % (records + 1);
            let measured = if is_measured { records } else { 0 };
            let mut profile = PrincipalProfile {
                records,
                scored: records,
                near_boundary: part,
                measured,
                outside: part.min(measured),
                labels: part,
                flips: part / 2,
                ..PrincipalProfile::default()
            };
            profile.queries.add_slice(&(0..records).collect::<Vec<_>>());
            profile.rounded.add_slice(&(0..part).collect::<Vec<_>>());
            let frame =
                if frame == 0 { principals::Frame::Known(7) } else { principals::Frame::Known(frame) };
            principals.add(
                most,
                frame,
                [(format!("p{name}").as_str(), |own: &mut PrincipalProfile| own.merge(&profile))],
            );
        }
        SnapshotContent::Principals { principals: Box::new(principals) }
    })
}

fn content() -> impl Strategy<Value = SnapshotContent> {
    let profile = prop_oneof![numeric(), categorical()];
    let role = proptest::sample::select(Role::ALL.to_vec());
    prop_oneof![
        3 => ("\\PC{1,10}", role, profile)
            .prop_map(|(name, role, profile)| SnapshotContent::Column { name, role, profile }),
        1 => (any::<u64>(), performance())
            .prop_map(|(records, performance)| SnapshotContent::Cell { records, performance }),
        1 => column_set(),
        1 => principals(),
    ]
}

pub(crate) fn row() -> impl Strategy<Value = SnapshotRow> {
    let segment = proptest::collection::btree_map("\\PC{1,5}", "\\PC{0,5}", 0..3);
    (("\\PC{1,8}", "\\PC{0,8}", segment), (any::<i64>(), 1..i64::MAX), content(), ("\\PC{0,8}", any::<u64>()))
        .prop_map(|((model, version, segment), window, content, (writer_id, flush_sequence))| SnapshotRow {
            model,
            version,
            segment: segment.into_iter().collect(),
            window_start: window.0,
            window_length: window.1,
            content,
            writer_id,
            flush_sequence,
        })
}
