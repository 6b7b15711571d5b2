//! State of one model: its configuration, versions, baselines and label join.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::baseline::Baseline;
use crate::batch::{Batch, Schema};
use crate::error::{EngineError, Result};
use crate::hashed::check_rows;
use crate::join::Join;
use crate::memory::{Relief, Treatment};
use crate::monitor::Monitor;
use crate::outcome::Classes;
use crate::panics::failpoint;
use crate::plan::Plan;
use crate::ranking::Queries;
use crate::record_log::Stamp;
use crate::version::Version;
use crate::workers::Workers;

/// Most versions of one model.
const MAX_VERSIONS: usize = 1_000;
/// Schemas whose plans are remembered per model.
const MAX_PLANS: usize = 16;

/// One model.
#[derive(Debug)]
pub struct Model {
    /// How it is monitored.
    pub monitor: Monitor,
    /// Its versions in order of appearance.
    pub versions: Vec<Version>,
    /// Its baselines by name.
    pub baselines: BTreeMap<String, Arc<Baseline>>,
    /// Predictions and labels that wait for each other.
    pub join: Join,
    /// Lists that labels may still come for.
    pub(crate) queries: Queries,
    /// Names of its text classes.
    pub classes: Classes,
    plans: Vec<Arc<Plan>>,
    pub(crate) workers: Workers,
    /// Whether records are kept where the monitor asks for it.
    keeps_records: bool,
    /// Bytes of the join and the lists as they were last told to [`crate::memory::JoinSizes`].
    pub(crate) join_bytes: u64,
}

impl Model {
    /// A model without data.
    pub fn new(monitor: Monitor) -> Self {
        Self {
            monitor,
            versions: Vec::new(),
            baselines: BTreeMap::new(),
            join: Join::default(),
            queries: Queries::default(),
            classes: Classes::default(),
            plans: Vec::new(),
            workers: Workers::default(),
            keeps_records: false,
            join_bytes: 0,
        }
    }

    /// The same model, with threads that share its large batches.
    #[must_use]
    pub fn with_workers(self, workers: Workers) -> Self {
        Self { workers, ..self }
    }

    /// The same model, which keeps records where its monitor asks for it.
    #[must_use]
    pub fn with_record_log(self, keeps_records: bool) -> Self {
        Self { keeps_records, ..self }
    }

    /// Changes the configuration for batches to come.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`] when the window length of a model with data would change.
    pub fn set_monitor(&mut self, monitor: Monitor) -> Result<()> {
        let has_data = self.versions.iter().any(Version::has_windows);
        if has_data && monitor.window != self.monitor.window {
            return Err(EngineError::FailedPrecondition(format!(
                "window of model {:?} is {} ns and cannot change to {} ns, because it has data",
                monitor.model, self.monitor.window, monitor.window
            )));
        }
        if has_data && monitor.hashed_columns != self.monitor.hashed_columns {
            return Err(EngineError::FailedPrecondition(format!(
                "hashed_columns of model {:?} are {:?} and cannot change to {:?}, because it has data",
                monitor.model, self.monitor.hashed_columns, monitor.hashed_columns
            )));
        }
        for baseline in self.baselines.values() {
            check_rows(&baseline.rows, &monitor)?;
        }
        if monitor.record_log != self.monitor.record_log {
            // What has been kept by other rules is not to be written.
            self.versions.iter_mut().for_each(|version| version.record_windows.clear());
        }
        self.monitor = monitor;
        self.plans.clear();
        self.configure_columns();
        Ok(())
    }

    /// Stores a baseline.
    pub fn set_baseline(&mut self, name: String, baseline: Baseline, make_default: bool) {
        self.baselines.insert(name.clone(), Arc::new(baseline));
        if make_default {
            self.monitor.baseline = name;
        }
        self.configure_columns();
    }

    /// The baseline that drift uses when none is named.
    pub fn default_baseline(&self) -> Option<&Baseline> {
        self.baselines.get(&self.monitor.baseline).map(Arc::as_ref)
    }

    fn configure_columns(&mut self) {
        let baseline = self.baselines.get(&self.monitor.baseline).map(Arc::as_ref);
        for version in &mut self.versions {
            version.configure(&self.monitor, baseline);
        }
    }

    /// The version with this label, made if it does not exist.
    ///
    /// # Errors
    /// [`EngineError::Limit`] for too many versions.
    pub fn version_index(&mut self, name: &str) -> Result<usize> {
        if let Some(index) = self.find_version(name) {
            return Ok(index);
        }
        self.check_room(name)?;
        self.versions.push(Version::new(name.to_owned()));
        Ok(self.versions.len() - 1)
    }

    fn check_room(&self, version: &str) -> Result<()> {
        if self.versions.len() >= MAX_VERSIONS {
            return Err(EngineError::Limit(format!(
                "model {:?} can have at most {MAX_VERSIONS} versions, and {version:?} would be one more",
                self.monitor.model
            )));
        }
        Ok(())
    }

    /// The version with this label.
    pub fn find_version(&self, name: &str) -> Option<usize> {
        self.versions.iter().position(|version| version.name == name)
    }

    /// How the columns of a schema are used.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn plan(&mut self, schema: &Arc<Schema>) -> Result<Arc<Plan>> {
        let known = self
            .plans
            .iter()
            .find(|plan| Arc::ptr_eq(&plan.schema, schema))
            .or_else(|| self.plans.iter().find(|plan| plan.schema == *schema));
        if let Some(plan) = known {
            return Ok(Arc::clone(plan));
        }
        let mut plan = Plan::new(schema, &self.monitor)?;
        plan.recorded = plan.recorded.filter(|_| self.keeps_records);
        let plan = Arc::new(plan);
        if self.plans.len() >= MAX_PLANS {
            self.plans.remove(0);
        }
        self.plans.push(Arc::clone(&plan));
        Ok(plan)
    }

    /// Checks all batches of a request against each other and against what came before.
    ///
    /// # Errors
    /// See [`Plan::new`] and [`Version::check`]; [`EngineError::Limit`] for too many versions.
    pub fn check(&mut self, version: &str, batches: &[Batch<'_>]) -> Result<Vec<Arc<Plan>>> {
        let plans = batches.iter().map(|batch| self.plan(&batch.schema)).collect::<Result<Vec<_>>>()?;
        if let Some(index) = self.find_version(version) {
            for plan in &plans {
                self.versions[index].check(plan)?;
            }
        } else {
            self.check_room(version)?;
        }
        check_agreement(&plans)?;
        failpoint("check");
        Ok(plans)
    }

    /// Counts all batches of a request, whose plans are those of [`Model::check`], and tells their rows and what was given
    /// up.
    ///
    /// # Errors
    /// None: the check has found room for the version.
    pub(crate) fn ingest(
        &mut self,
        version: &str,
        batches: &[Batch<'_>],
        plans: &[Arc<Plan>],
        (sender, now): (&str, i64),
        treatment: Treatment,
        stamp: Option<&Stamp>,
    ) -> Result<(u64, Relief)> {
        let index = self.version_index(version)?;
        let mut relief = Relief::default();
        let overflow = self.versions[index].segments.overflow_records;
        let max_segments = if treatment.overflows { 0 } else { self.monitor.max_segments };
        for (number, (batch, plan)) in batches.iter().zip(plans).enumerate() {
            let stamp = stamp.map(|stamp| stamp.of_batch(number));
            self.apply(index, batch, plan, (sender, now), max_segments, stamp.as_ref());
        }
        if treatment.overflows {
            relief.overflow_records = self.versions[index].segments.overflow_records - overflow;
        }
        if treatment.releases {
            let expired = self.join.release(self.join.waiting().div_ceil(4));
            let released = self.queries.release(self.queries.items().div_ceil(4));
            relief.pending_released = expired.count + released;
            self.count_orphans(&expired);
        }
        Ok((batches.iter().map(|batch| batch.rows as u64).sum(), relief))
    }
}

/// Refuses a request whose own batches give one column two kinds.
fn check_agreement(plans: &[Arc<Plan>]) -> Result<()> {
    for (index, plan) in plans.iter().enumerate() {
        for earlier in &plans[..index] {
            if Arc::ptr_eq(plan, earlier) {
                continue;
            }
            for &(column, kind) in &plan.profiled {
                let name = &plan.schema.fields[column].name;
                let conflict = earlier.profiled.iter().any(|&(other, other_kind)| {
                    earlier.schema.fields[other].name == *name
                        && kind.zip(other_kind).is_some_and(|(kind, other)| kind != other)
                });
                if conflict {
                    let message = format!(
                        "column {name:?} is numeric in one record batch of the request and categorical in another"
                    );
                    return Err(EngineError::Kind { column: name.clone(), message });
                }
            }
        }
    }
    Ok(())
}
