use super::coupon::{MAX_VALUE, coupon_of_hash, coupon_of_key, register_of, value_of};
use super::coupon_set::CouponSet;
use super::estimate;
use crate::error::{Error, Result};
use crate::hash::hash_key;

/// The size of [`Hll::default`]: 4096 registers, a standard error of 1.6 percent.
pub const DEFAULT_LG_K: u8 = 12;
/// The smallest size that `DataSketches` knows.
pub const MIN_LG_K: u8 = 4;
/// The largest size that `DataSketches` knows.
pub const MAX_LG_K: u8 = 21;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    Sparse(CouponSet),
    Dense(Vec<u8>),
}

/// A distinct counter. Memory: 4 to 5 bytes a key while sparse, `2^lg_k` bytes afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Hll {
    pub(super) lg_k: u8,
    pub(super) state: State,
}

impl Default for Hll {
    fn default() -> Self {
        Self::empty(DEFAULT_LG_K)
    }
}

impl Hll {
    /// An empty counter of `2^lg_k` registers.
    ///
    /// # Errors
    /// `InvalidArgument` for an `lg_k` outside `[MIN_LG_K, MAX_LG_K]`.
    pub fn new(lg_k: u8) -> Result<Self> {
        if (MIN_LG_K..=MAX_LG_K).contains(&lg_k) {
            return Ok(Self::empty(lg_k));
        }
        Err(Error::invalid_argument(format!("lg_k must be in [{MIN_LG_K}, {MAX_LG_K}], got {lg_k}")))
    }

    fn empty(lg_k: u8) -> Self {
        Self { lg_k, state: State::Sparse(CouponSet::default()) }
    }

    /// Adds integer keys, each hashed as eight little-endian bytes.
    pub fn add_slice(&mut self, keys: &[u64]) {
        let mut keys = keys.iter();
        if matches!(self.state, State::Sparse(_)) {
            let mut recent = RecentKeys::new();
            let fresh = keys.by_ref().filter(|key| recent.is_fresh(**key));
            self.fill_sparse(fresh.map(|key| coupon_of_key(*key)));
        }
        if let State::Dense(registers) = &mut self.state {
            raise_by_keys(registers, keys.as_slice(), self.lg_k);
        }
    }

    /// Adds keys that were hashed to coupons before. Coupons of value 0, which no key has, are skipped.
    pub fn add_coupons(&mut self, coupons: &[u32]) {
        let mut coupons = coupons.iter().copied().filter(|coupon| value_of(*coupon) > 0);
        self.add_each(&mut coupons);
    }

    fn add_each(&mut self, mut coupons: impl Iterator<Item = u32>) {
        self.fill_sparse(&mut coupons);
        if let State::Dense(registers) = &mut self.state {
            raise(registers, coupons, self.lg_k);
        }
    }

    /// Adds coupons while the state is sparse; leaves the others.
    fn fill_sparse(&mut self, mut coupons: impl Iterator<Item = u32>) {
        let State::Sparse(set) = &mut self.state else {
            return;
        };
        let limit = sparse_limit(self.lg_k);
        while set.len() <= limit {
            let Some(coupon) = coupons.next() else { return };
            set.insert(coupon);
        }
        self.state = State::Dense(registers_of(set, self.lg_k));
    }

    /// Adds what `other` has seen.
    ///
    /// # Errors
    /// `Incompatible` when the sizes differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.lg_k != other.lg_k {
            return Err(Error::incompatible(format!(
                "distinct counts must have the same lg_k, got {} and {}",
                self.lg_k, other.lg_k
            )));
        }
        match (&mut self.state, &other.state) {
            (_, State::Sparse(added)) => self.add_each(added.iter()),
            (State::Sparse(own), State::Dense(added)) => {
                let mut registers = added.clone();
                raise(&mut registers, own.iter(), self.lg_k);
                self.state = State::Dense(registers);
            }
            (State::Dense(own), State::Dense(added)) => {
                for (register, other) in own.iter_mut().zip(added) {
                    *register = (*register).max(*other);
                }
            }
        }
        Ok(())
    }

    /// The estimated number of distinct keys.
    pub fn estimate(&self) -> f64 {
        match &self.state {
            State::Sparse(set) => estimate::from_coupons(set.len()),
            State::Dense(registers) => estimate::from_registers(registers),
        }
    }

    /// The relative standard error of the estimate in its present state.
    pub fn standard_error(&self) -> f64 {
        match &self.state {
            State::Sparse(_) => estimate::coupon_error(),
            State::Dense(registers) => estimate::register_error(registers.len()),
        }
    }

    /// Bounds at `z` standard errors: `estimate / (1 + z e)` and `estimate / (1 - z e)`. The lower one
    /// is at least the number of distinct keys that have certainly been seen; the upper one is
    /// infinite where `z e` reaches 1.
    pub fn bounds(&self, z: f64) -> (f64, f64) {
        let (estimate, error) = (self.estimate(), z.max(0.0) * self.standard_error());
        let certain = match &self.state {
            State::Sparse(set) => set.len(),
            State::Dense(registers) => registers.iter().filter(|register| **register > 0).count(),
        };
        let upper = if self.is_empty() {
            0.0
        } else if error < 1.0 {
            estimate / (1.0 - error)
        } else {
            f64::INFINITY
        };
        ((estimate / (1.0 + error)).max(certain as f64).min(upper), upper)
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        matches!(&self.state, State::Sparse(set) if set.len() == 0)
    }

    /// The base-2 logarithm of the number of registers.
    pub fn lg_k(&self) -> u8 {
        self.lg_k
    }
}

/// The most coupons that are kept as coupons. `DataSketches` leaves its list at 8 coupons, and its
/// set, which exists from `lg_k` 8 on, at more than three quarters of `2^(lg_k - 3)`.
pub(super) fn sparse_limit(lg_k: u8) -> usize {
    if lg_k < 8 { 7 } else { 3 << (lg_k - 5) }
}

/// Keys seen not long ago, which need no hashing: where a counter stays sparse, most keys are.
struct RecentKeys([u64; RecentKeys::SLOTS]);

impl RecentKeys {
    const SLOTS_LG: u32 = 9;
    const SLOTS: usize = 1 << Self::SLOTS_LG;

    fn new() -> Self {
        let mut slots = [0; Self::SLOTS];
        // Key 0 belongs into slot 0, which may not look as if it had been seen; key 1 does not.
        slots[0] = 1;
        Self(slots)
    }

    #[inline]
    fn is_fresh(&mut self, key: u64) -> bool {
        let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = &mut self.0[(spread >> (u64::BITS - Self::SLOTS_LG)) as usize];
        let is_fresh = *slot != key;
        *slot = key;
        is_fresh
    }
}

fn registers_of(set: &CouponSet, lg_k: u8) -> Vec<u8> {
    let mut registers = vec![0; 1 << lg_k];
    raise(&mut registers, set.iter(), lg_k);
    registers
}

fn raise(registers: &mut [u8], coupons: impl Iterator<Item = u32>, lg_k: u8) {
    coupons.for_each(|coupon| {
        let register = &mut registers[register_of(coupon, lg_k)];
        *register = (*register).max(value_of(coupon));
    });
}

/// Like [`raise`], from keys. The value of a coupon is `1 + leading zeros`, so it can be above the
/// register only if the hash has as many leading zeros; few keys pass that, and counting zeros is slow.
fn raise_by_keys(registers: &mut [u8], keys: &[u64], lg_k: u8) {
    for key in keys {
        let hash = hash_key(*key);
        let register = &mut registers[register_of(hash.0 as u32, lg_k)];
        if hash.1 <= u64::MAX >> (*register & MAX_VALUE) {
            *register = (*register).max(value_of(coupon_of_hash(hash)));
        }
    }
}
