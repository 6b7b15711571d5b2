//! How the columns of one schema are used: worked out once per schema and configuration.

use std::sync::Arc;

use crate::batch::{DataType, Field, Primitive, Schema};
use crate::error::{EngineError, Result};
use crate::joint::PlannedSet;
use crate::monitor::Monitor;
use crate::record_log::RecordedColumns;
use crate::record_log::columns::shows_identifier;
use crate::role::{self, Role};

/// Where the role of a column comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleOrigin {
    /// Field metadata `driftline.role`.
    Metadata,
    /// The monitor's configuration.
    Configuration,
    /// Name and type.
    Inferred,
}

impl RoleOrigin {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Configuration => "configuration",
            Self::Inferred => "inferred",
        }
    }
}

/// What kind of sketches a column gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Numbers and times.
    Numeric,
    /// Text and booleans.
    Categorical,
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Categorical => "categorical",
        }
    }
}

/// The use of one schema.
#[derive(Debug)]
pub struct Plan {
    /// The schema it is for.
    pub schema: Arc<Schema>,
    /// Role of every column.
    pub roles: Vec<Role>,
    /// Column that gives the event time, and so on.
    pub timestamp: Option<usize>,
    /// See [`Role::PredictionId`].
    pub identifier: Option<usize>,
    /// See [`Role::Prediction`].
    pub prediction: Option<usize>,
    /// See [`Role::Score`].
    pub score: Option<usize>,
    /// See [`Role::Label`].
    pub label: Option<usize>,
    /// See [`Role::Weight`].
    pub weight: Option<usize>,
    /// See [`Role::QueryId`].
    pub query: Option<usize>,
    /// See [`Role::Principal`].
    pub principal: Option<usize>,
    /// See [`Role::Latency`].
    pub latency: Option<usize>,
    /// See [`Role::TraceId`].
    pub trace: Option<usize>,
    /// Columns that are sketched, with their kind. A column of nulls has none.
    pub profiled: Vec<(usize, Option<Kind>)>,
    /// For every declared segment set the columns it needs; `None` where the batch lacks one.
    pub segments: Vec<Option<Vec<usize>>>,
    /// The declared column sets of which the batch has all columns.
    pub sets: Vec<PlannedSet>,
    /// The columns that records keep; `None`: none are kept.
    pub recorded: Option<Arc<RecordedColumns>>,
    /// Whether the rows are labels of earlier predictions, not records.
    pub labels_only: bool,
}

impl Plan {
    /// Gives every column its role and checks that it can play it.
    ///
    /// # Errors
    /// [`EngineError::Role`] naming the column, its type, and what the role needs.
    pub fn new(schema: &Arc<Schema>, monitor: &Monitor) -> Result<Self> {
        let mut roles = Vec::with_capacity(schema.fields.len());
        for field in &schema.fields {
            let (role, _) = resolve(field, monitor)?;
            check_type(field, role)?;
            roles.push(role);
        }
        check_unique(schema, &roles)?;
        let find = |wanted| roles.iter().position(|&role| role == wanted);
        let (label, identifier) = (find(Role::Label), find(Role::PredictionId));
        let describes_prediction = |role: &Role| {
            matches!(role, Role::Feature | Role::Prediction | Role::Score | Role::Latency | Role::Segment)
        };
        let labels_only = label.is_some() && identifier.is_some() && !roles.iter().any(describes_prediction);
        let profiled = profiled(schema, &roles);
        let settings = monitor.record_log.as_ref().filter(|_| !labels_only);
        let plan = Self {
            timestamp: find(Role::Timestamp),
            prediction: find(Role::Prediction),
            score: find(Role::Score),
            weight: find(Role::Weight),
            query: find(Role::QueryId),
            principal: find(Role::Principal),
            latency: find(Role::Latency),
            trace: find(Role::TraceId),
            sets: PlannedSet::find_all(&monitor.column_sets, schema, &profiled),
            recorded: RecordedColumns::find(schema, settings).map(Arc::new),
            profiled,
            segments: monitor.segments.iter().map(|set| segment_columns(schema, set)).collect(),
            schema: Arc::clone(schema),
            roles,
            identifier,
            label,
            labels_only,
        };
        if plan.profiled.is_empty() && !labels_only {
            return Err(EngineError::Role(no_role_message(&plan)));
        }
        Ok(plan)
    }

    /// The columns of ids in whose place hashes are counted and logged.
    pub(crate) fn hidden_identifiers(&self) -> impl Iterator<Item = usize> {
        let identifiers = [self.identifier, self.query].into_iter().flatten();
        identifiers.filter(|&index| !shows_identifier(self.recorded.as_deref(), Some(index)))
    }

    /// Whether the log keeps a column: counting it again needs it.
    pub(crate) fn is_logged(&self, column: usize) -> bool {
        self.roles[column] != Role::Ignore
            || self.recorded.as_ref().is_some_and(|recorded| recorded.needs(column))
    }
}

/// The role of one column and where it comes from.
///
/// # Errors
/// [`EngineError::Role`] for a role that does not exist.
pub fn resolve(field: &Field, monitor: &Monitor) -> Result<(Role, RoleOrigin)> {
    if let Some(name) = &field.role {
        let role = name.parse().map_err(|message: String| {
            EngineError::Role(format!("column {:?}: metadata driftline.role: {message}", field.name))
        })?;
        return Ok((role, RoleOrigin::Metadata));
    }
    if let Some(&role) = monitor.roles.get(&field.name) {
        return Ok((role, RoleOrigin::Configuration));
    }
    let is_segment = monitor.segments.iter().flatten().any(|column| *column == field.name);
    match role::infer(field) {
        Role::Feature if is_segment => Ok((Role::Segment, RoleOrigin::Configuration)),
        role => Ok((role, RoleOrigin::Inferred)),
    }
}

fn check_type(field: &Field, role: Role) -> Result<()> {
    let is_number = matches!(field.data_type, DataType::Primitive(_) | DataType::Null);
    let is_text = matches!(field.data_type, DataType::Text | DataType::Dictionary | DataType::Null);
    let problem = match role {
        Role::Score | Role::Latency | Role::Weight if !is_number => "a number",
        Role::Timestamp if !is_number => "an Arrow timestamp or a number of seconds since 1970",
        Role::PredictionId | Role::QueryId if field.data_type == DataType::Boolean => "text or an integer",
        Role::TraceId if !is_text => "text",
        _ => return Ok(()),
    };
    Err(EngineError::Role(format!(
        "column {:?}: role {role} needs {problem}, got {}",
        field.name,
        type_name(field.data_type)
    )))
}

fn check_unique(schema: &Schema, roles: &[Role]) -> Result<()> {
    for (index, &role) in roles.iter().enumerate() {
        if let Some(earlier) = roles[..index].iter().position(|&other| other == role && role.is_unique()) {
            return Err(EngineError::Role(format!(
                "columns {:?} and {:?} both have the role {role}, and a batch can have one",
                schema.fields[earlier].name, schema.fields[index].name
            )));
        }
    }
    Ok(())
}

fn profiled(schema: &Schema, roles: &[Role]) -> Vec<(usize, Option<Kind>)> {
    let has_kind = |index: usize| match schema.fields[index].data_type {
        DataType::Null => None,
        DataType::Primitive(_) => Some(Kind::Numeric),
        DataType::Boolean | DataType::Text | DataType::Dictionary => Some(Kind::Categorical),
    };
    (0..roles.len())
        .filter(|&index| roles[index].is_profiled())
        .map(|index| (index, has_kind(index)))
        .collect()
}

fn segment_columns(schema: &Schema, set: &[String]) -> Option<Vec<usize>> {
    let mut sorted: Vec<_> = set.iter().collect();
    sorted.sort();
    sorted.into_iter().map(|name| schema.fields.iter().position(|field| field.name == *name)).collect()
}

fn no_role_message(plan: &Plan) -> String {
    let columns: Vec<_> = plan
        .schema
        .fields
        .iter()
        .zip(&plan.roles)
        .map(|(field, role)| format!("{:?} ({role})", field.name))
        .collect();
    format!(
        "no column has anything to count: got {}; expected a feature, prediction, score, label or latency column",
        if columns.is_empty() { "no columns".to_owned() } else { columns.join(", ") }
    )
}

/// The type as people write it.
pub fn type_name(data_type: DataType) -> String {
    match data_type {
        DataType::Null => "null".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Text => "text".into(),
        DataType::Dictionary => "dictionary of text".into(),
        DataType::Primitive(primitive) => primitive_name(primitive),
    }
}

fn primitive_name(primitive: Primitive) -> String {
    match primitive {
        Primitive::Decimal32(_)
        | Primitive::Decimal64(_)
        | Primitive::Decimal128(_)
        | Primitive::Decimal256(_) => "decimal".into(),
        Primitive::Timestamp(_) => "timestamp".into(),
        Primitive::Time32(_) | Primitive::Time64(_) => "time".into(),
        Primitive::Duration(_) => "duration".into(),
        other => format!("{other:?}").to_lowercase(),
    }
}
