//! Letting go of what has waited for as long as the horizon, and of the oldest where there are too many.

use super::places::Places;
use super::{BUCKETS_PER_HORIZON, Join, LONGEST_BUCKET, hash_of};

/// The most that may wait, whatever is configured.
const MOST_WAITING: u64 = 1 << 31;
/// The index is swept, a part with each batch, when for so many predictions it has more than one slot of one that is gone.
const ENOUGH_GONE: usize = 20;
/// It is swept as a whole, and at once, when it has more than one for so many.
const MOST_GONE: usize = 4;

/// Entries let go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired {
    /// How many.
    pub count: u64,
    /// Versions of the labels whose prediction never came.
    pub orphans: Vec<u32>,
}

impl Join {
    fn bucket_of(&self, time: i64) -> i64 {
        time.div_euclid((self.horizon / BUCKETS_PER_HORIZON).clamp(1, LONGEST_BUCKET))
    }

    fn oldest_bucket(&self) -> Option<i64> {
        let (predictions, labels) = (self.entries.oldest(), self.labels.oldest());
        predictions.into_iter().chain(labels).min()
    }

    /// Lets go of what is older than the horizon, and of the oldest when there are too many.
    pub fn expire(&mut self, horizon: i64, max_pending: u64) -> Expired {
        let mut expired = Expired::default();
        self.arrange(horizon);
        let Some(newest) = self.newest else { return expired };
        let oldest_kept = self.bucket_of(newest.saturating_sub(horizon));
        let most = max_pending.min(MOST_WAITING);
        while let Some(bucket) = self.oldest_bucket()
            && (bucket < oldest_kept || self.waiting() as u64 > most)
        {
            self.rewrites |= bucket >= oldest_kept;
            self.forget_bucket(bucket, &mut expired);
        }
        if expired.count > 0 {
            self.labels.shrink();
            self.entries.shrink();
        }
        self.sweep();
        expired
    }

    /// Lets go of so many, the oldest first. Which those are depends on nothing but what waits, so that they are the same
    /// when the log is counted again.
    pub fn release(&mut self, count: usize) -> Expired {
        let mut expired = Expired::default();
        self.rewrites |= count > 0;
        let kept = self.waiting().saturating_sub(count);
        while self.waiting() > kept
            && let Some(bucket) = self.oldest_bucket()
        {
            let most = self.waiting() - kept;
            if self.entries.len_of(bucket) + self.labels.len_of(bucket) <= most {
                self.forget_bucket(bucket, &mut expired);
            } else {
                self.forget_oldest(bucket, most, &mut expired);
            }
        }
        self.forget_places();
        self.labels.shrink();
        self.sweep_all();
        expired
    }

    fn forget_bucket(&mut self, bucket: i64, expired: &mut Expired) {
        for chunk in self.entries.take(bucket) {
            self.unlabelled -= (chunk.len() - chunk.labelled()) as u64;
            expired.count += chunk.len() as u64;
        }
        for (id, label) in self.labels.take(bucket) {
            self.labels.forget_source(id, &label);
            expired.count += 1;
            expired.orphans.push(label.version);
        }
    }

    /// Lets go of the oldest of a bucket, and among those of one time of the lowest identifiers.
    fn forget_oldest(&mut self, bucket: i64, count: usize, expired: &mut Expired) {
        let mut predictions = Vec::new();
        for chunk in self.entries.take(bucket) {
            predictions.extend((0..chunk.len()).map(|at| chunk.get(at)));
        }
        let labels = self.labels.take(bucket);
        let by_time = predictions.iter().map(|(id, prediction)| (prediction.time, *id));
        let mut order: Vec<_> =
            by_time.chain(labels.iter().map(|(id, label)| (label.waits_since, *id))).collect();
        order.sort_unstable();
        let first_kept = order[count];
        for (id, prediction) in predictions {
            if (prediction.time, id) >= first_kept {
                self.insert(self.index.hash(id), id, &prediction);
            } else {
                self.unlabelled -= u64::from(prediction.label.is_none());
                expired.count += 1;
            }
        }
        for (id, label) in labels {
            if (label.waits_since, id) >= first_kept {
                self.labels.add(id, label);
            } else {
                self.labels.forget_source(id, &label);
                expired.count += 1;
                expired.orphans.push(label.version);
            }
        }
    }

    /// Forgets the places that no prediction has any more.
    fn forget_places(&mut self) {
        let list = self.places.list().clone();
        let mut kept = Places::default();
        let mut numbers: Vec<Option<u32>> = vec![None; self.places.len()];
        self.entries.renumber(|old| *numbers[old as usize].get_or_insert_with(|| kept.adopt(&list, old)));
        self.places = kept;
    }

    /// Takes a part of what is gone out of the index, if there is enough.
    fn sweep(&mut self) {
        let (gone, kept) = (self.entries.gone(), self.entries.len());
        if gone > kept / MOST_GONE {
            return self.sweep_all();
        }
        if !self.index.is_being_swept() {
            if gone <= kept / ENOUGH_GONE {
                return;
            }
            self.entries.begin_sweep();
        }
        if self.index.sweep(&self.entries.gone_range(), |slot| self.entries.is_gone(slot)) {
            self.entries.end_sweep();
            self.index.shrink();
        }
    }

    /// Takes all that is gone out of the index, and gives back the memory that it needed.
    fn sweep_all(&mut self) {
        if self.entries.gone() == 0 {
            return;
        }
        self.index.sweep_all(&self.entries.gone_range(), |slot| self.entries.is_gone(slot));
        self.entries.begin_sweep();
        self.entries.end_sweep();
        self.entries.shrink();
        self.index.shrink();
        if self.index.is_sparse() {
            self.index = self.index.emptied();
            for slot in self.entries.slots() {
                let hash = self.index.hash(self.entries.id(slot));
                self.index.insert(hash, slot, hash_of(&self.entries));
            }
        }
    }
}
