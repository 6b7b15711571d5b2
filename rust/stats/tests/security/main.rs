//! Signals of principals: bets that keep their chance, whatever the clean traffic is like.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

mod cohorts;
mod odds;
mod repeats;
#[path = "../support/uniforms.rs"]
#[allow(unreachable_pub)]
mod uniforms;
