//! Tables of snapshot rows whose bodies are replaced: schema, lengths and null counts stay, so that damage reaches what
//! reads the content and not only what reads the metadata, which is Arrow's own.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::read_record_batch;
use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions};
use arrow_ipc::{MetadataVersion, root_as_message};
use driftline_engine::role::Role;
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::performance::Weights;
use driftline_sketches::{
    Binning, CategoricalProfile, Categories, Classification, ColumnProfile, Hll, NumericProfile, Performance,
    Regression, coupon_of_bytes,
};
use driftline_wire::snapshot::{schema, to_record_batch};

/// One table: the message that describes it, and the body that this describes.
struct Template {
    message: Vec<u8>,
    body: Vec<u8>,
}

/// The tables, in the order of the first byte of an input.
static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    vec![
        Template::new(&[numeric(12), numeric(0), numeric(3)]),
        Template::new(&[dense()]),
        Template::new(&[categorical(5), categorical(0)]),
        Template::new(&[cell(true), cell(false)]),
    ]
});

impl Template {
    fn new(contents: &[SnapshotContent]) -> Self {
        let rows: Vec<_> = contents.iter().cloned().map(row).collect();
        let batch = to_record_batch(&rows).expect("the rows are few");
        let (_, encoded) = IpcDataGenerator::default()
            .encode(
                &batch,
                &mut DictionaryTracker::new(false),
                &IpcWriteOptions::default(),
                &mut IpcWriteContext::default(),
            )
            .expect("the rows are few");
        Self { message: encoded.ipc_message, body: encoded.arrow_data }
    }

    /// The table with these bytes as its body, as far as they go; `None` if Arrow refuses them.
    fn with_body(&self, bytes: &[u8]) -> Option<RecordBatch> {
        let mut body = self.body.clone();
        let length = bytes.len().min(body.len());
        body[..length].copy_from_slice(&bytes[..length]);
        let message = root_as_message(&self.message).ok()?.header_as_record_batch()?;
        let schema = Arc::new(schema().as_ref().clone());
        read_record_batch(&Buffer::from(body), message, schema, &HashMap::new(), None, &MetadataVersion::V5)
            .ok()
    }
}

/// The table of an input, and the length of its body: the first byte chooses the template, the rest replaces the body as
/// far as it goes.
pub fn table_of(input: &[u8]) -> Option<(RecordBatch, usize)> {
    let (chosen, body) = input.split_first()?;
    let template = TEMPLATES.get(usize::from(*chosen))?;
    Some((template.with_body(body)?, template.body.len()))
}

fn row(content: SnapshotContent) -> SnapshotRow {
    SnapshotRow {
        model: "churn".to_owned(),
        version: "2".to_owned(),
        segment: vec![("country".to_owned(), "de".to_owned()), ("device".to_owned(), String::new())],
        window_start: 1_700_000_000_000_000_000,
        window_length: 60_000_000_000,
        content,
        writer_id: "a".to_owned(),
        flush_sequence: 7,
    }
}

fn column(name: &str, profile: ColumnProfile) -> SnapshotContent {
    SnapshotContent::Column { name: name.to_owned(), role: Role::Feature, profile }
}

fn numeric(values: u32) -> SnapshotContent {
    let binning = Arc::new(Binning::new(vec![-5.0, 0.0, 2.5]).expect("edges rise"));
    let mut profile = NumericProfile::new((values > 3).then_some(binning));
    let values: Vec<f64> = (0..values).map(|value| f64::from(value) - 3.0).collect();
    profile.add_numbers(&values);
    profile.add_numbers(&[f64::NAN, f64::INFINITY][..values.len().min(2)]);
    profile.add_nulls(2);
    column("age", ColumnProfile::Numeric(Box::new(profile)))
}

/// A profile whose distinct count has registers and bits beside them.
fn dense() -> SnapshotContent {
    let mut profile = NumericProfile::new(None);
    profile.distinct = Hll::new(5).expect("a size that exists");
    profile.add_numbers(&(0..90).map(|value| f64::from(value % 7)).collect::<Vec<_>>());
    profile.distinct.add_slice(&(0..300).collect::<Vec<_>>());
    column("age", ColumnProfile::Numeric(Box::new(profile)))
}

fn categorical(items: usize) -> SnapshotContent {
    let names = vec!["a".to_owned(), "b".to_owned(), "é".to_owned()];
    let categories = Arc::new(Categories::new(names).expect("names differ"));
    let mut profile = CategoricalProfile::new((items > 0).then_some(categories));
    let items = &["a", "bc", "é", "", "longer"][..items];
    let coupons: Vec<u32> = items.iter().map(|item| coupon_of_bytes(item.as_bytes())).collect();
    let counts: Vec<u64> = (1..).take(items.len()).collect();
    profile.add_counted(&coupons, &counts, |index| items[index].as_bytes());
    column("plan", ColumnProfile::Categorical(Box::new(profile)))
}

fn cell(is_labelled: bool) -> SnapshotContent {
    let mut performance = Performance::new();
    if is_labelled {
        (performance.predictions, performance.labels) = (9, 4);
        performance.delay.add_slice(&[0.5, 90.0]);
        let mut classification = Classification::new();
        classification.add("yes", "no", 3);
        classification.add("no", "no", 1);
        classification.add_scores(&[true, false], &[0.7, 0.2]);
        performance.classification = Some(classification);
        let mut regression = Regression::new();
        regression.add_slice(&[1.0, 2.0], &[1.5, 1.5]);
        performance.regression = Some(regression);
        let weighted = performance.weighted.get_or_insert_default();
        weighted.records = 2;
        weighted.confusion.add("yes", "no", Weights::of(2.5));
        weighted.add_score(2.5, true, 0.7);
        weighted.add_error(0.5, 2.0, 1.5);
    }
    SnapshotContent::Cell { records: 9, performance }
}
