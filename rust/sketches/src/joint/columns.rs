use crate::error::{Error, Result};

/// The most columns of a set.
pub const MAX_JOINT_COLUMNS: usize = 32;

/// The name of a set and its columns by kind, each list sorted: sets that are equal here hold the same things.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JointColumns {
    name: String,
    numeric: Vec<String>,
    categorical: Vec<String>,
}

impl JointColumns {
    /// A set of columns, in any order.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty name, fewer than 2 or more than [`MAX_JOINT_COLUMNS`] columns, or one that comes
    /// twice.
    pub fn new(name: String, mut numeric: Vec<String>, mut categorical: Vec<String>) -> Result<Self> {
        if name.is_empty() {
            return Err(Error::invalid_argument("the name of a column set must not be empty"));
        }
        numeric.sort_unstable();
        categorical.sort_unstable();
        let count = numeric.len() + categorical.len();
        if !(2..=MAX_JOINT_COLUMNS).contains(&count) {
            return Err(Error::invalid_argument(format!(
                "column set {name:?} must have 2 to {MAX_JOINT_COLUMNS} columns, got {count}"
            )));
        }
        let repeats =
            |names: &[String]| names.windows(2).find(|pair| pair[0] == pair[1]).map(|p| p[0].clone());
        let in_both = numeric.iter().find(|column| categorical.binary_search(column).is_ok()).cloned();
        if let Some(column) = repeats(&numeric).or_else(|| repeats(&categorical)).or(in_both) {
            return Err(Error::invalid_argument(format!("column set {name:?} names {column:?} twice")));
        }
        Ok(Self { name, numeric, categorical })
    }

    /// Name of the set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its numeric columns, sorted.
    pub fn numeric(&self) -> &[String] {
        &self.numeric
    }

    /// Its categorical columns, sorted.
    pub fn categorical(&self) -> &[String] {
        &self.categorical
    }

    /// Bytes that differ for different sets.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for list in [std::slice::from_ref(&self.name), &self.numeric, &self.categorical] {
            bytes.extend((list.len() as u64).to_le_bytes());
            for text in list {
                bytes.extend((text.len() as u64).to_le_bytes());
                bytes.extend(text.as_bytes());
            }
        }
        bytes
    }
}
