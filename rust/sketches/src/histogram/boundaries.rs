//! Which bucket a double belongs to, and where buckets begin, without a floating-point logarithm.
//!
//! At the finest scale an octave `[2^e, 2^(e+1))` is cut at `2^e * 2^(j/128)`. For `j > 0` those
//! cuts are irrational, so a double lies above one exactly when its 52 mantissa bits are greater
//! than the cut's mantissa rounded down. The table of these is computed in 128-bit integers.

/// The finest scale: 2^7 buckets an octave.
pub(super) const FINEST: u32 = 7;
const CUTS: usize = 1 << FINEST;
const MANTISSA_BITS: u32 = 52;
const MANTISSA: u64 = (1 << MANTISSA_BITS) - 1;
const EXPONENT_BIAS: i32 = 1023;
const SMALLEST_EXPONENT: i32 = -1074;

/// Slots of equal width over the mantissa; so many that none holds two cuts, which lie at least
/// `ln(2) / 128 > 1 / 185` apart.
const SLOT_BITS: u32 = 8;
const SLOTS: usize = 1 << SLOT_BITS;

/// Fraction bits of the fixed-point numbers in `[1, 2)` that the table is computed with.
const FRACTION_BITS: u32 = 126;

/// The product of two fixed-point numbers, rounded down to a few units in the last place.
const fn multiply(left: u128, right: u128) -> u128 {
    const LOW: u128 = u64::MAX as u128;
    let (left_high, left_low) = (left >> 64, left & LOW);
    let (right_high, right_low) = (right >> 64, right & LOW);
    let middle =
        ((left_low * right_low) >> 64) + ((left_high * right_low) & LOW) + ((left_low * right_high) & LOW);
    let high = left_high * right_high
        + ((left_high * right_low) >> 64)
        + ((left_low * right_high) >> 64)
        + (middle >> 64);
    (high << (128 - FRACTION_BITS)) | ((middle & LOW) >> (64 - (128 - FRACTION_BITS)))
}

/// The square root of a fixed-point number in `[1, 2]`, rounded down.
const fn square_root(square: u128) -> u128 {
    let mut root = 1 << FRACTION_BITS;
    let mut bit = root >> 1;
    while bit > 0 {
        if multiply(root | bit, root | bit) <= square {
            root |= bit;
        }
        bit >>= 1;
    }
    root
}

/// `2^(j/128)` for every `j < 128`, as fixed-point numbers.
const fn powers() -> [u128; CUTS] {
    let mut powers = [1 << FRACTION_BITS; CUTS];
    let mut factor = 2 << FRACTION_BITS;
    let mut stride = CUTS / 2;
    while stride > 0 {
        factor = square_root(factor);
        let mut cut = 0;
        while cut < CUTS {
            if cut & stride != 0 {
                powers[cut] = multiply(powers[cut], factor);
            }
            cut += 1;
        }
        stride /= 2;
    }
    powers
}

/// The mantissa of each cut, rounded down; one more that no mantissa exceeds.
static CUT_MANTISSAS: [u64; CUTS + 1] = cut_mantissas();

const fn cut_mantissas() -> [u64; CUTS + 1] {
    let powers = powers();
    let mut mantissas = [u64::MAX; CUTS + 1];
    let mut cut = 0;
    while cut < CUTS {
        mantissas[cut] = (powers[cut] >> (FRACTION_BITS - MANTISSA_BITS)) as u64 & MANTISSA;
        cut += 1;
    }
    mantissas
}

/// For each slot, how many cuts lie below all of its mantissas.
const fn cuts_below() -> [u8; SLOTS] {
    let mantissas = cut_mantissas();
    let mut below = [0; SLOTS];
    let mut slot = 0;
    while slot < SLOTS {
        let first = (slot as u64) << (MANTISSA_BITS - SLOT_BITS);
        let mut cut = 0;
        while cut < CUTS && mantissas[cut] < first {
            cut += 1;
        }
        below[slot] = cut as u8;
        slot += 1;
    }
    below
}

/// Fraction bits of a position. More than the width of the widest bucket's mantissas, `2^52 / 92`.
pub(super) const POSITION_BITS: u32 = 46;
/// What positions are higher than indexes. A multiple of `2^11`, the most buckets that are ever joined, so
/// that shifting a position joins the same buckets as shifting an index.
pub(super) const POSITION_BIAS: i32 = 1 << 17;

/// What makes the position of a magnitude from its bits and its exponent's bits: with it, the mantissas of a
/// slot that lie above the slot's cut reach the next whole number, and the others do not.
static SLOT_OFFSETS: [u64; SLOTS] = slot_offsets();

const fn slot_offsets() -> [u64; SLOTS] {
    let (mantissas, below) = (cut_mantissas(), cuts_below());
    let bias = ((POSITION_BIAS - (EXPONENT_BIAS << FINEST)) as u64) << POSITION_BITS;
    let mut offsets = [0; SLOTS];
    let mut slot = 0;
    while slot < SLOTS {
        let cut = below[slot] as usize;
        let mantissa = if cut < CUTS { mantissas[cut] } else { MANTISSA };
        offsets[slot] = (bias + ((cut as u64) << POSITION_BITS)).wrapping_sub(mantissa + 1);
        slot += 1;
    }
    offsets
}

/// The bucket of a magnitude, by its bits, at the finest scale, as a number with [`POSITION_BITS`] bits of
/// fraction that is [`POSITION_BIAS`] too high. Right for normal doubles. All others share the outermost
/// buckets: zeros and subnormals are at most [`LAST_POSITION_OF_SUBNORMALS`], infinities and NaN at least
/// [`FIRST_POSITION_OF_INFINITIES`], both without the fraction.
#[inline]
pub(super) fn position_of(magnitude: u64) -> u64 {
    let slot = (magnitude >> (MANTISSA_BITS - SLOT_BITS)) as usize % SLOTS;
    // An octave is 2^52 in the magnitude, but 128 buckets and so 2^53 in the position.
    (magnitude + (magnitude & !MANTISSA)).wrapping_add(SLOT_OFFSETS[slot])
}

pub(super) const LAST_POSITION_OF_SUBNORMALS: u64 = (2 << FINEST) - 1;
pub(super) const FIRST_POSITION_OF_INFINITIES: u64 = (2048 << FINEST) - 1;

/// The bits of a double without its sign.
pub(super) const MAGNITUDE: u64 = u64::MAX >> 1;

/// The bucket at the finest scale of the magnitude of a normal double; `None` for zeros,
/// subnormals, infinities and NaN.
#[inline]
pub(super) fn index_of_normal(value: f64) -> Option<i32> {
    let magnitude = value.to_bits() & MAGNITUDE;
    let is_normal = (magnitude >> MANTISSA_BITS).wrapping_sub(1) <= 2045;
    is_normal.then(|| (position_of(magnitude) >> POSITION_BITS) as i32 - POSITION_BIAS)
}

/// The bucket at the finest scale of the magnitude of a finite, non-zero double.
pub(crate) fn index_of(value: f64) -> Option<i32> {
    if let Some(index) = index_of_normal(value) {
        return Some(index);
    }
    // Doubling a subnormal 54 times is exact and makes it normal.
    let scaled = value * f64::from_bits(((EXPONENT_BIAS + 54) as u64) << MANTISSA_BITS);
    index_of_normal(scaled).map(|index| index - (54 << FINEST))
}

/// The largest double that is not above `base^index` at the finest scale; 0 below the smallest
/// double and `f64::MAX` above the largest. A double is in bucket `i` exactly when it is greater
/// than `lower_bound(i)` and at most `lower_bound(i + 1)`.
pub(super) fn lower_bound(index: i64) -> f64 {
    let exponent = (index >> FINEST).clamp(-2000, 2000) as i32;
    if exponent > EXPONENT_BIAS {
        return f64::MAX;
    }
    let mantissa = CUT_MANTISSAS[(index & (CUTS as i64 - 1)) as usize];
    if exponent > -EXPONENT_BIAS {
        return f64::from_bits((((exponent + EXPONENT_BIAS) as u64) << MANTISSA_BITS) | mantissa);
    }
    if exponent < SMALLEST_EXPONENT {
        return 0.0;
    }
    f64::from_bits((mantissa | 1 << MANTISSA_BITS) >> (-EXPONENT_BIAS + 1 - exponent))
}

/// The buckets of the smallest and the largest double at the finest scale.
pub(super) const FIRST_INDEX: i32 = (SMALLEST_EXPONENT << FINEST) - 1;
pub(super) const LAST_INDEX: i32 = ((EXPONENT_BIAS + 1) << FINEST) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cut_is_close_enough_to_a_double_for_its_rounding_to_be_in_doubt() {
        let powers = powers();
        let mut checked = 0;
        for power in &powers[1..] {
            let rest = power << (128 - FRACTION_BITS + MANTISSA_BITS);
            // The computation errs by less than 2^-118, which is 2^-66 of a mantissa's unit. Asked for
            // here is a distance of 2^-60 of a unit.
            assert!(rest > 1 << 68 && rest < u128::MAX - (1 << 68));
            checked += 1;
        }
        assert_eq!(checked, CUTS - 1);
        // The last doubling closes the octave.
        let last = multiply(powers[CUTS - 1], powers[1]);
        assert!(2u128 << FRACTION_BITS >= last && (2u128 << FRACTION_BITS) - last < 1 << 10);
    }

    #[test]
    fn cuts_agree_with_the_logarithm() {
        for (cut, mantissa) in CUT_MANTISSAS[..CUTS].iter().enumerate() {
            let value = f64::from_bits((EXPONENT_BIAS as u64) << MANTISSA_BITS | mantissa);
            assert!((value.log2() - cut as f64 / CUTS as f64).abs() < 1e-15);
        }
    }

    #[test]
    fn every_slot_holds_at_most_one_cut() {
        for pair in cuts_below().windows(2) {
            assert!(pair[1] - pair[0] <= 1);
        }
    }

    #[test]
    fn bounds_hold_exactly_the_doubles_of_their_bucket() {
        let mut indexes: Vec<i32> = (-300..300).chain(FIRST_INDEX..FIRST_INDEX + 3000).collect();
        indexes.extend(LAST_INDEX - 300..=LAST_INDEX);
        indexes.extend((-1023 * 128)..(-1020 * 128));
        for index in indexes {
            let (lower, upper) = (lower_bound(i64::from(index)), lower_bound(i64::from(index) + 1));
            if lower < upper {
                assert_eq!(index_of(upper), Some(index), "upper {upper:e}");
                assert_eq!(index_of(lower.next_up()), Some(index), "lower {lower:e}");
            }
        }
        assert_eq!(index_of(f64::from_bits(1)), Some(FIRST_INDEX));
        assert_eq!(index_of(f64::MAX), Some(LAST_INDEX));
        assert_eq!(index_of(0.0), None);
        assert_eq!(index_of(f64::INFINITY), None);
    }
}
