//! Concept drift: the detectors of the literature are what their papers say, and the watch on
//! calibration keeps its false-alarm rate, whatever the inputs do.

#![allow(clippy::unwrap_used)]

mod calibration;
mod classes;
mod detectors;
mod numbers;
mod residuals;
mod stream;
