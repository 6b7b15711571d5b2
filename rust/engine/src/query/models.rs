//! What there is: models, versions, columns, segments.

use super::selection::Coverage;
use crate::engine::Engine;
use crate::error::Result;
use crate::model::Model;
use crate::plan::Kind;
use crate::role::Role;
use crate::segment::{ALL, Segment};
use crate::snapshot::SnapshotRow;
use crate::version::Version;

/// One model.
#[derive(Debug, Clone)]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// Versions that have records.
    pub versions: Vec<VersionInfo>,
    /// Names of its baselines, the default one first.
    pub baselines: Vec<String>,
}

/// One version.
#[derive(Debug, Clone)]
pub struct VersionInfo {
    /// Its label.
    pub name: String,
    /// Its windows and records.
    pub coverage: Coverage,
    /// Its columns: name, role, kind.
    pub columns: Vec<(String, Role, Option<Kind>)>,
    /// Its segments, the one of all records left out.
    pub segments: Vec<Segment>,
}

impl Engine {
    /// All models, damaged ones left out.
    ///
    /// # Errors
    /// None but those of a state that changed meanwhile.
    pub fn models(&self) -> Result<Vec<ModelInfo>> {
        let mut models = Vec::new();
        for name in self.model_names() {
            if let Ok(model) = self.model(&name)?.read() {
                models.push(describe(&model));
            }
        }
        Ok(models)
    }

    /// Names and rows of a model's baselines, the default one first.
    ///
    /// # Errors
    /// [`crate::error::EngineError::NotFound`].
    pub fn baseline_rows(&self, model: &str) -> Result<Vec<(String, Vec<SnapshotRow>)>> {
        let model = self.model(model)?;
        let model = model.read()?;
        let named = |name: String| {
            let rows = model.baselines.get(&name)?.rows.clone();
            Some((name, rows))
        };
        Ok(baseline_names(&model).into_iter().filter_map(named).collect())
    }
}

fn describe(model: &Model) -> ModelInfo {
    ModelInfo {
        name: model.monitor.model.clone(),
        versions: model
            .versions
            .iter()
            .filter(|version| version.has_windows())
            .map(describe_version)
            .collect(),
        baselines: baseline_names(model),
    }
}

fn baseline_names(model: &Model) -> Vec<String> {
    let mut names: Vec<_> = model.baselines.keys().cloned().collect();
    names.sort_by_key(|name| *name != model.monitor.baseline);
    names
}

fn describe_version(version: &Version) -> VersionInfo {
    let mut coverage = Coverage::default();
    version.evicted.cover(&mut coverage);
    for view in version.windows().filter(|view| view.segment == ALL) {
        if version.evicted.contains(view.window) {
            coverage.records += view.records;
        } else {
            coverage.include(view.window, view.records);
        }
    }
    VersionInfo {
        name: version.name.clone(),
        coverage,
        columns: version
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.role, column.kind))
            .collect(),
        segments: version
            .segments
            .iter()
            .filter(|&(id, _)| id != ALL)
            .map(|(_, segment)| segment.clone())
            .collect(),
    }
}
