//! Questions about quality and series as messages.

use driftline_engine::engine::Engine;
use driftline_wire::proto::driftline_v1 as pb;
use driftline_wire::session::{Caller, ingest_once};
use driftline_wire::{Limits, WireError, query};
use prost::Message;

use crate::messages::{BatchSpec, Kind, schema};
use crate::session::{FLOAT, NOW, bytes, request, rows};

/// Version 1 has zeros, three and then two; version 2 one null among four.
fn engine() -> Engine {
    let engine = Engine::new("test");
    let nulls = BatchSpec::new(4).column(1, &[&[0b1110], &[0; 32]]).message();
    for (sequence, version, records) in [(1, "1", rows(3)), (2, "1", rows(2)), (3, "2", nulls)] {
        let sent = pb::IngestRequest {
            version: version.to_owned(),
            ..request(sequence, [schema(FLOAT), records].concat())
        };
        ingest_once(&engine, &Limits::default(), &Caller::default(), bytes(&sent), NOW).unwrap();
    }
    engine
}

fn selection(version: &str) -> pb::Selection {
    let (model, version) = ("model".to_owned(), Some(version.to_owned()));
    pb::Selection { model, version, ..pb::Selection::default() }
}

fn ask<Response: Message + Default>(
    engine: &Engine,
    method: &str,
    request: &impl Message,
) -> Result<Response, WireError> {
    let answer = query::answer(engine, method, &request.encode_to_vec(), NOW + 5_000_000_000)?;
    Ok(Response::decode(&*answer).unwrap())
}

#[test]
fn quality_says_what_it_compared_and_what_it_found() {
    let engine = engine();
    let text = [schema(&[("x", Kind::Utf8)]), BatchSpec::new(0).column(0, &[&[], &[], &[]]).message()];
    let other = bytes(&request(4, text.concat()));
    let refused = ingest_once(&engine, &Limits::default(), &Caller::default(), other, NOW).unwrap_err();
    assert_eq!(refused.reason(), "schema");
    let records = pb::reference::Of::Records(selection("1"));
    let asked = pb::QualityRequest {
        selection: Some(selection("2")),
        reference: Some(pb::Reference { of: Some(records) }),
        columns: Vec::new(),
    };
    let answer: pb::QualityResponse = ask(&engine, "Quality", &asked).unwrap();
    let column = &answer.columns[0];
    assert_eq!((&*column.column, &*column.role, &*column.kind), ("x", "feature", "numeric"));
    let checks: Vec<&str> = column.findings.iter().map(|finding| &*finding.check).collect();
    let expected =
        ["absent_rate", "null_rate", "nan_rate", "infinity_rate", "out_of_range", "constant", "distinct"];
    assert_eq!(checks, expected);
    let nulls = &column.findings[1];
    let estimate = |value: f64| Some(pb::Estimate { value, low: value, high: value });
    assert_eq!((&nulls.reference, &nulls.current), (&estimate(0.0), &estimate(0.25)));
    assert_eq!((nulls.n_reference, nulls.n_current, nulls.exceeds_noise), (5, 4, false));
    assert!(nulls.adjusted_p_value >= nulls.p_value && nulls.p_value.is_some());
    let volume = answer.volume.unwrap();
    assert_eq!((volume.current.unwrap().records, volume.dispersion, volume.p_value), (4, None, None));
    assert_eq!(answer.freshness.unwrap().arrival_age_seconds, Some(5.0));
    let compared = answer.reference.unwrap();
    assert_eq!((&*compared.name, compared.coverage.unwrap().records), ("records", 5));
    // The other version refused a batch of text.
    assert_eq!((answer.kind_refusals.len(), answer.batches_rejected["schema"]), (0, 1));
    let own = pb::QualityRequest { selection: Some(selection("1")), ..asked };
    let answer: pb::QualityResponse = ask(&engine, "Quality", &own).unwrap();
    assert_eq!((&*answer.kind_refusals[0].column, answer.kind_refusals[0].batches), ("x", 1));
}

#[test]
fn quality_without_a_reference_is_refused() {
    let asked = pb::QualityRequest { selection: Some(selection("1")), ..pb::QualityRequest::default() };
    let error = ask::<pb::QualityResponse>(&engine(), "Quality", &asked).unwrap_err();
    assert!(error.to_string().contains("has no default baseline"), "{error}");
    let error = ask::<pb::QualityResponse>(&engine(), "Quality", &pb::QualityRequest::default()).unwrap_err();
    assert!(matches!(error, WireError::Value(_)), "{error}");
}

#[test]
fn series_say_what_they_are_of() {
    let engine = engine();
    let asked = |statistics: &[&str]| pb::SeriesRequest {
        selection: Some(selection("2")),
        statistics: statistics.iter().map(|&name| name.to_owned()).collect(),
        ..pb::SeriesRequest::default()
    };
    let answer: pb::SeriesResponse = ask(&engine, "Series", &asked(&["null_rate", "records"])).unwrap();
    let names: Vec<_> = answer.series.iter().map(|each| (&*each.column, &*each.statistic)).collect();
    assert_eq!(names, [("", "records"), ("x", "null_rate")]);
    assert_eq!((answer.every_nanos, answer.error, answer.needed), (60_000_000_000, 0.05, 10));
    let point = &answer.series[1].points[0];
    assert_eq!((point.value.as_ref().unwrap().value, point.records), (0.25, 4));
    // The minute is not over.
    assert!(!point.is_whole && point.expected.is_none() && !point.is_anomaly);
    let error = ask::<pb::SeriesResponse>(&engine, "Series", &asked(&["median"])).unwrap_err();
    assert_eq!(error.code(), 3, "{error}");
}
