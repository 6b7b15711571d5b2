//! Evidence over time: no bet gains anything while nothing has moved, by adding up all that can
//! happen; what has moved is found; intervals hold.

#![allow(clippy::unwrap_used)]

mod bands;
mod draws;
mod power;
mod rates;
mod unfair;
#[path = "../support/uniforms.rs"]
#[allow(unreachable_pub)]
mod uniforms;
