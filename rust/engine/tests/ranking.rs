//! Ranked lists: whatever comes in whatever order, cells hold what the lists of all rows at once come to.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeMap;

use driftline_engine::engine::Engine;
use driftline_engine::monitor::{Monitor, Task};
use driftline_engine::query::SegmentPerformance;
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::performance::{RankedItem, Ranking, RankingRules, Unlabelled};
use proptest::prelude::*;
use support::disk::Disk;
use support::{MINUTE, NEW_YEAR, Table, all, header, send};

const HOUR: i64 = 60 * MINUTE;
const GROUPS: [&str; 2] = ["a", "b"];

/// One item, whose number is its id.
#[derive(Debug, Clone)]
struct Row {
    query: i64,
    score: f64,
    /// Minutes before the new year.
    minutes: i64,
    group: u8,
    has_id: bool,
    /// What comes with it.
    own: Option<f64>,
    /// What comes later, in the order in which it becomes known; only for one with an id.
    later: Vec<f64>,
}

impl Row {
    fn relevance(&self) -> Option<f64> {
        let later = self.later.last().copied().filter(|_| self.has_id);
        later.or(self.own)
    }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let relevance = || prop_oneof![Just(0.0), Just(1.0), Just(0.5), Just(3.0)];
    let row = (
        (0..4_i64, (-2..3_i8).prop_map(f64::from), 0..3_i64, 0..2_u8),
        prop::bool::weighted(0.8),
        prop::option::weighted(0.3, relevance()),
        prop::collection::vec(relevance(), 0..3),
    );
    let row = row.prop_map(|((query, score, minutes, group), has_id, own, later)| Row {
        query,
        score,
        minutes,
        group,
        has_id,
        own,
        later,
    });
    prop::collection::vec(row, 1..40)
}

fn rules() -> impl Strategy<Value = RankingRules> {
    let unlabelled = prop_oneof![Just(Unlabelled::Irrelevant), Just(Unlabelled::Unknown)];
    unlabelled.prop_map(|unlabelled| RankingRules { unlabelled, ..RankingRules::default() })
}

fn monitor(rules: &RankingRules) -> Monitor {
    Monitor { segments: vec![vec!["group".into()]], ranking: rules.clone(), ..Monitor::new("m") }
}

/// The rows of some items, by whether they have an id, which is a column.
fn tables(rows: &[Row], ids: &[usize]) -> Vec<Table> {
    let of = |has_id: bool| {
        let ids: Vec<usize> = ids.iter().copied().filter(|&id| rows[id].has_id == has_id).collect();
        let some = |id: &usize| &rows[*id];
        let table = Table::new()
            .integers("query_id", &ids.iter().map(|id| some(id).query).collect::<Vec<_>>())
            .floats("score", &ids.iter().map(|id| some(id).score).collect::<Vec<_>>())
            .times(
                "timestamp",
                &ids.iter().map(|id| NEW_YEAR - some(id).minutes * MINUTE).collect::<Vec<_>>(),
            )
            .dictionary("group", &GROUPS, &ids.iter().map(|id| some(id).group).collect::<Vec<_>>())
            .optional_floats("label", &ids.iter().map(|id| some(id).own).collect::<Vec<_>>());
        if !has_id {
            return table;
        }
        table.integers("prediction_id", &ids.iter().map(|&id| id as i64).collect::<Vec<_>>())
    };
    vec![of(true), of(false)]
}

type Cells = BTreeMap<(i64, String), Ranking>;

/// What the rows that were written add up to, by window and group.
fn written(rows: &[SnapshotRow]) -> Cells {
    let mut cells = Cells::new();
    for row in rows {
        let group = row.segment.first().map_or(String::new(), |(_, value)| value.clone());
        if let SnapshotContent::Cell { performance, .. } = &row.content
            && let Some(ranking) = &performance.ranking
        {
            cells.entry((row.window_start, group)).or_default().merge(ranking);
        }
    }
    cells.retain(|_, ranking| !ranking.is_empty());
    cells
}

/// What they should: the lists of all rows at once.
fn expected(rows: &[Row], rules: &RankingRules) -> Cells {
    let mut lists: BTreeMap<(i64, String, i64), Vec<RankedItem>> = BTreeMap::new();
    for row in rows {
        let item = RankedItem { score: row.score, relevance: row.relevance() };
        for group in ["", GROUPS[usize::from(row.group)]] {
            let key = (NEW_YEAR - row.minutes * MINUTE, group.to_owned(), row.query);
            lists.entry(key).or_default().push(item);
        }
    }
    let mut cells = Cells::new();
    for ((window, group, _), items) in lists {
        cells.entry((window, group)).or_default().merge(&Ranking::of_query(&items, rules));
    }
    cells
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn items_and_labels_in_any_order_through_restarts_give_what_all_rows_at_once_give(
        (rows, order) in rows().prop_flat_map(|rows| {
            let labels: Vec<(usize, usize)> = (0..rows.len())
                .flat_map(|id| (0..rows[id].later.len()).map(move |place| (id, place)))
                .collect();
            // Some come twice.
            let twice = labels.iter().copied().filter(|(id, _)| id % 3 == 0).collect::<Vec<_>>();
            (Just(rows), Just([labels, twice].concat()).prop_shuffle())
        }),
        rules in rules(),
        items_at in prop::collection::vec(0..8_usize, 40),
        labels_at in prop::collection::vec(0..8_usize, 160),
        flushes in prop::collection::vec(0..6_u8, 8),
    ) {
        let mut disk = Disk::default();
        let configure = |engine: &Engine| engine.set_monitor(monitor(&rules)).unwrap();
        let mut engine = disk.start(configure);
        for (step, flush) in flushes.into_iter().enumerate() {
            let now: Vec<usize> = (0..rows.len()).filter(|&id| items_at[id] == step).collect();
            for table in tables(&rows, &now) {
                send(&engine, "m", table.build());
            }
            let said: Vec<_> = order.iter().zip(&labels_at).filter(|(_, at)| **at == step).map(|(said, _)| *said).collect();
            let table = Table::new()
                .integers("prediction_id", &said.iter().map(|&(id, _)| id as i64).collect::<Vec<_>>())
                .floats("label", &said.iter().map(|&(id, place)| rows[id].later[place]).collect::<Vec<_>>())
                .times("timestamp", &said.iter().map(|&(_, place)| NEW_YEAR + (place as i64 + 1) * HOUR).collect::<Vec<_>>());
            send(&engine, "m", table.build());
            match flush {
                0 => {
                    disk.flush(&engine);
                    engine = disk.start(configure);
                }
                1..=2 => drop(disk.flush(&engine)),
                3 if engine.begin_flush_in_parts(NEW_YEAR).unwrap().is_some() => engine.abort_flush().unwrap(),
                _ => {}
            }
        }
        disk.flush(&engine);
        let expected = expected(&rows, &rules);
        prop_assert_eq!(&written(&disk.rows), &expected);
        let again = disk.start(configure);
        let answer = again.performance(&all("m"), &[]).unwrap();
        let mut whole = Ranking::new();
        expected.iter().filter(|((_, group), _)| group.is_empty()).for_each(|(_, ranking)| whole.merge(ranking));
        let report = answer.segments[0].ranking.clone().unwrap();
        prop_assert_eq!(report, driftline_stats::performance::ranking(&whole));
    }
}

fn performance(engine: &Engine) -> SegmentPerformance {
    engine.performance(&all("m"), &[]).unwrap().segments.remove(0)
}

fn list(query: &str, scores: &[f64]) -> Table {
    Table::new().text("query_id", &vec![query; scores.len()]).floats("score", scores)
}

fn ids(table: Table, from: i64, count: usize) -> Table {
    table.integers("prediction_id", &(from..).take(count).collect::<Vec<_>>())
}

fn label(id: i64, relevance: f64) -> Table {
    Table::new().integers("prediction_id", &[id]).floats("label", &[relevance])
}

fn counts(engine: &Engine) -> (u64, u64, u64, u64, u64) {
    let report = performance(engine).ranking.unwrap();
    (report.queries, report.judged, report.items, report.labelled, report.left_out)
}

#[test]
fn a_list_that_comes_in_parts_is_one_list() {
    let engine = Engine::new("w");
    for query in ["q", "r"] {
        send(&engine, "m", list(query, &[0.1, 3.0]).floats("label", &[1.0, 0.0]).build());
        send(&engine, "m", list(query, &[2.0]).floats("label", &[0.0]).build());
    }
    assert_eq!(counts(&engine), (2, 2, 6, 6, 0));
    let report = performance(&engine).ranking.unwrap();
    let value = |name, at| report.get(name, at).unwrap().value;
    assert!((value("mrr", None) - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!((value("hit_rate", Some(1)), value("hit_rate", Some(3))), (0.0, 1.0));
}

#[test]
fn an_item_that_comes_again_is_the_same_item() {
    let engine = Engine::new("w");
    for _ in 0..2 {
        send(&engine, "m", ids(list("q", &[2.0, 1.0]), 1, 2).build());
    }
    send(&engine, "m", label(1, 1.0).build());
    assert_eq!(counts(&engine), (1, 1, 2, 1, 0));
}

#[test]
fn versions_have_lists_of_their_own() {
    let engine = Engine::new("w");
    for version in ["1", "2"] {
        let header = driftline_engine::engine::Header { version: version.into(), ..header("m") };
        engine.ingest(&header, &[list("q", &[1.0]).build()], NEW_YEAR).unwrap();
    }
    assert_eq!(counts(&engine), (2, 0, 2, 0, 0));
}

#[test]
fn labels_of_items_are_classes_only_where_the_task_says_so() {
    let engine = Engine::new("w");
    for (model, task) in [("auto", Task::Auto), ("ranking", Task::Ranking), ("both", Task::Classification)] {
        engine.set_monitor(Monitor { task, ..Monitor::new(model) }).unwrap();
        for query in ["q", "r"] {
            send(&engine, model, list(query, &[0.9, 0.2]).integers("label", &[1, 0]).build());
        }
        let answer = engine.performance(&all(model), &[]).unwrap();
        assert!(answer.segments[0].ranking.as_ref().unwrap().get("ndcg", Some(1)).is_some(), "{model}");
        assert_eq!(answer.segments[0].classification.is_some(), model == "both", "{model}");
        assert_eq!(answer.segments[0].labels, 4, "{model}");
    }
}

#[test]
fn what_is_no_relevance_is_no_label_of_an_item() {
    let engine = Engine::new("w");
    let table = list("q", &[4.0, 3.0, 2.0, 1.0]).floats("label", &[-1.0, f64::NAN, f64::INFINITY, 0.0]);
    send(&engine, "m", table.build());
    assert_eq!(counts(&engine), (1, 1, 4, 1, 0));
    let engine = Engine::new("w");
    send(&engine, "m", list("words", &[2.0, 1.0]).text("label", &["true", "perhaps"]).build());
    assert_eq!(counts(&engine), (1, 1, 2, 1, 0));
}

#[test]
fn a_predicted_number_orders_the_list_where_there_is_no_score() {
    let engine = Engine::new("w");
    for query in ["q", "r"] {
        let table = Table::new().text("query_id", &[query; 2]).floats("prediction", &[1.0, 7.0]);
        send(&engine, "m", table.floats("label", &[0.0, 1.0]).build());
    }
    assert_eq!(performance(&engine).ranking.unwrap().get("hit_rate", Some(1)).unwrap().value, 1.0);
}

#[test]
fn a_query_keeps_its_best_thousand_items() {
    let engine = Engine::new("w");
    let scores: Vec<f64> = (0..1_500).map(f64::from).collect();
    for part in scores.chunks(400) {
        let table = list("q", part);
        let (first, count) = (part[0] as i64, part.len());
        send(&engine, "m", ids(table, first, count).build());
    }
    assert_eq!(counts(&engine), (1, 0, 1_000, 0, 500));
    for (id, is_kept) in [(499, false), (500, true)] {
        let before = counts(&engine).3;
        send(&engine, "m", label(id, 1.0).build());
        assert_eq!(counts(&engine).3 - before, u64::from(is_kept), "{id}");
    }
}

#[test]
fn what_was_let_go_stays_as_it_was() {
    let (engine, mut disk) = (Engine::new("w"), Disk::default());
    engine.set_monitor(Monitor { max_pending: 3, ..Monitor::new("m") }).unwrap();
    for (query, id) in [("q", 1), ("r", 3)] {
        let time = NEW_YEAR - 20 * HOUR + id * 5 * HOUR;
        send(&engine, "m", ids(list(query, &[2.0, 1.0]), id, 2).times("timestamp", &[time; 2]).build());
    }
    // The first list had to go. Nothing that comes for it makes it another one, also after a restart.
    let engine = {
        disk.flush(&engine);
        disk.start(|engine| engine.set_monitor(Monitor { max_pending: 1_000, ..Monitor::new("m") }).unwrap())
    };
    send(&engine, "m", list("q", &[3.0]).times("timestamp", &[NEW_YEAR - 15 * HOUR]).build());
    assert_eq!(counts(&engine), (2, 0, 4, 0, 1));
    send(&engine, "m", label(3, 1.0).build());
    assert_eq!(counts(&engine), (2, 1, 4, 1, 1));
}

#[test]
fn after_the_horizon_a_list_stays_as_it_was() {
    let engine = Engine::new("w");
    let at = |days: i64| NEW_YEAR + days * 24 * HOUR;
    let ingest = |table: Table, days: i64| {
        engine.ingest(&header("m"), &[table.build()], at(days)).unwrap();
    };
    ingest(ids(list("q", &[2.0, 1.0]), 1, 2).times("timestamp", &[at(0); 2]), 0);
    ingest(ids(list("r", &[2.0, 1.0]), 3, 2).times("timestamp", &[at(8); 2]), 8);
    ingest(list("q", &[5.0]).times("timestamp", &[at(0)]), 8);
    assert_eq!(counts(&engine), (2, 0, 4, 0, 1));
    assert!(engine.stats().unwrap().1.pending_predictions <= 2);
}

#[test]
fn lists_that_were_counted_by_other_rules_stay_as_they_were() {
    let (engine, mut disk) = (Engine::new("w"), Disk::default());
    let other = RankingRules { at: vec![2], ..RankingRules::default() };
    send(&engine, "m", ids(list("q", &[2.0, 1.0]), 1, 2).times("timestamp", &[NEW_YEAR - MINUTE; 2]).build());
    send(&engine, "m", label(1, 1.0).build());
    disk.flush(&engine);
    let again = disk.start(|engine| engine.set_monitor(monitor(&other)).unwrap());
    send(&again, "m", label(2, 1.0).build());
    send(&again, "m", list("r", &[2.0, 1.0]).floats("label", &[1.0, 0.0]).build());
    assert_eq!(counts(&again), (2, 2, 4, 3, 0));
    disk.flush(&again);
    let lengths: Vec<_> = written(&disk.rows).into_values().map(|ranking| ranking.cutoffs().len()).collect();
    assert_eq!(lengths, [5, 1]);
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let engine = Engine::new("w");
    let refused = |rules: RankingRules| engine.set_monitor(monitor(&rules)).unwrap_err().to_string();
    let with_at = |at: &[u32]| RankingRules { at: at.to_vec(), ..RankingRules::default() };
    assert_eq!(refused(with_at(&[])), "ranking.at must be 1 to 16 lengths, got 0");
    assert_eq!(refused(with_at(&[0, 1])), "a length in ranking.at must be in [1, 1000], got 0");
    assert_eq!(refused(with_at(&[5, 5])), "ranking.at must rise, got 5 after 5");
    let from = RankingRules { relevant_from: 0.0, ..RankingRules::default() };
    assert_eq!(refused(from), "ranking.relevant_from must be above 0 and finite, got 0");
}
