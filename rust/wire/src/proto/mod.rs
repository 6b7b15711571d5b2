//! The messages of `driftline.v1`.
//!
//! `driftline_v1.rs` is generated from `proto/driftline/v1` and committed, because a source distribution holds no
//! `.proto` files. After a change there: `DRIFTLINE_REGENERATE=1 cargo test -p driftline-wire --test generated`.

/// Package `driftline.v1`: one Rust type a message, `bytes` fields as [`bytes::Bytes`].
#[allow(missing_docs, clippy::pedantic, clippy::all)]
pub mod driftline_v1 {
    // Not a `mod` of its own file: the formatter keeps its hands off generated code that way.
    include!("driftline_v1.rs");
}
