//! The snapshot rows that are damaged.

pub mod template;
