use super::coupon::value_of;
use super::coupon_set::CouponSet;
use super::estimate;
use super::hashes::{BLOCK, HashBuffer, Hashes, SHORT_BLOCK};
use super::number_keys::number_keys;
use super::recent::RecentKeys;
use super::registers::Registers;
use crate::error::{Error, Result};

/// The size of [`Hll::default`]: 4096 registers, a standard error of 1.2 percent.
pub const DEFAULT_LG_K: u8 = 12;
/// The smallest size that `DataSketches` knows.
pub const MIN_LG_K: u8 = 4;
/// The largest size that `DataSketches` knows.
pub const MAX_LG_K: u8 = 21;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    Sparse(CouponSet),
    Dense(Registers),
}

/// A distinct counter. Memory: 4 to 5 bytes a key while sparse, `2^lg_k` bytes afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Hll {
    pub(super) lg_k: u8,
    pub(super) state: State,
}

/// Adds keys block by block.
struct Adder {
    buffer: HashBuffer<BLOCK>,
    recent: Option<RecentKeys>,
}

impl Adder {
    fn new() -> Self {
        Self { buffer: HashBuffer::new(), recent: None }
    }

    fn add(&mut self, counter: &mut Hll, block: &[u64]) {
        let hashes = match counter.state {
            State::Sparse(_) => {
                let recent = self.recent.get_or_insert_with(RecentKeys::new);
                self.buffer.hash(recent.sift(block))
            }
            State::Dense(_) => self.buffer.hash(block),
        };
        counter.add_hashes(hashes);
    }
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
        if keys.len() <= SHORT_BLOCK {
            self.add_hashes(HashBuffer::<SHORT_BLOCK>::new().hash(keys));
        } else {
            let mut adder = Adder::new();
            keys.chunks(BLOCK).for_each(|block| adder.add(self, block));
        }
    }

    /// Adds finite numbers by their [`number_key`](super::number_key); none is larger than `largest`.
    pub(crate) fn add_numbers(&mut self, values: &[f64], largest: f64) {
        if values.len() <= SHORT_BLOCK {
            let mut keys = [0; SHORT_BLOCK];
            let keys = &mut keys[..values.len()];
            number_keys(values, largest, keys);
            return self.add_slice(keys);
        }
        let mut keys = [0; BLOCK];
        let mut adder = Adder::new();
        for block in values.chunks(BLOCK) {
            let keys = &mut keys[..block.len()];
            number_keys(block, largest, keys);
            adder.add(self, keys);
        }
    }

    fn add_hashes(&mut self, hashes: Hashes<'_>) {
        match &mut self.state {
            State::Dense(registers) => registers.add_hashes(hashes),
            State::Sparse(_) => self.add_each(hashes.coupons()),
        }
    }

    /// Adds keys that were hashed to coupons before. Coupons of value 0, which no key has, are skipped.
    pub fn add_coupons(&mut self, coupons: &[u32]) {
        if let State::Dense(registers) = &mut self.state
            && coupons.iter().all(|coupon| value_of(*coupon) > 0)
        {
            return registers.add_coupon_slice(coupons);
        }
        self.add_each(coupons.iter().copied().filter(|coupon| value_of(*coupon) > 0));
    }

    fn add_each(&mut self, mut coupons: impl Iterator<Item = u32>) {
        self.fill_sparse(&mut coupons);
        if let State::Dense(registers) = &mut self.state {
            registers.add_coupons(coupons);
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
        let mut registers = Registers::new(self.lg_k);
        registers.add_coupons(set.iter());
        self.state = State::Dense(registers);
    }

    /// Adds what `other` has seen. With a counter that was read without its extra bytes, the result has
    /// none either, and the larger error.
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
                registers.add_coupons(own.iter());
                self.state = State::Dense(registers);
            }
            (State::Dense(own), State::Dense(added)) => own.merge(added),
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
            State::Dense(registers) => estimate::register_error(registers),
        }
    }

    /// Bounds at `z` standard errors: `estimate / (1 + z e)` and `estimate / (1 - z e)`. The lower one
    /// is at least the number of distinct keys that have certainly been seen; the upper one is
    /// infinite where `z e` reaches 1.
    pub fn bounds(&self, z: f64) -> (f64, f64) {
        let (estimate, error) = (self.estimate(), z.max(0.0) * self.standard_error());
        let certain = match &self.state {
            State::Sparse(set) => set.len() as f64,
            State::Dense(registers) => estimate::certain(registers),
        };
        let upper = if self.is_empty() {
            0.0
        } else if error < 1.0 {
            estimate / (1.0 - error)
        } else {
            f64::INFINITY
        };
        ((estimate / (1.0 + error)).max(certain).min(upper), upper)
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
