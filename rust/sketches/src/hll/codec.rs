//! The bytes of Apache `DataSketches` HLL sketches with 8-bit registers, little endian:
//!
//! ```text
//! 0  u8   preamble words: 2 list, 3 set, 10 registers
//! 1  u8   serial version 1
//! 2  u8   family 7
//! 3  u8   lg_k
//! 4  u8   lg of the slots of the list or set
//! 5  u8   flags: 4 empty, 8 compact, 16 out of order
//! 6  u8   list: number of coupons; otherwise the registers' minimum, 0
//! 7  u8   mode 0 list, 1 set, 2 registers, plus 8 for 8-bit registers
//!
//! list      8  u32 coupons
//! set       8  u32 number of coupons, then u32 coupons
//! registers 8  f64 in-order estimate, 0 when out of order
//!           16 f64 sum of 2^-register where it is below 32, f64 the rest of that sum
//!           32 u32 number of registers at the minimum, u32 0
//!           40 u8 registers
//! ```
//!
//! Registers are written as "out of order", for which every reader uses an estimator that does not
//! depend on the order of updates.
//!
//! Extra bytes, one for four registers, hold what these bytes have no place for, from the lowest bits up:
//!
//! ```text
//! 2 bits of register 4i, of 4i + 1, of 4i + 2, of 4i + 3: 2 for the value one below it seen, 1 for two below
//! ```

use super::coupon::value_of;
use super::coupon_set::CouponSet;
use super::registers::Registers;
use super::sketch::{Hll, MAX_LG_K, MIN_LG_K, State, sparse_limit};
use crate::error::{Error, Result};
use crate::reader::Reader;

const SERIAL_VERSION: u8 = 1;
const FAMILY: u8 = 7;
const FLAG_EMPTY: u8 = 4;
const FLAG_COMPACT: u8 = 8;
const FLAG_OUT_OF_ORDER: u8 = 16;
const MODE_LIST: u8 = 0;
const MODE_SET: u8 = 1;
const MODE_REGISTERS: u8 = 2;
const EIGHT_BIT: u8 = 2 << 2;
const LIST_SLOTS_LG: u8 = 3;
const FIRST_SET_SLOTS_LG: u8 = 5;
/// The sums of inverse powers are kept in two parts so that neither loses the small terms.
const SPLIT: u8 = 32;

impl Hll {
    /// The bytes of a `DataSketches` `HLL_8` sketch.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.state {
            State::Dense(registers) => self.register_bytes(registers),
            State::Sparse(set) if set.len() < 1 << LIST_SLOTS_LG => self.list_bytes(&set.sorted()),
            State::Sparse(set) => self.set_bytes(&set.sorted()),
        }
    }

    fn list_bytes(&self, coupons: &[u32]) -> Vec<u8> {
        let flags = FLAG_COMPACT | if coupons.is_empty() { FLAG_EMPTY } else { 0 };
        let count = coupons.len() as u8;
        let mode = MODE_LIST | EIGHT_BIT;
        let mut bytes = vec![2, SERIAL_VERSION, FAMILY, self.lg_k, LIST_SLOTS_LG, flags, count, mode];
        bytes.extend(coupons.iter().flat_map(|coupon| coupon.to_le_bytes()));
        bytes
    }

    fn set_bytes(&self, coupons: &[u32]) -> Vec<u8> {
        let mut slots_lg = FIRST_SET_SLOTS_LG;
        while 4 * coupons.len() > 3 << slots_lg {
            slots_lg += 1;
        }
        let mode = MODE_SET | EIGHT_BIT;
        let mut bytes = vec![3, SERIAL_VERSION, FAMILY, self.lg_k, slots_lg, FLAG_COMPACT, 0, mode];
        bytes.extend((coupons.len() as u32).to_le_bytes());
        bytes.extend(coupons.iter().flat_map(|coupon| coupon.to_le_bytes()));
        bytes
    }

    fn register_bytes(&self, registers: &Registers) -> Vec<u8> {
        let mode = MODE_REGISTERS | EIGHT_BIT;
        let mut bytes = vec![10, SERIAL_VERSION, FAMILY, self.lg_k, 0, FLAG_OUT_OF_ORDER, 0, mode];
        let (mut low, mut high, mut zeros) = (0.0, 0.0, 0u32);
        for value in registers.values() {
            let sum = if value < SPLIT { &mut low } else { &mut high };
            *sum += f64::from(-i32::from(value)).exp2();
            zeros += u32::from(value == 0);
        }
        bytes.extend([0.0, low, high].iter().flat_map(|part: &f64| part.to_le_bytes()));
        bytes.extend(zeros.to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(registers.values());
        bytes
    }

    /// What registers know and [`Self::to_bytes`] has no place for, a quarter of a byte for each; nothing for
    /// a counter that has no registers yet, or that was read, or merged with one read, without them.
    pub fn extra_bytes(&self) -> Option<Vec<u8>> {
        match &self.state {
            State::Dense(registers) => registers.extra_bytes(),
            State::Sparse(_) => None,
        }
    }

    /// The counter that was written as the bytes from which `self` was read and these extra bytes.
    ///
    /// # Errors
    /// `InvalidData` where no registers lack extra bytes, and for extra bytes that do not fit the registers.
    pub fn with_extra_bytes(self, extra: &[u8]) -> Result<Self> {
        let State::Dense(registers) = self.state else {
            return Err(Error::invalid_data(format!(
                "extra bytes must come with registers, got {} of them with coupons",
                extra.len()
            )));
        };
        Ok(Self { lg_k: self.lg_k, state: State::Dense(registers.with_extra_bytes(extra)?) })
    }

    /// Reads a `DataSketches` HLL sketch: a list or set of any register width, or 8-bit registers. Registers
    /// lack their extra bytes until [`Self::with_extra_bytes`].
    ///
    /// # Errors
    /// `InvalidData` for bytes of another kind or length, for narrower registers, and for coupons or
    /// registers that no key has.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let words = reader.u8()?;
        reader.expect_u8(SERIAL_VERSION, "distinct count serial version")?;
        reader.expect_u8(FAMILY, "distinct count family")?;
        let lg_k = reader.u8()?;
        if !(MIN_LG_K..=MAX_LG_K).contains(&lg_k) {
            return Err(Error::invalid_data(format!("lg_k must be in [{MIN_LG_K}, {MAX_LG_K}], got {lg_k}")));
        }
        let (slots_lg, flags, list_count, mode) = (reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?);
        let state = match (mode & 3, words) {
            (MODE_LIST, 2) => read_coupons(&mut reader, lg_k, usize::from(list_count), slots_lg, flags)?,
            (MODE_SET, 3) => {
                let count = reader.u32()? as usize;
                read_coupons(&mut reader, lg_k, count, slots_lg, flags)?
            }
            (MODE_REGISTERS, 10) if mode & !3 == EIGHT_BIT => read_registers(&mut reader, lg_k)?,
            _ => {
                return Err(Error::invalid_data(format!(
                    "distinct count must be a list, a set or 8-bit registers, got mode {mode} with {words} preamble words"
                )));
            }
        };
        Ok(Self { lg_k, state })
    }
}

/// Reads the coupons of a compact image, or the slots of one that is not: free slots are zero.
fn read_coupons(reader: &mut Reader<'_>, lg_k: u8, count: usize, slots_lg: u8, flags: u8) -> Result<State> {
    if flags & FLAG_EMPTY != 0 || count == 0 {
        return Ok(State::Sparse(CouponSet::default()));
    }
    let limit = sparse_limit(lg_k).max(1 << LIST_SLOTS_LG);
    if count > limit {
        return Err(Error::invalid_data(format!(
            "coupons must be at most {limit} at lg_k {lg_k}, got {count}"
        )));
    }
    let slots = if flags & FLAG_COMPACT != 0 {
        count
    } else if slots_lg <= MAX_LG_K {
        1 << slots_lg
    } else {
        return Err(Error::invalid_data(format!(
            "lg of the slots must be at most {MAX_LG_K}, got {slots_lg}"
        )));
    };
    reader.expect_remaining(4 * slots)?;
    let mut sketch = Hll::new(lg_k)?;
    let mut found = 0;
    for _ in 0..slots {
        let coupon = reader.u32()?;
        if coupon == 0 && slots != count {
            continue;
        }
        if value_of(coupon) == 0 {
            return Err(Error::invalid_data(format!("coupon value must be at least 1, got coupon {coupon}")));
        }
        found += 1;
        sketch.add_coupons(&[coupon]);
    }
    if found == count {
        return Ok(sketch.state);
    }
    Err(Error::invalid_data(format!("coupons must be as many as stated, {count}, got {found}")))
}

fn read_registers(reader: &mut Reader<'_>, lg_k: u8) -> Result<State> {
    // The sums and counts before the registers follow from them.
    reader.take(32)?;
    reader.expect_remaining(1 << lg_k)?;
    Ok(State::Dense(Registers::from_values(reader.take(1 << lg_k)?.to_vec())?))
}
