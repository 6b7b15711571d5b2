//! Merging two sorted lists of centroids into one.

use std::hint::select_unpredictable;

use super::cluster::Centroid;
use crate::simd::dispatch;

/// Two sorted lists and the place for all of both.
struct Merge<'a> {
    left: &'a [Centroid],
    right: &'a [Centroid],
    merged: &'a mut [Centroid],
}

/// Which list is next is as good as random: the next centroid is selected, not branched to. Each choice has to wait for
/// the one before it, so four are made at once: at both ends of the lower and of the upper half.
#[inline(always)]
fn merge_kernel(left: &[Centroid], right: &[Centroid], merged: &mut [Centroid]) {
    let middle = left.len() / 2;
    let below = left.get(middle).map_or(0, |pivot| right.partition_point(|other| other.mean < pivot.mean));
    let (lower, upper) = merged.split_at_mut(middle + below);
    let mut lower = Merge { left: &left[..middle], right: &right[..below], merged: lower };
    let mut upper = Merge { left: &left[middle..], right: &right[below..], merged: upper };
    while lower.has_two_each() && upper.has_two_each() {
        lower.take_least();
        upper.take_least();
        lower.take_greatest();
        upper.take_greatest();
    }
    lower.finish();
    upper.finish();
}

dispatch! {
    /// Merges two sorted lists; `merged` is as long as both.
    pub(super) fn merge(left: &[Centroid], right: &[Centroid], merged: &mut [Centroid]) = merge_kernel;
}

impl Merge<'_> {
    /// Whether both ends can be taken without a look at what is left.
    #[inline(always)]
    fn has_two_each(&self) -> bool {
        self.left.len() >= 2 && self.right.len() >= 2
    }

    #[inline(always)]
    fn take_least(&mut self) {
        let ([first, ..], [second, ..]) = (self.left, self.right) else { return };
        let is_left = first.mean <= second.mean;
        let Some((place, rest)) = std::mem::take(&mut self.merged).split_first_mut() else { return };
        *place = *select_unpredictable(is_left, first, second);
        self.merged = rest;
        self.left = &self.left[usize::from(is_left)..];
        self.right = &self.right[usize::from(!is_left)..];
    }

    #[inline(always)]
    fn take_greatest(&mut self) {
        let ([.., first], [.., second]) = (self.left, self.right) else { return };
        let is_right = first.mean <= second.mean;
        let Some((place, rest)) = std::mem::take(&mut self.merged).split_last_mut() else { return };
        *place = *select_unpredictable(is_right, second, first);
        self.merged = rest;
        self.left = &self.left[..self.left.len() - usize::from(!is_right)];
        self.right = &self.right[..self.right.len() - usize::from(is_right)];
    }

    #[inline(always)]
    fn finish(mut self) {
        while self.has_two_each() {
            self.take_least();
            self.take_greatest();
        }
        while !self.left.is_empty() && !self.right.is_empty() {
            self.take_least();
        }
        let (rest_of_left, rest_of_right) = self.merged.split_at_mut(self.left.len());
        rest_of_left.copy_from_slice(self.left);
        rest_of_right.copy_from_slice(self.right);
    }
}
