//! How far columns have moved together.

use std::collections::BTreeMap;
use std::sync::Arc;

use driftline_sketches::{JointColumns, JointProfile};
use driftline_stats::multivariate::{Finding, Metric, multivariate};
use driftline_stats::special::Z_95_TWO_SIDED;

use super::gathering::{Asked, Gathering, Part};
use super::reference::{Compared, Reference, Resolved};
use super::selection::{Coverage, Merged, Selection};
use crate::engine::{Engine, not_found};
use crate::error::{EngineError, Result};
use crate::model::Model;

/// What one side of a set holds.
#[derive(Debug, Clone, PartialEq)]
pub struct SetSide {
    /// Records that have all columns of the set.
    pub records: u64,
    /// Those in which all numeric columns are finite.
    pub complete: u64,
    /// Distinct combinations of categories, with a 95% interval; `None` without categorical columns.
    pub combinations: Option<(f64, f64, f64)>,
    /// Records by how many of their columns lie outside the baseline's range; empty where that was not counted.
    pub outside: Vec<u64>,
}

/// How far one set has moved.
#[derive(Debug, Clone, PartialEq)]
pub struct SetDrift {
    /// The set.
    pub columns: Arc<JointColumns>,
    /// What can be said of it.
    pub values: Vec<Finding>,
    /// Why some of what there is cannot be.
    pub notes: Vec<&'static str>,
    /// The reference.
    pub reference: SetSide,
    /// The current records.
    pub current: SetSide,
}

/// A set that nothing can be said of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomparableSet {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: &'static str,
}

/// How far all sets have moved.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSetsAnswer {
    /// By name.
    pub sets: Vec<SetDrift>,
    /// Those that nothing can be said of, by name.
    pub incomparable: Vec<IncomparableSet>,
    /// Where the current records come from.
    pub coverage: Coverage,
    /// What it was compared with.
    pub reference: Compared,
}

impl Engine {
    /// How far column sets have moved; no names: all.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::InvalidArgument`], and [`EngineError::FailedPrecondition`] when the model
    /// has no baseline and none is named, or no column set.
    pub fn column_sets(
        &self,
        selection: &Selection,
        reference: &Reference,
        names: &[String],
    ) -> Result<ColumnSetsAnswer> {
        let names = self.set_names(selection, names)?;
        let reference = self.resolve(reference, selection)?;
        let gathering = self.gather_sets(selection, &reference, &names)?;
        gathering.check_complete()?;
        Ok(gathering.column_sets(&reference, &names))
    }

    /// The names of the sets that are asked for; all that there are, if there are none.
    ///
    /// # Errors
    /// As [`Engine::column_sets`].
    pub fn set_names(&self, selection: &Selection, asked: &[String]) -> Result<Vec<String>> {
        self.model(&selection.model)?.read()?.set_names(asked)
    }

    /// Gathers what [`Gathering::column_sets`] compares, of sets with these names.
    ///
    /// # Errors
    /// As [`Engine::column_sets`].
    pub fn gather_sets(
        &self,
        selection: &Selection,
        reference: &Resolved,
        names: &[String],
    ) -> Result<Gathering> {
        let mut asked = vec![Asked::sets(selection, names)];
        if let Resolved::Records(records) = reference {
            asked.push(Asked::sets(records, names));
        }
        self.gather(&asked)
    }
}

impl Gathering {
    /// See [`Engine::column_sets`].
    pub fn column_sets(self, reference: &Resolved, names: &[String]) -> ColumnSetsAnswer {
        let mut parts = self.into_parts().into_iter().map(Part::into_merged);
        let current = parts.next().unwrap_or_default();
        let gathered = parts.next().unwrap_or_default();
        let before = match reference {
            Resolved::Baseline { baseline, .. } => baseline.sets().iter().collect(),
            Resolved::Records(_) => sets_of(&gathered),
        };
        let (sets, incomparable) = compare(names, &before, &sets_of(&current));
        let (coverage, reference) = (current.coverage, reference.compared(&gathered));
        ColumnSetsAnswer { sets, incomparable, coverage, reference }
    }
}

/// Profiles of sets.
type Profiles<'p> = BTreeMap<&'p JointColumns, &'p JointProfile>;

fn sets_of(merged: &Merged) -> Profiles<'_> {
    merged.sets.iter().map(|(columns, profile)| (columns.as_ref(), profile)).collect()
}

impl Model {
    fn set_names(&self, asked: &[String]) -> Result<Vec<String>> {
        let mut known: Vec<String> = self.monitor.column_sets.keys().cloned().collect();
        let sets = self.versions.iter().flat_map(|version| version.sets.iter());
        known.extend(sets.map(|set| set.columns.name().to_owned()));
        known.sort_unstable();
        known.dedup();
        if known.is_empty() {
            return Err(EngineError::FailedPrecondition(format!(
                "model {:?} has no column set; its monitor's setting column_sets declares them",
                self.monitor.model
            )));
        }
        if let Some(name) = asked.iter().find(|name| !known.contains(name)) {
            return Err(not_found("column set", name, known.iter()));
        }
        Ok(if asked.is_empty() { known } else { asked.to_vec() })
    }
}

fn compare(
    names: &[String],
    before: &Profiles<'_>,
    now: &Profiles<'_>,
) -> (Vec<SetDrift>, Vec<IncomparableSet>) {
    let (mut sets, mut incomparable) = (Vec::new(), Vec::new());
    for name in names {
        let found = sets.len();
        let of_name = now.iter().filter(|(columns, _)| columns.name() == name);
        let pairs = of_name.filter_map(|(columns, current)| Some((*before.get(columns)?, *current)));
        sets.extend(pairs.map(|(reference, current)| set_drift(reference, current)));
        if sets.len() == found {
            let has =
                |side: &BTreeMap<&JointColumns, &JointProfile>| side.keys().any(|set| set.name() == name);
            let reason = match (has(before), has(now)) {
                (_, false) => "no record has all of its columns",
                (false, true) => "not in the reference",
                (true, true) => "its columns have changed",
            };
            incomparable.push(IncomparableSet { name: name.clone(), reason });
        }
    }
    (sets, incomparable)
}

fn set_drift(reference: &JointProfile, current: &JointProfile) -> SetDrift {
    let values = multivariate(reference, current);
    let columns = current.columns();
    let lacks = |metric| values.iter().all(|finding| finding.metric != metric);
    let mut notes = Vec::new();
    if !columns.numeric().is_empty() && lacks(Metric::MeanDistance) {
        notes.push("too few complete records, or all columns constant: no distance of means or covariances");
    }
    if !columns.numeric().is_empty() && lacks(Metric::SquaredMmd) {
        notes.push("both sides were not counted beside one baseline: no squared_mmd, no strange_records");
    }
    if !columns.categorical().is_empty() && lacks(Metric::UnseenCombinations) {
        notes.push("both sides were not counted beside one list of combinations: no unseen_combinations");
    }
    SetDrift {
        columns: Arc::clone(columns),
        values,
        notes,
        reference: side(reference),
        current: side(current),
    }
}

fn side(profile: &JointProfile) -> SetSide {
    let columns = profile.columns();
    let combinations = || {
        let (low, high) = profile.combinations.bounds(Z_95_TWO_SIDED);
        (profile.combinations.estimate(), low, high)
    };
    let outside = profile.scaled.known().map(|scaled| scaled.outside()[..=columns.numeric().len()].to_vec());
    SetSide {
        records: profile.records,
        complete: if columns.numeric().is_empty() { profile.records } else { profile.moments.count() },
        combinations: (!columns.categorical().is_empty()).then(combinations),
        outside: outside.unwrap_or_default(),
    }
}
