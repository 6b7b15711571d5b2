//! What is fuzzed: snapshot rows that are damaged, and streams of requests.

pub mod ingest;
pub mod template;
