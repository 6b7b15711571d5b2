//! Estimators that look at the state alone, so that merging changes nothing.

use super::coupon::MAX_VALUE;

/// The chance that two keys share a coupon: `2^-26` for the register bits, a third for the value.
const COLLISION: f64 = 1.0 / (3.0 * (1u64 << 26) as f64);

/// The number of keys behind `coupons` distinct coupons: the coupons plus the expected collisions.
pub(super) fn from_coupons(coupons: usize) -> f64 {
    let coupons = coupons as f64;
    coupons + coupons * coupons * COLLISION / 2.0
}

/// Relative standard error of [`from_coupons`]: collisions are Poisson.
pub(super) fn coupon_error() -> f64 {
    (COLLISION / 2.0).sqrt()
}

/// The improved estimator of Ertl (arXiv 1702.01284, section 3.3): unbiased over the whole range,
/// without tables.
pub(super) fn from_registers(registers: &[u8]) -> f64 {
    let mut histogram = [0u64; MAX_VALUE as usize + 1];
    for register in registers {
        histogram[usize::from((*register).min(MAX_VALUE))] += 1;
    }
    let size = registers.len() as f64;
    let saturated = histogram[usize::from(MAX_VALUE)] as f64;
    let mut indicator = size * tau(1.0 - saturated / size);
    for count in histogram[1..usize::from(MAX_VALUE)].iter().rev() {
        indicator = 0.5 * (indicator + *count as f64);
    }
    indicator += size * sigma(histogram[0] as f64 / size);
    size * size / (2.0 * std::f64::consts::LN_2 * indicator)
}

/// Relative standard error with `registers` registers.
pub(super) fn register_error(registers: usize) -> f64 {
    1.04 / (registers as f64).sqrt()
}

/// `x + sum over k >= 1 of x^(2^k) 2^(k-1)`: corrects for empty registers.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut factor, mut sum) = (1.0, x);
    loop {
        x *= x;
        let next = sum + x * factor;
        if next == sum {
            return sum;
        }
        sum = next;
        factor *= 2.0;
    }
}

/// `(1 - x - sum over k >= 1 of (1 - x^(2^-k))^2 2^-k) / 3`: corrects for saturated registers.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut factor, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        factor *= 0.5;
        let next = sum - (1.0 - x) * (1.0 - x) * factor;
        if next == sum {
            return sum / 3.0;
        }
        sum = next;
    }
}
