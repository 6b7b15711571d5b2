use std::collections::BTreeMap;
use std::sync::Arc;

use driftline_sketches::JointColumns;

use crate::batch::Schema;
use crate::plan::Kind;

/// A column set in the columns of one schema.
#[derive(Debug, Clone)]
pub struct PlannedSet {
    /// The set.
    pub columns: Arc<JointColumns>,
    /// Where its numeric columns are in the batch, in the set's order.
    pub numeric: Vec<usize>,
    /// Where its categorical columns are.
    pub categorical: Vec<usize>,
}

impl PlannedSet {
    /// Those of the declared sets of which a schema has all columns, given which columns are profiled and of what kind.
    /// Records of other schemas are not in the set.
    pub(crate) fn find_all(
        declared: &BTreeMap<String, Vec<String>>,
        schema: &Schema,
        profiled: &[(usize, Option<Kind>)],
    ) -> Vec<Self> {
        let find = |name: &String| {
            let found = profiled.iter().find(|(index, _)| schema.fields[*index].name == *name)?;
            Some((found.0, found.1?))
        };
        let plan = |(name, columns): (&String, &Vec<String>)| {
            let mut found: Vec<(usize, Kind)> = columns.iter().map(find).collect::<Option<_>>()?;
            found.sort_by_key(|(index, _)| &schema.fields[*index].name);
            let of = |kind: Kind| -> Vec<usize> {
                found.iter().filter(|each| each.1 == kind).map(|each| each.0).collect()
            };
            let (numeric, categorical) = (of(Kind::Numeric), of(Kind::Categorical));
            let names = |indices: &[usize]| -> Vec<String> {
                indices.iter().map(|index| schema.fields[*index].name.clone()).collect()
            };
            let columns = JointColumns::new(name.clone(), names(&numeric), names(&categorical)).ok()?;
            Some(Self { columns: Arc::new(columns), numeric, categorical })
        };
        declared.iter().filter_map(plan).collect()
    }
}
