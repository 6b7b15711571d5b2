//! Half widths that hold at all times at once.

/// How far, with a chance of at least `1 - error`, the distribution function of `records` independent
/// records is from that of their law at any value and at any time: half the width of a band around it.
/// Never above 1.
///
/// `0.85 sqrt((ln ln(e n) + 0.8 ln(1612 / error)) / n)` (Howard and Ramdas 2022, theorem 2).
///
/// # Panics
/// When `error` is not in `(0, 1)`.
pub fn band_width(records: u64, error: f64) -> f64 {
    assert!(error > 0.0 && error < 1.0, "error must be in (0, 1), got {error}");
    if records == 0 {
        return 1.0;
    }
    let n = records as f64;
    let looks = (1.0 + n.ln()).ln();
    (0.85 * ((looks + 0.8 * (1612.0 / error).ln()) / n).sqrt()).min(1.0)
}

/// Half the width of an interval around the mean of `records` records of standard deviation
/// `deviation` that holds their law's mean at all times at once with a chance of `1 - error`, in the
/// limit of many records. Infinite without a record. Narrowest, for its error, at about
/// `tightest_at` records.
///
/// `deviation sqrt(2 (n r^2 + 1) / (n^2 r^2) ln(sqrt(n r^2 + 1) / error))` (Waudby-Smith, Arbour, Sinha,
/// Kennedy and Ramdas 2024, theorem 2.2), with an `r`, of which any is right, that is about the best at
/// `tightest_at`.
///
/// # Panics
/// When `error` is not in `(0, 1)` or `tightest_at` is 0.
pub fn mean_width(records: u64, deviation: f64, error: f64, tightest_at: u64) -> f64 {
    assert!(error > 0.0 && error < 1.0, "error must be in (0, 1), got {error}");
    assert!(tightest_at > 0, "tightest_at must be at least 1, got 0");
    if records == 0 {
        return f64::INFINITY;
    }
    let n = records as f64;
    let doubt = -2.0 * error.ln();
    let rho_squared = (doubt + doubt.ln_1p()) / tightest_at as f64;
    let spread = n * rho_squared + 1.0;
    deviation * (2.0 * spread / (n * n * rho_squared) * (0.5 * spread.ln() - error.ln())).sqrt()
}
