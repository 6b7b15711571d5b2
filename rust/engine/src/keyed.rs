//! Maps whose keys come from outside.
//!
//! Their hash has a random key, so that nobody can choose strings, numbers or times that all fall on one bucket, where
//! each would be compared with all others. Their order is random too: nothing may depend on it.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

/// A map by a hash that nobody can foresee.
pub(crate) type KeyedMap<Key, Value> = HashMap<Key, Value, RandomState>;

/// A table of which less than this part is filled is made smaller.
pub(crate) const LEAST_FILLED: usize = 4;

/// Gives memory back that only earlier entries needed.
pub(crate) fn shrink<Key: Eq + Hash, Value>(map: &mut KeyedMap<Key, Value>) {
    if map.len() < map.capacity() / LEAST_FILLED {
        map.shrink_to(map.len() * 2);
    }
}

/// Bytes of a map's table, without what its entries point to.
pub(crate) fn table_bytes<Key, Value>(map: &KeyedMap<Key, Value>) -> usize {
    // Beside each place is a byte, and an eighth of the places are never filled.
    map.capacity() * 8 / 7 * (size_of::<(Key, Value)>() + 1)
}
