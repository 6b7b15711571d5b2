//! Roles are found, types are read, values are counted.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::batch::{DataType, Field, Primitive, TimeUnit};
use driftline_engine::engine::Engine;
use driftline_engine::monitor::Monitor;
use driftline_engine::plan::{RoleOrigin, resolve};
use driftline_engine::query::Shape;
use driftline_engine::role::Role;
use driftline_engine::workers::Workers;
use proptest::prelude::*;
use support::{NEW_YEAR, Table, all, header, send};

fn field(name: &str, role: Option<&str>) -> Field {
    Field {
        name: name.into(),
        data_type: DataType::Primitive(Primitive::Float64),
        role: role.map(Into::into),
    }
}

#[test]
fn metadata_beats_configuration_beats_names() {
    let monitor = Monitor { roles: [("score".to_owned(), Role::Feature)].into(), ..Monitor::new("m") };
    let role = |field: Field| resolve(&field, &monitor).unwrap();
    assert_eq!(role(field("score", Some("latency"))), (Role::Latency, RoleOrigin::Metadata));
    assert_eq!(role(field("score", None)), (Role::Feature, RoleOrigin::Configuration));
    assert_eq!(role(field("Y_Pred", None)), (Role::Prediction, RoleOrigin::Inferred));
    assert_eq!(role(field("age", None)), (Role::Feature, RoleOrigin::Inferred));
    let error = resolve(&field("age", Some("featur")), &monitor).unwrap_err();
    assert!(error.to_string().contains("role must be one of feature, prediction"), "{error}");
}

#[test]
fn two_columns_of_one_role_are_refused_by_name() {
    let engine = Engine::new("w");
    let table = Table::new().floats("score", &[0.1]).floats("probability", &[0.2]);
    let error = engine.ingest(&header("m"), &[table.build()], NEW_YEAR).unwrap_err();
    assert_eq!(
        error.to_string(),
        "columns \"score\" and \"probability\" both have the role score, and a batch can have one"
    );
}

#[test]
fn a_batch_without_anything_to_count_is_refused() {
    let engine = Engine::new("w");
    let table = Table::new().floats("a", &[0.1]).role("ignore").times("timestamp", &[NEW_YEAR]);
    let error = engine.ingest(&header("m"), &[table.build()], NEW_YEAR).unwrap_err();
    assert!(
        error.to_string().contains("got \"a\" (ignore), \"timestamp\" (timestamp); expected a feature"),
        "{error}"
    );
    let nothing = engine.ingest(&header("m"), &[Table::new().build()], NEW_YEAR).unwrap_err();
    assert!(nothing.to_string().contains("got no columns"), "{nothing}");
}

#[test]
fn threads_share_the_columns_of_a_batch_and_change_nothing() {
    let numbers: Vec<f64> = (0..12_000).map(|row| f64::from(row * 7919 % 10_007) / 16.0).collect();
    let words: Vec<String> = (0..12_000).map(|row| format!("word {}", row % 700)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let rows_with = |threads: usize| {
        let engine = Engine::new("w").with_workers(Workers::new(threads).unwrap());
        for shift in 0..3 {
            let shifted: Vec<f64> = numbers.iter().map(|number| number + f64::from(shift)).collect();
            let table = Table::new().floats("a", &numbers).text("b", &words).floats("c", &shifted);
            send(&engine, "m", table.build());
        }
        format!("{:?}", engine.begin_flush(NEW_YEAR).unwrap().unwrap().rows)
    };
    assert_eq!(rows_with(1), rows_with(4));
}

#[test]
fn a_batch_without_rows_is_counted_as_nothing() {
    let engine = Engine::new("w");
    assert_eq!(send(&engine, "m", Table::new().floats("x", &[]).build()), 0);
    assert_eq!(engine.summary(&all("m"), &[]).unwrap().1.records, 0);
}

#[test]
fn every_width_reads_its_values() {
    let wide =
        |value: i128| [value.to_le_bytes().to_vec(), vec![if value < 0 { 0xff } else { 0 }; 16]].concat();
    let cases: Vec<(Primitive, Vec<u8>, f64)> = vec![
        (Primitive::Int8, (-5i8).to_le_bytes().to_vec(), -5.0),
        (Primitive::Int16, (-500i16).to_le_bytes().to_vec(), -500.0),
        (Primitive::Int32, (-70_000i32).to_le_bytes().to_vec(), -70_000.0),
        (Primitive::Int64, (1i64 << 52).to_le_bytes().to_vec(), 4_503_599_627_370_496.0),
        (Primitive::UInt8, 200u8.to_le_bytes().to_vec(), 200.0),
        (Primitive::UInt16, 60_000u16.to_le_bytes().to_vec(), 60_000.0),
        (Primitive::UInt32, 4_000_000_000u32.to_le_bytes().to_vec(), 4e9),
        (Primitive::UInt64, u64::MAX.to_le_bytes().to_vec(), 18_446_744_073_709_551_615.0),
        (Primitive::Float16, 0xc100u16.to_le_bytes().to_vec(), -2.5),
        (Primitive::Float16, 0x0001u16.to_le_bytes().to_vec(), 5.960_464_477_539_063e-8),
        (Primitive::Float32, 1.5f32.to_le_bytes().to_vec(), 1.5),
        (Primitive::Float64, 1e300f64.to_le_bytes().to_vec(), 1e300),
        (Primitive::Decimal32(2), (-1_250i32).to_le_bytes().to_vec(), -12.5),
        (Primitive::Decimal64(2), 1_250i64.to_le_bytes().to_vec(), 12.5),
        (Primitive::Decimal128(3), (-12_500i128).to_le_bytes().to_vec(), -12.5),
        (Primitive::Decimal256(3), wide(-12_500), -12.5),
        (Primitive::Date32, 2i32.to_le_bytes().to_vec(), 172_800.0),
        (Primitive::Date64, 2_500i64.to_le_bytes().to_vec(), 2.5),
        (Primitive::Timestamp(TimeUnit::Millisecond), 2_500i64.to_le_bytes().to_vec(), 2.5),
        (Primitive::Time32(TimeUnit::Millisecond), 2_500i32.to_le_bytes().to_vec(), 2.5),
        (Primitive::Time64(TimeUnit::Microsecond), 2_500_000i64.to_le_bytes().to_vec(), 2.5),
        (Primitive::Duration(TimeUnit::Nanosecond), 2_500_000_000i64.to_le_bytes().to_vec(), 2.5),
    ];
    for (primitive, bytes, expected) in cases {
        let engine = Engine::new("w");
        send(&engine, "m", Table::new().primitive("x", primitive, bytes).build());
        let (lines, _) = engine.summary(&all("m"), &[]).unwrap();
        assert_eq!(lines[0].numbers.unwrap().max, expected, "{primitive:?}");
    }
}

#[test]
fn nulls_nans_and_infinities_are_counted_apart() {
    let engine = Engine::new("w");
    let values = [Some(1.0), None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY), Some(3.0)];
    send(&engine, "m", Table::new().optional_floats("x", &values).build());
    let (lines, _) = engine.summary(&all("m"), &[]).unwrap();
    let line = &lines[0];
    assert_eq!((line.count, line.nulls, line.nans, line.infinities), (5, 1, 1, 2));
    assert_eq!(line.numbers.unwrap().mean, 2.0);
    assert_eq!(line.distinct.0.round(), 2.0);
}

#[test]
fn distinct_values_survive_a_change_between_integer_and_float() {
    let engine = Engine::new("w");
    let values: Vec<i64> = (0..200).collect();
    send(&engine, "m", Table::new().integers("x", &values).build());
    let floats: Vec<f64> = values.iter().map(|&value| value as f64).collect();
    send(&engine, "m", Table::new().floats("x", &floats).build());
    let (lines, _) = engine.summary(&all("m"), &[]).unwrap();
    assert_eq!(lines[0].distinct.0.round(), 200.0);
}

#[test]
fn a_dictionary_may_hold_a_value_twice() {
    let engine = Engine::new("w");
    send(&engine, "m", Table::new().dictionary("d", &["a", "b", "a"], &[0, 1, 2, 2]).build());
    let Shape::Items(items) = engine.distribution(&all("m"), "d", 0).unwrap().shape else { panic!() };
    let items: Vec<_> = items.iter().map(|item| (item.item.as_str(), item.count, item.error)).collect();
    assert_eq!(items, [("a", 3, 0), ("b", 1, 0)]);
}

proptest! {
    #[test]
    fn text_dictionary_and_boolean_columns_count_exactly(keys in prop::collection::vec(0u8..4, 1..500)) {
        let names = ["", "ä", "b", "long long long"];
        let texts: Vec<&str> = keys.iter().map(|&key| names[key as usize]).collect();
        let flags: Vec<bool> = keys.iter().map(|&key| key % 2 == 0).collect();
        let engine = Engine::new("w");
        let table = Table::new().text("t", &texts).dictionary("d", &names, &keys).booleans("b", &flags);
        send(&engine, "m", table.build());
        for (column, expected) in [
            ("t", names.map(|name| texts.iter().filter(|text| **text == name).count() as u64).to_vec()),
            ("d", names.map(|name| texts.iter().filter(|text| **text == name).count() as u64).to_vec()),
            ("b", vec![flags.iter().filter(|flag| **flag).count() as u64, flags.iter().filter(|flag| !**flag).count() as u64]),
        ] {
            let answer = engine.distribution(&all("m"), column, 0).unwrap();
            let Shape::Items(items) = answer.shape else { panic!("{column} is categorical") };
            let mut counts: Vec<_> = items.iter().map(|item| item.count).collect();
            let mut expected: Vec<_> = expected.into_iter().filter(|&count| count > 0).collect();
            counts.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(counts, expected, "{}", column);
        }
    }
}
