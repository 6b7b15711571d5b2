//! Segments: the sets of `column=value` pairs that records are grouped by, bounded in number.

use crate::keyed::KeyedMap;

use crate::batch::{Batch, Column, Values, read_array};
use crate::numbers::Numbers;
use crate::plan::Plan;
use crate::read::Rows;

/// Value that stands for the segments over the limit.
pub const OTHER: &str = "__other__";
/// Value that stands for null.
pub const NULL: &str = "__null__";
/// Longest segment value kept, in bytes; longer ones are cut.
const MAX_VALUE_BYTES: usize = 128;

/// Number of a segment within a model version; 0 is "all records".
pub type SegmentId = u32;
/// The segment of all records.
pub const ALL: SegmentId = 0;

/// `column=value` pairs, sorted by column.
pub type Segment = Vec<(String, String)>;

/// Whether a segment is one of these columns.
pub(crate) fn is_by(segment: &Segment, by: &[String]) -> bool {
    segment.len() == by.len() && segment.iter().all(|(column, _)| by.contains(column))
}

/// The segments of one model version.
#[derive(Debug)]
pub struct SegmentTable {
    segments: Vec<Segment>,
    ids: KeyedMap<Segment, SegmentId>,
    /// How many segments each column set has, by its columns.
    sizes: KeyedMap<Vec<String>, u32>,
    /// Records that went to `__other__`.
    pub overflow_records: u64,
}

impl Default for SegmentTable {
    fn default() -> Self {
        let mut table = Self {
            segments: Vec::new(),
            ids: KeyedMap::default(),
            sizes: KeyedMap::default(),
            overflow_records: 0,
        };
        table.intern(Vec::new());
        table
    }
}

impl SegmentTable {
    /// The segment with this number.
    pub fn get(&self, id: SegmentId) -> &Segment {
        &self.segments[id as usize]
    }

    /// The number of a segment seen before.
    pub fn find(&self, segment: &Segment) -> Option<SegmentId> {
        self.ids.get(segment).copied()
    }

    /// All segments in order of appearance, the one of all records first.
    pub fn iter(&self) -> impl Iterator<Item = (SegmentId, &Segment)> {
        self.segments.iter().enumerate().map(|(id, segment)| (id as SegmentId, segment))
    }

    /// Numbers a segment without asking for the limit, as loading does.
    pub fn intern(&mut self, segment: Segment) -> SegmentId {
        if let Some(&id) = self.ids.get(&segment) {
            return id;
        }
        let id = self.segments.len() as SegmentId;
        let columns = segment.iter().map(|(column, _)| column.clone()).collect();
        if segment.iter().all(|(_, value)| value != OTHER) {
            *self.sizes.entry(columns).or_default() += 1;
        }
        self.ids.insert(segment.clone(), id);
        self.segments.push(segment);
        id
    }

    /// Numbers a segment, or gives `__other__` of its columns when the set is full.
    fn admit(&mut self, segment: Segment, limit: u32, records: usize) -> SegmentId {
        if let Some(&id) = self.ids.get(&segment) {
            return id;
        }
        let columns: Vec<String> = segment.iter().map(|(column, _)| column.clone()).collect();
        if self.sizes.get(&columns).copied().unwrap_or(0) < limit {
            return self.intern(segment);
        }
        self.overflow_records += records as u64;
        let other: Segment = columns.iter().map(|column| (column.clone(), OTHER.to_owned())).collect();
        self.intern(other)
    }

    /// Groups all rows of a batch by the segments of one set of columns.
    pub fn group(&mut self, batch: &Batch<'_>, columns: &[usize], limit: u32) -> Grouping {
        let mut grouping = Grouping { ids: Vec::new(), of_row: vec![0; batch.rows] };
        for &column in columns {
            refine(&mut grouping, &batch.columns[column], batch.rows);
        }
        let mut first_rows = vec![usize::MAX; grouping.ids.len().max(1)];
        let mut counts = vec![0usize; first_rows.len()];
        for (row, &group) in grouping.of_row.iter().enumerate() {
            counts[group as usize] += 1;
            first_rows[group as usize] = first_rows[group as usize].min(row);
        }
        grouping.ids = (0..first_rows.len())
            .map(|group| {
                if counts[group] == 0 {
                    return ALL;
                }
                let segment = columns
                    .iter()
                    .map(|&column| {
                        let name = batch.schema.fields[column].name.clone();
                        (name, value_text(&batch.columns[column], first_rows[group]))
                    })
                    .collect();
                self.admit(segment, limit, counts[group])
            })
            .collect();
        grouping
    }
}

/// Which segment each row belongs to.
#[derive(Debug)]
pub struct Grouping {
    /// Segment of every group.
    pub ids: Vec<SegmentId>,
    /// Group of every row.
    pub of_row: Vec<u32>,
}

impl Grouping {
    /// Segment of a row.
    pub fn segment_of(&self, row: usize) -> SegmentId {
        self.ids[self.of_row[row] as usize]
    }
}

/// Rows by the value of a column.
#[derive(Debug)]
pub(crate) struct Named {
    /// The values.
    pub(crate) names: Vec<String>,
    /// Place of every row's among them.
    pub(crate) of_row: Vec<u32>,
}

/// Names every row of a batch by its value of a column, as segments do; without a column, or where it has none,
/// by `default`.
pub(crate) fn name_rows(batch: &Batch<'_>, column: Option<usize>, default: &str) -> Named {
    let mut grouping = Grouping { ids: Vec::new(), of_row: vec![0; batch.rows] };
    let Some(column) = column.map(|column| &batch.columns[column]) else {
        return Named { names: vec![shorten(default)], of_row: grouping.of_row };
    };
    refine(&mut grouping, column, batch.rows);
    let mut first_rows = vec![usize::MAX; grouping.ids.len()];
    for (row, &group) in grouping.of_row.iter().enumerate() {
        first_rows[group as usize] = first_rows[group as usize].min(row);
    }
    let name = |&row: &usize| {
        let name = value_text(column, row);
        if name == NULL { shorten(default) } else { name }
    };
    Named { names: first_rows.iter().map(name).collect(), of_row: grouping.of_row }
}

/// How many groups the rows of a batch fall into by columns, those of different numbers apart.
pub(crate) fn count_groups(batch: &Batch<'_>, columns: &[usize], of_row: Vec<u32>) -> usize {
    let mut grouping = Grouping { ids: Vec::new(), of_row };
    for &column in columns {
        refine(&mut grouping, &batch.columns[column], batch.rows);
    }
    grouping.ids.len()
}

/// Splits the groups further by the values of one column. Leaves as many `ids` as there are groups.
fn refine(grouping: &mut Grouping, column: &Column<'_>, rows: usize) {
    let mut groups: KeyedMap<(u32, Cell<'_>), u32> = KeyedMap::default();
    let numbers = number_bits(column, rows);
    for row in 0..rows {
        let value = cell(column, &numbers, row);
        let next = groups.len() as u32;
        let group = *groups.entry((grouping.of_row[row], value)).or_insert(next);
        grouping.of_row[row] = group;
    }
    grouping.ids = vec![ALL; groups.len()];
}

/// One value, comparable without being rendered.
#[derive(PartialEq, Eq, Hash)]
enum Cell<'a> {
    Null,
    Key(usize),
    Text(&'a [u8]),
    Bits(u64),
}

fn cell<'a>(column: &'a Column<'_>, numbers: &[u64], row: usize) -> Cell<'a> {
    if column.validity.as_ref().is_some_and(|valid| !valid.get(row)) {
        return Cell::Null;
    }
    match &column.values {
        Values::Null => Cell::Null,
        Values::Boolean(bits) => Cell::Bits(u64::from(bits.get(row))),
        Values::Dictionary(keys, _) => Cell::Key(keys.get(row)),
        Values::Text(text) => Cell::Text(text.get(row)),
        Values::Primitive(..) => Cell::Bits(numbers[row]),
        Values::Hashes(bytes) => Cell::Bits(hash_of(bytes, row)),
    }
}

/// Bits of the numbers of all rows, nulls as zero.
fn number_bits(column: &Column<'_>, rows: usize) -> Vec<u64> {
    if !matches!(column.values, Values::Primitive(..)) {
        return Vec::new();
    }
    let values = Column { validity: None, values: column.values.clone() };
    let mut numbers = Numbers::default();
    numbers.read(&values, Rows::All(rows));
    (0..numbers.values.len()).map(|index| numbers.key(index)).collect()
}

/// The value of a row as text.
pub fn value_text(column: &Column<'_>, row: usize) -> String {
    if column.validity.as_ref().is_some_and(|valid| !valid.get(row)) {
        return NULL.to_owned();
    }
    match &column.values {
        Values::Null => NULL.to_owned(),
        Values::Boolean(bits) => bits.get(row).to_string(),
        Values::Dictionary(keys, dictionary) => shorten(dictionary.get(keys.get(row))),
        Values::Text(text) => shorten(&String::from_utf8_lossy(text.get(row))),
        Values::Primitive(..) => {
            let mut numbers = Numbers::default();
            numbers.read(column, Rows::Some(&[row as u32]));
            numbers.values.first().map_or_else(|| NULL.to_owned(), ToString::to_string)
        }
        Values::Hashes(bytes) => format!("{:016x}", hash_of(bytes, row)),
    }
}

fn hash_of(bytes: &[u8], row: usize) -> u64 {
    read_array(bytes, row).map_or(0, u64::from_le_bytes)
}

fn shorten(value: &str) -> String {
    let mut end = value.len().min(MAX_VALUE_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value[..end].to_owned()
}

/// Segments of every row of a batch, one grouping per declared set that the batch has columns for.
pub fn group_all(table: &mut SegmentTable, batch: &Batch<'_>, plan: &Plan, limit: u32) -> Vec<Grouping> {
    plan.segments.iter().flatten().map(|columns| table.group(batch, columns, limit)).collect()
}
