//! Numbers of which there are few different ones, as codes of one byte.
//!
//! Values are told apart by their bits, so that what is read is what was written, to the payload of a NaN. Looking for
//! codes must cost less than writing what they save: a few values say at once of most columns that they have too many
//! different ones.

/// Most different values.
const MOST_VALUES: usize = 1 << u8::BITS;
/// Fewer rows save less than a table may have.
const LEAST_ROWS: usize = 500;
/// Values that are looked at first.
const SAMPLE: usize = 64;
const SLOT_BITS: u32 = 10;
/// Slots that are looked at for one value: enough where a quarter of them is taken, and a bound for values that
/// somebody has chosen to share one.
const MOST_PROBES: usize = 8;

/// A column in codes.
#[derive(Debug)]
pub(super) struct Coded {
    /// The bytes of each different value.
    pub(super) table: Vec<u8>,
    /// Which of them each row has.
    pub(super) codes: Vec<u8>,
}

/// Codes for values of a width in bytes, where that saves much.
pub(super) fn code(bytes: &[u8], width: usize) -> Option<Coded> {
    match width {
        4 => code_chunks(bytes.as_chunks::<4>().0, |value| u64::from(u32::from_le_bytes(value))),
        8 => code_chunks(bytes.as_chunks::<8>().0, u64::from_le_bytes),
        _ => None,
    }
}

fn code_chunks<const WIDTH: usize>(
    rows: &[[u8; WIDTH]],
    to_bits: impl Fn([u8; WIDTH]) -> u64,
) -> Option<Coded> {
    if rows.len() < LEAST_ROWS {
        return None;
    }
    let mut known = Known { slots: [0; 1 << SLOT_BITS], values: Vec::with_capacity(MOST_VALUES) };
    for number in 0..SAMPLE {
        known.code_of(to_bits(rows[number * rows.len() / SAMPLE]))?;
    }
    // Of 256 equally frequent values no two are the same in one sample of 2,500.
    if known.values.len() == SAMPLE {
        return None;
    }
    let codes = rows.iter().map(|&row| known.code_of(to_bits(row))).collect::<Option<_>>()?;
    let table = known.values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(WIDTH)).collect();
    Some(Coded { table, codes })
}

/// The different values seen so far.
struct Known {
    /// One more than the code of the value whose bits lead here; 0: none.
    slots: [u16; 1 << SLOT_BITS],
    /// Values by code.
    values: Vec<u64>,
}

impl Known {
    /// The code of a value; `None` if there are too many.
    #[inline]
    fn code_of(&mut self, value: u64) -> Option<u8> {
        let hash = (value ^ value >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOT_BITS);
        for probe in 0..MOST_PROBES {
            let slot = (hash as usize + probe) % self.slots.len();
            let Some(code) = self.slots[slot].checked_sub(1) else {
                return self.add(slot, value);
            };
            if self.values[usize::from(code)] == value {
                return Some(code as u8);
            }
        }
        None
    }

    #[cold]
    fn add(&mut self, slot: usize, value: u64) -> Option<u8> {
        if self.values.len() == MOST_VALUES {
            return None;
        }
        self.values.push(value);
        self.slots[slot] = self.values.len() as u16;
        Some((self.values.len() - 1) as u8)
    }
}

/// The values that codes stand for; `None` if there is no such width, or a code stands for nothing.
pub(super) fn decode(table: &[u8], codes: &[u8], width: usize) -> Option<Vec<u8>> {
    match width {
        4 => decode_chunks::<4>(table, codes),
        8 => decode_chunks::<8>(table, codes),
        _ => None,
    }
}

fn decode_chunks<const WIDTH: usize>(table: &[u8], codes: &[u8]) -> Option<Vec<u8>> {
    let (values, []) = table.as_chunks::<WIDTH>() else { return None };
    let highest = codes.iter().copied().max();
    if highest.is_some_and(|highest| usize::from(highest) >= values.len()) {
        return None;
    }
    // Of full length, so that no code has to be checked again.
    let mut by_code = [[0; WIDTH]; MOST_VALUES];
    for (place, value) in by_code.iter_mut().zip(values) {
        *place = *value;
    }
    let mut bytes = vec![0; codes.len() * WIDTH];
    for (row, &code) in bytes.as_chunks_mut::<WIDTH>().0.iter_mut().zip(codes) {
        *row = by_code[usize::from(code)];
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// Bits that numbers are confused with where they are not compared as bits.
    const DELICATE: [f64; 8] = [0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY, 5e-324, 1.0, -1.0];

    fn bits() -> impl Strategy<Value = u64> {
        prop_oneof![
            prop::sample::select(&DELICATE[..]).prop_map(f64::to_bits),
            (0..300_u32).prop_map(|number| f64::from(number).to_bits()),
            any::<u64>(),
            // NaNs that differ in their payload only.
            (0..50_u64).prop_map(|payload| f64::NAN.to_bits() | payload),
        ]
    }

    fn check(bytes: &[u8], width: usize) -> Result<bool, TestCaseError> {
        let Some(coded) = code(bytes, width) else { return Ok(false) };
        prop_assert!(coded.table.len() + coded.codes.len() < bytes.len());
        let decoded = decode(&coded.table, &coded.codes, width);
        prop_assert_eq!(decoded.as_deref(), Some(bytes));
        Ok(true)
    }

    proptest! {
        #[test]
        fn values_come_back_bit_by_bit(
            pool in prop::collection::vec(bits(), 1..300),
            choices in prop::collection::vec(any::<prop::sample::Index>(), 450..1_500),
        ) {
            let rows: Vec<u64> = choices.iter().map(|choice| pool[choice.index(pool.len())]).collect();
            let is_coded = check(&rows.iter().flat_map(|row| row.to_le_bytes()).collect::<Vec<_>>(), 8)?;
            if rows.len() < LEAST_ROWS {
                prop_assert!(!is_coded);
            } else if pool.len() <= 40 {
                prop_assert!(is_coded, "few values, though {} of them", pool.len());
            }
            check(&rows.iter().flat_map(|&row| (row as u32).to_le_bytes()).collect::<Vec<_>>(), 4)?;
        }
    }

    #[test]
    fn as_many_values_as_codes_are_coded_and_one_more_is_not() {
        for (values, is_coded) in [(256, true), (257, false)] {
            // In order, so that few of them are in the sample.
            let rows: Vec<u8> =
                (0..20_000_u32).flat_map(|row| f64::from((row / 50).min(values - 1)).to_le_bytes()).collect();
            assert_eq!(check(&rows, 8).unwrap(), is_coded, "{values} values");
        }
    }

    #[test]
    fn values_chosen_to_share_a_slot_cost_little() {
        let slot_of =
            |value: u64| (value ^ value >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOT_BITS);
        let chosen: Vec<u64> =
            (0..u64::from(u32::MAX)).filter(|&value| slot_of(value) == 0).take(MOST_PROBES + 1).collect();
        let rows: Vec<u8> =
            chosen.iter().cycle().take(10_000).flat_map(|value| value.to_le_bytes()).collect();
        assert!(code(&rows, 8).is_none());
        let fewer: Vec<u8> =
            chosen[1..].iter().cycle().take(10_000).flat_map(|value| value.to_le_bytes()).collect();
        assert!(check(&fewer, 8).unwrap());
    }

    #[test]
    fn a_code_without_a_value_is_refused() {
        assert_eq!(decode(&[7; 8], &[0, 0], 8), Some(vec![7; 16]));
        assert_eq!(decode(&[7; 8], &[0, 1], 8), None);
        assert_eq!(decode(&[7; 9], &[0], 8), None);
        assert_eq!(decode(&[], &[], 4), Some(Vec::new()));
        assert_eq!(decode(&[7; 2], &[0], 2), None);
    }
}
