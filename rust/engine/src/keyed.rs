//! Maps whose keys come from outside.
//!
//! Their hash has a random key, so that nobody can choose strings, numbers or times that all fall on one bucket, where
//! each would be compared with all others. Their order is random too: nothing may depend on it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// A map by a hash that nobody can foresee.
pub(crate) type KeyedMap<Key, Value> = HashMap<Key, Value, RandomState>;
