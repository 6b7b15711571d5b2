//! The windows of one column against its reference.

use driftline_sketches::Moments;
use driftline_stats::evidence::{Course, ErrorBudget, Laws, kolmogorov_smirnov_bound, mean_shift_bound};

use super::counted::Layout;
use super::{ColumnEvidence, EvidenceRequest, LeftOut, LeftOutWindows, NotCompared, Tolerated, blocks};
use crate::query::windows::{ColumnWindows, WindowColumn};
use crate::role::Role;
use crate::rollup::Window;
use crate::segment::Segment;

/// Intervals of one column: of its distribution function and of its mean.
const INTERVALS: usize = 2;

/// A window, or a block of them, and its counts.
pub(super) type Observation = (Window, Vec<u64>);

/// What is known of one column on both sides.
pub(super) struct Stream<'s> {
    segment: &'s Segment,
    column: &'s str,
    role: Role,
    layout: Layout,
    reference: Vec<u64>,
    reference_moments: Option<Moments>,
    bins_of_one_value: Vec<bool>,
    /// In the order of time.
    observations: Vec<Observation>,
    /// Of the numbers in them.
    moments: Moments,
    left_out: Vec<LeftOutWindows>,
}

impl<'s> Stream<'s> {
    pub(super) fn new(
        segment: &'s Segment,
        name: &'s str,
        column: &'s ColumnWindows,
        reference: Option<WindowColumn>,
    ) -> Result<Self, NotCompared> {
        let reference = reference.ok_or(NotCompared::NotInReference)?;
        if column.windows.values().any(|window| window.is_numeric() != reference.is_numeric()) {
            return Err(NotCompared::OtherKind);
        }
        let layout = reference.layout().ok_or(NotCompared::NoBins)?;
        let counts = reference.counts_in(layout).ok_or(NotCompared::NoBins)?;
        let mut stream = Self {
            segment,
            column: name,
            role: column.role,
            layout,
            reference: counts,
            reference_moments: reference.moments().cloned(),
            bins_of_one_value: reference.bins_of_one_value(),
            observations: Vec::with_capacity(column.windows.len()),
            moments: Moments::new(),
            left_out: Vec::new(),
        };
        let mut in_other_bins = Vec::new();
        for (&window, content) in &column.windows {
            let Some(counts) = content.counts_in(layout) else {
                in_other_bins.push(window);
                continue;
            };
            stream.observations.push((window, counts));
            content.moments().into_iter().for_each(|moments| stream.moments.merge(moments));
        }
        stream.leave_out(LeftOut::OtherBins, &in_other_bins);
        Ok(stream)
    }

    /// Makes blocks of this length of the windows; 0: leaves them as they are.
    pub(super) fn join_blocks(&mut self, length: i64, first: Option<i64>, end: i64) {
        if length == 0 {
            return;
        }
        let windows = std::mem::take(&mut self.observations);
        let (observations, cut) = blocks::join(windows, length, first, end);
        self.observations = observations;
        self.leave_out(LeftOut::PartOfBlock, &cut);
    }

    fn leave_out(&mut self, reason: LeftOut, windows: &[Window]) {
        let start = windows.iter().map(|window| window.0).min();
        let end = windows.iter().map(|window| window.0.saturating_add(window.1)).max();
        if let (Some(start), Some(end)) = (start, end) {
            self.left_out.push(LeftOutWindows { reason, windows: windows.len() as u64, start, end });
        }
    }

    pub(super) fn course(&self, budget: ErrorBudget, in_blocks: bool) -> Course {
        let observed = self.observations.iter().map(|(_, counts)| counts.as_slice());
        let level = budget.of_discoveries();
        match Laws::of_baseline(&self.reference, budget.of_one_baseline(), 0.0) {
            Some(laws) if in_blocks => Course::of_blocks(laws, observed, level),
            Some(laws) => Course::of_records(laws, observed, level),
            None => Course { log_e_value: 0.0, largest: None, reached: None },
        }
    }

    pub(super) fn into_evidence(
        self,
        request: &EvidenceRequest,
        budget: ErrorBudget,
        course: Course,
        is_discovery: bool,
    ) -> ColumnEvidence {
        let window = |number: usize| self.observations[number].0;
        let total = |counts: &[u64]| counts.iter().sum::<u64>();
        let error = budget.of_one_interval(INTERVALS);
        let asks = self.layout.is_numeric && request.block == 0;
        let reference_moments = self.reference_moments.as_ref().filter(|_| asks);
        ColumnEvidence {
            segment: self.segment.clone(),
            column: self.column.to_owned(),
            role: self.role,
            log_e_value: course.log_e_value,
            largest: course.largest.map(|(largest, number)| (largest, window(number))),
            reached: course.reached.map(window),
            is_discovery,
            windows: self.observations.len() as u64,
            records: self.observations.iter().map(|(_, counts)| total(counts)).sum(),
            reference_records: total(&self.reference),
            ks: asks
                .then(|| {
                    let holds_one = |bin: usize| self.bins_of_one_value.get(bin) == Some(&true);
                    let reference = &self.reference[..self.layout.own];
                    kolmogorov_smirnov_bound(reference, &self.numbers(), holds_one, error)
                })
                .flatten()
                .map(|bound| Tolerated { bound, tolerance: request.ks_tolerance }),
            mean_shift: reference_moments
                .and_then(|reference| mean_shift_bound(reference, &self.moments, error))
                .map(|bound| Tolerated { bound, tolerance: request.mean_tolerance }),
            left_out: self.left_out,
        }
    }

    /// The counts of all numbers in the baseline's bins.
    fn numbers(&self) -> Vec<u64> {
        let mut all = vec![0; self.layout.own];
        for (_, counts) in &self.observations {
            all.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        all
    }
}
