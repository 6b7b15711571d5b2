//! Estimators that look at the state alone, so that merging changes nothing.

use super::coupon::MAX_VALUE;
use super::registers::Registers;

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

/// The number of keys behind registers, by the estimator that their kind allows.
pub(super) fn from_registers(registers: &Registers) -> f64 {
    let size = registers.len() as f64;
    if registers.is_plain() {
        improved(&by_value(registers), size)
    } else {
        likeliest(&Seen::of(registers), size)
    }
}

/// Relative standard error of [`from_registers`]: `1.04 / sqrt(m)` for plain registers, `0.76 / sqrt(m)`
/// for the others (arXiv 2308.16862, the Fisher information of section 2).
pub(super) fn register_error(registers: &Registers) -> f64 {
    let factor = if registers.is_plain() { 1.04 } else { 0.76 };
    factor / (registers.len() as f64).sqrt()
}

/// The number of pairs of a register and a value that have been seen: each took a key of its own.
pub(super) fn certain(registers: &Registers) -> f64 {
    Seen::of(registers).counts.iter().sum()
}

/// How many registers have each largest value.
fn by_value(registers: &Registers) -> [f64; MAX_VALUE as usize + 1] {
    let mut counts = [0.0; MAX_VALUE as usize + 1];
    for (register, count) in registers.histogram().into_iter().enumerate() {
        counts[register >> 2] += f64::from(count);
    }
    counts
}

/// The chance that a key has `value`, at least 1.
fn chance(value: usize) -> f64 {
    // The largest value stands for all that would follow.
    (-(value.min(usize::from(MAX_VALUE) - 1) as f64)).exp2()
}

/// What registers tell about the number of keys per register: with that number Poisson of mean `x`, the
/// likelihood is `exp(-x unseen) * product over k of (1 - exp(-x chance(k)))^counts[k]`.
struct Seen {
    /// The chances of the values that each register has certainly not seen, summed over the registers.
    unseen: f64,
    /// In how many registers each value was seen.
    counts: [f64; MAX_VALUE as usize + 1],
}

impl Seen {
    fn of(registers: &Registers) -> Self {
        let mut seen = Self { unseen: 0.0, counts: [0.0; MAX_VALUE as usize + 1] };
        for (register, count) in registers.histogram().into_iter().enumerate() {
            seen.add(register, f64::from(count));
        }
        seen
    }

    /// Adds `count` equal registers.
    fn add(&mut self, register: usize, count: f64) {
        let largest = register >> 2;
        if largest < usize::from(MAX_VALUE) {
            self.unseen += count * (-(largest as f64)).exp2();
        }
        if largest > 0 {
            self.counts[largest] += count;
        }
        for (below, bit) in [(1, 2), (2, 1)] {
            if largest <= below {
                continue;
            }
            if register & bit == 0 {
                self.unseen += count * chance(largest - below);
            } else {
                self.counts[largest - below] += count;
            }
        }
    }
}

/// The relative bias of the likeliest number is this over the number of registers (arXiv 2308.16862).
const LIKELIEST_BIAS: f64 = 0.481_473_765;

/// The number of keys under which the registers are likeliest, less its bias.
///
/// The logarithm of the likelihood has the derivative `D - unseen`, where `D` is the sum over `k` of
/// `counts[k] chance(k) / (exp(x chance(k)) - 1)`. It falls and is convex in `x`, so that Newton's method
/// from the left of its zero climbs to it.
fn likeliest(seen: &Seen, size: f64) -> f64 {
    let total: f64 = seen.counts.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    if seen.unseen == 0.0 {
        return f64::INFINITY;
    }
    let chances: Vec<(f64, f64)> = (1..seen.counts.len())
        .filter(|value| seen.counts[*value] > 0.0)
        .map(|value| (seen.counts[value], chance(value)))
        .collect();
    // As t / (exp(t) - 1) >= 1 - t / 2, this is to the left of the zero.
    let half: f64 = chances.iter().map(|(count, chance)| count * chance / 2.0).sum();
    let mut mean = total / (seen.unseen + half);
    for _ in 0..MAX_STEPS {
        let (mut value, mut slope) = (-seen.unseen, 0.0);
        for (count, chance) in &chances {
            let growth = (mean * chance).exp_m1();
            let term = count * chance / growth;
            value += term;
            slope -= term * chance * (1.0 + 1.0 / growth);
        }
        let step = -value / slope;
        mean += step;
        if step.is_nan() || step <= mean * 1e-12 {
            break;
        }
    }
    mean * size / (1.0 + LIKELIEST_BIAS / size)
}

/// A bound on the steps of Newton's method, which takes fewer than ten on registers that keys have filled.
const MAX_STEPS: usize = 100;

/// The improved estimator of Ertl (arXiv 1702.01284, section 3.3): unbiased over the whole range,
/// without tables.
fn improved(counts: &[f64; MAX_VALUE as usize + 1], size: f64) -> f64 {
    let saturated = counts[usize::from(MAX_VALUE)];
    let mut indicator = size * tau(1.0 - saturated / size);
    for count in counts[1..usize::from(MAX_VALUE)].iter().rev() {
        indicator = 0.5 * (indicator + count);
    }
    indicator += size * sigma(counts[0] / size);
    size * size / (2.0 * std::f64::consts::LN_2 * indicator)
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
