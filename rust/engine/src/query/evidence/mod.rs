//! How sure it is, over time, that columns have moved.

mod blocks;
mod counted;
mod reference;
mod stream;

use driftline_stats::evidence::{Bound, Course, ErrorBudget, discoveries};

use self::reference::Sides;
use self::stream::Stream;
use super::gathering::{Asked, Gathering, Part};
use super::reference::{Compared, Reference, Resolved};
use super::selection::{Coverage, Selection};
use super::windows::SegmentWindows;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::role::Role;
use crate::rollup::Window;
use crate::segment::Segment;

/// What evidence is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceRequest {
    /// Which records.
    pub selection: Selection,
    /// What they are compared with.
    pub reference: Reference,
    /// Which columns; none: all but labels.
    pub columns: Vec<String>,
    /// Columns of a declared segment, to go over their values.
    pub by: Vec<String>,
    /// The chance of any false alarm, over all time, all columns and segments.
    pub level: f64,
    /// Length of a block in nanoseconds, all records of which together are one observation; 0: every record is one.
    pub block: i64,
    /// A Kolmogorov-Smirnov distance that is not called drift.
    pub ks_tolerance: Option<f64>,
    /// A shift of the mean, in standard deviations of the reference, that is not called drift.
    pub mean_tolerance: Option<f64>,
}

/// Why windows take no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Their values were counted in no baseline's bins, or in those of another.
    OtherBins,
    /// The block they are part of is not over, or began before the selection.
    PartOfBlock,
}

impl LeftOut {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherBins => "other_bins",
            Self::PartOfBlock => "part_of_block",
        }
    }
}

/// Windows that take no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOutWindows {
    /// Why.
    pub reason: LeftOut,
    /// How many.
    pub windows: u64,
    /// Start of the first.
    pub start: i64,
    /// End of the last.
    pub end: i64,
}

/// Why a column takes no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCompared {
    /// The reference does not have it.
    NotInReference,
    /// The reference has no counts of it in bins.
    NoBins,
    /// It holds numbers on one side and categories on the other.
    OtherKind,
}

impl NotCompared {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotInReference => "not_in_reference",
            Self::NoBins => "no_bins",
            Self::OtherKind => "other_kind",
        }
    }
}

/// A column that takes no part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutColumn {
    /// Values of its segment.
    pub segment: Segment,
    /// Column name.
    pub column: String,
    /// Why.
    pub reason: NotCompared,
}

/// A distance, the interval that holds it at all times, and whether it is more than is tolerated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerated {
    /// The distance.
    pub bound: Bound,
    /// What is tolerated, if something is.
    pub tolerance: Option<f64>,
}

impl Tolerated {
    /// Whether the distance is certainly more than is tolerated.
    pub fn is_exceeded(self) -> Option<bool> {
        self.tolerance.map(|tolerance| self.bound.low > tolerance)
    }
}

/// Evidence about one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnEvidence {
    /// Values of its segment; empty: all records.
    pub segment: Segment,
    /// Column name.
    pub column: String,
    /// What it is.
    pub role: Role,
    /// Logarithm of the e-value after the last window.
    pub log_e_value: f64,
    /// The largest there has been, and after which window or block.
    pub largest: Option<(f64, Window)>,
    /// The window or block after which it had first reached what one column alone needs.
    pub reached: Option<Window>,
    /// Whether it is a discovery now, among all columns and segments.
    pub is_discovery: bool,
    /// Windows, or blocks, that took part.
    pub windows: u64,
    /// Records in them.
    pub records: u64,
    /// Records of the reference.
    pub reference_records: u64,
    /// Windows that took no part.
    pub left_out: Vec<LeftOutWindows>,
    /// Largest difference of the distribution functions of numbers; none where records depend on each other.
    pub ks: Option<Tolerated>,
    /// Difference of the means of numbers in standard deviations of the reference; none where records depend on each
    /// other.
    pub mean_shift: Option<Tolerated>,
}

/// Evidence about all columns.
#[derive(Debug, Clone)]
pub struct EvidenceAnswer {
    /// The surest first.
    pub columns: Vec<ColumnEvidence>,
    /// Those that could not be compared.
    pub left_out: Vec<LeftOutColumn>,
    /// Where the records come from.
    pub coverage: Coverage,
    /// What they were compared with.
    pub reference: Compared,
    /// The level.
    pub level: f64,
    /// Length of a block in nanoseconds; 0: none.
    pub block: i64,
}

impl EvidenceRequest {
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |text: String| Err(EngineError::InvalidArgument(text));
        if !(self.level > 0.0 && self.level < 1.0) {
            return refuse(format!("level must be above 0 and below 1, got {}", self.level));
        }
        if self.block < 0 {
            return refuse(format!("block must be 0 or a length in nanoseconds, got {}", self.block));
        }
        for (name, tolerance) in [("ks", self.ks_tolerance), ("mean_shift", self.mean_tolerance)] {
            let Some(tolerance) = tolerance else { continue };
            if !(tolerance >= 0.0 && tolerance.is_finite()) {
                return refuse(format!("tolerance of {name} must be 0 or more, got {tolerance}"));
            }
            if self.block > 0 {
                return refuse(format!(
                    "tolerance of {name} takes every record for a draw of its own, and excludes a block"
                ));
            }
        }
        Ok(())
    }
}

impl Engine {
    /// Evidence about the columns that both sides have.
    ///
    /// # Errors
    /// As [`Engine::resolve`] and [`Engine::performance`]; [`EngineError::InvalidArgument`] for a level or a tolerance that
    /// is none, and for a tolerance beside a block.
    pub fn evidence(&self, request: &EvidenceRequest) -> Result<EvidenceAnswer> {
        let reference = self.resolve(&request.reference, &request.selection)?;
        let gathering = self.gather_evidence(request, &reference)?;
        gathering.check_complete()?;
        gathering.evidence(request, &reference)
    }

    /// Gathers what [`Gathering::evidence`] looks at.
    ///
    /// # Errors
    /// As [`Engine::evidence`].
    pub fn gather_evidence(&self, request: &EvidenceRequest, reference: &Resolved) -> Result<Gathering> {
        request.check()?;
        let EvidenceRequest { selection, columns, by, .. } = request;
        let mut asked = vec![Asked::windows(selection, columns, by)];
        asked.extend(reference.asked(columns).map(|asked| Asked { by, ..asked }));
        self.gather(&asked)
    }
}

impl Gathering {
    /// See [`Engine::evidence`].
    ///
    /// # Errors
    /// As [`Engine::evidence`].
    pub fn evidence(self, request: &EvidenceRequest, reference: &Resolved) -> Result<EvidenceAnswer> {
        let mut parts = self.into_parts().into_iter();
        let segments = parts.next().map(|part| part.apart).unwrap_or_default();
        request.weigh(segments, reference, parts.next())
    }
}

impl EvidenceRequest {
    /// Weighs windows that were gathered apart, those of the selection's own segment first, against what was gathered of the
    /// reference.
    pub(super) fn weigh(
        &self,
        mut segments: Vec<SegmentWindows>,
        reference: &Resolved,
        gathered: Option<Part>,
    ) -> Result<EvidenceAnswer> {
        let coverage = segments.first().map(|own| own.coverage).unwrap_or_default();
        if !self.by.is_empty() {
            segments.remove(0);
        }
        let sides = Sides::new(reference, &self.by, gathered)?;
        let mut left_out = Vec::new();
        let streams = streams(self, &segments, &sides, coverage, &mut left_out);
        let mut columns = weighed(self, streams);
        columns.sort_by(|one, other| {
            let by_name = (&one.segment, &one.column).cmp(&(&other.segment, &other.column));
            other.log_e_value.total_cmp(&one.log_e_value).then(by_name)
        });
        Ok(EvidenceAnswer {
            columns,
            left_out,
            coverage,
            reference: sides.compared,
            level: self.level,
            block: self.block,
        })
    }
}

/// What is to be weighed of all columns of all segments, and which cannot be.
fn streams<'s>(
    request: &EvidenceRequest,
    segments: &'s [SegmentWindows],
    sides: &Sides,
    coverage: Coverage,
    left_out: &mut Vec<LeftOutColumn>,
) -> Vec<Stream<'s>> {
    let mut streams = Vec::new();
    for segment in segments {
        let is_asked_for = |role: Role| role != Role::Label || !request.columns.is_empty();
        for (name, column) in segment.columns.iter().filter(|(_, column)| is_asked_for(column.role)) {
            let reference = sides.column(&segment.segment, name);
            match Stream::new(&segment.segment, name, column, reference) {
                Ok(mut stream) => {
                    stream.join_blocks(request.block, request.selection.start, coverage.end);
                    streams.push(stream);
                }
                Err(reason) => {
                    let (segment, column) = (segment.segment.clone(), name.clone());
                    left_out.push(LeftOutColumn { segment, column, reason });
                }
            }
        }
    }
    streams
}

/// Weighs all streams, with one chance of error for all.
fn weighed(request: &EvidenceRequest, streams: Vec<Stream<'_>>) -> Vec<ColumnEvidence> {
    let budget = ErrorBudget::new(request.level, streams.len());
    let courses: Vec<Course> =
        streams.iter().map(|stream| stream.course(budget, request.block > 0)).collect();
    let now: Vec<f64> = courses.iter().map(|course| course.log_e_value).collect();
    let mut is_discovery = vec![false; now.len()];
    for place in discoveries(&now, budget.of_discoveries()) {
        is_discovery[place] = true;
    }
    let weighed = streams.into_iter().zip(courses).zip(is_discovery);
    weighed.map(|((stream, course), found)| stream.into_evidence(request, budget, course, found)).collect()
}
