//! Taking many slots out of the index.

use super::index::{Hash, Index};

/// Bits of the hash by which slots are brought together: of an index of 100 MB each part is 100 kB, few enough pages for a
/// processor to remember where they are.
const BITS: u32 = 10;
/// Fewer slots than this are left as they are: hardly two of them lie together.
const FEW: usize = 1 << (BITS + 2);
/// Slots whose line of the index is asked for before their turn, and of which it is known by then where else to look.
const LINES_AHEAD: usize = 32;
const OTHERS_AHEAD: usize = 16;

impl Index {
    /// Takes slots out.
    pub(super) fn remove_all(&mut self, slots: Vec<(Hash, u32)>) {
        let slots = by_prefix(slots);
        for &(hash, _) in slots.iter().take(LINES_AHEAD) {
            self.prefetch(hash);
        }
        for (at, &(hash, slot)) in slots.iter().enumerate() {
            if let Some(&(hash, _)) = slots.get(at + LINES_AHEAD) {
                self.prefetch(hash);
            }
            if let Some(&(hash, _)) = slots.get(at + OTHERS_AHEAD) {
                self.prefetch_others(hash, |_| ());
            }
            self.remove(hash, slot);
        }
    }
}

/// Slots in the order of the first bits of their hashes.
///
/// Where the page of a line is must be read before the line, and takes as long. Of a bucket that is let go many slots are in
/// each part of the index.
fn by_prefix(slots: Vec<(Hash, u32)>) -> Vec<(Hash, u32)> {
    if slots.len() < FEW {
        return slots;
    }
    let mut places = vec![0_usize; 1 << BITS];
    for (hash, _) in &slots {
        places[hash.prefix(BITS)] += 1;
    }
    let mut next = 0;
    for place in &mut places {
        (*place, next) = (next, next + *place);
    }
    let mut ordered = slots.clone();
    for each in slots {
        let place = &mut places[each.0.prefix(BITS)];
        ordered[*place] = each;
        *place += 1;
    }
    ordered
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn slots_are_brought_together_and_stay_the_same(ids in prop::collection::vec(any::<u64>(), 0..3 * FEW)) {
            let index = Index::default();
            let slots: Vec<_> = ids.iter().map(|&id| index.hash(id)).zip(0_u32..).collect();
            let ordered = by_prefix(slots);
            if ordered.len() >= FEW {
                prop_assert!(ordered.is_sorted_by_key(|(hash, slot)| (hash.prefix(BITS), *slot)));
            }
            prop_assert!(ordered.iter().all(|&(hash, slot)| hash == index.hash(ids[slot as usize])));
            let mut numbers: Vec<_> = ordered.iter().map(|&(_, slot)| slot).collect();
            numbers.sort_unstable();
            prop_assert!(numbers.into_iter().eq(0..ids.len() as u32));
        }

        #[test]
        fn what_is_taken_out_is_found_no_more(kept in prop::collection::vec(any::<bool>(), 0..3 * FEW)) {
            let mut index = Index::default();
            for slot in 0..kept.len() as u32 {
                index.insert(index.hash(slot.into()), slot, |hasher, slot| Hash::of(hasher, slot.into()));
            }
            let out = (0..).zip(&kept).filter(|(_, kept)| !**kept);
            let slots = out.map(|(slot, _)| (index.hash(u64::from(slot)), slot)).collect();
            index.remove_all(slots);
            for (slot, &kept) in (0_u32..).zip(&kept) {
                let found = index.find(index.hash(slot.into()), |other| other == slot);
                prop_assert_eq!(found, kept.then_some(slot));
            }
        }
    }
}
