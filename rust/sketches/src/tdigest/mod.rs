//! A merging t-digest (Dunning and Ertl, 2019) whose every answer comes with a certified interval.
//!
//! Values are gathered in centroids that are small near both ends, so that extreme quantiles are
//! sharp. The interpolated answers are usually within a fraction of a percent of rank, but no bound
//! can be proven for them. Each centroid therefore also keeps the least and the greatest of its
//! members, from which [`TDigest::rank_interval`] and [`TDigest::quantile_interval`] derive
//! intervals that hold whatever the data and however often digests were merged.

mod batch;
mod cluster;
mod codec;
mod curve;
mod cuts;
mod gather;
mod queries;
mod sketch;
mod sorted;

pub use cluster::Centroid;
pub use sketch::{DEFAULT_COMPRESSION, MIN_COMPRESSION, TDigest};
