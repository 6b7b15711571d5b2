//! Who has sent numbered batches, each with what was counted of it.
//!
//! A producer belongs to the principal that it was first heard of by: it is known by the principal's name, U+001F and the
//! id that it gives itself, or by that id alone where nobody is told apart. So nobody can use up, or pass for, the numbers
//! of another's producers, and everybody has a share of the room for them.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use crate::engine::Header;
use crate::error::{EngineError, Result};
use crate::keyed::KeyedMap;
use crate::producer::{Sequences, SharedSequences, lock};

/// Most producers remembered.
const MAX_PRODUCERS: usize = 100_000;
/// Most of them of one principal.
const MAX_OF_PRINCIPAL: usize = 10_000;
/// Longest producer id, in bytes.
const MAX_PRODUCER_BYTES: usize = 128;
/// Longest name of a principal, in bytes; a name in a certificate may be longer than one in a configuration.
const MAX_PRINCIPAL_BYTES: usize = 4_096;
/// Time for which a silent producer is remembered while there is space, nanoseconds: a day.
const REMEMBERED: i64 = 24 * 3_600_000_000_000;
/// Time for which it is remembered in any case: until then it may send again what was not answered. An hour.
const RETRY_HORIZON: i64 = 3_600_000_000_000;

/// Most time that is believed to have passed between two looks at the clock, nanoseconds: a minute.
const LONGEST_LOOK: i64 = 60_000_000_000;

/// Stands between a principal and the id of its producer; no id holds it.
const SEPARATOR: char = '\u{1f}';

impl Header {
    /// Checks who sends, and tells whether its batches are numbered.
    ///
    /// # Errors
    /// [`EngineError::Limit`] for a name that is too long, [`EngineError::Value`] for an id that could be taken for one of
    /// another principal.
    pub(crate) fn check_producer(&self) -> Result<bool> {
        for (what, name, most) in [
            ("producer_id", &self.producer_id, MAX_PRODUCER_BYTES),
            ("the name of the caller", &self.principal, MAX_PRINCIPAL_BYTES),
        ] {
            if name.len() > most {
                return Err(EngineError::Limit(format!(
                    "{what} must be at most {most} bytes, got {}",
                    name.len()
                )));
            }
        }
        if self.producer_id.contains(SEPARATOR) {
            return Err(EngineError::Value(format!(
                "producer_id must not hold the character U+001F, got {:?}",
                self.producer_id
            )));
        }
        Ok(!self.producer_id.is_empty())
    }

    /// The name under which the producer is known.
    pub(crate) fn producer(&self) -> Cow<'_, str> {
        if self.principal.is_empty() {
            return Cow::Borrowed(&self.producer_id);
        }
        Cow::Owned(format!("{}{SEPARATOR}{}", self.principal, self.producer_id))
    }
}

/// The principal and the id of a name that [`Header::producer`] gave.
pub(crate) fn split(producer: &str) -> (&str, &str) {
    // An id does not hold the separator; the name of a principal may.
    producer.rsplit_once(SEPARATOR).unwrap_or(("", producer))
}

/// The time by which producers are forgotten. It goes with the clock, but only ever ahead, and a minute at most between two
/// looks: so a clock that jumps by days makes nobody forgotten who may still send again.
#[derive(Debug, Default)]
struct Age {
    /// The latest time that a producer was heard of, in the time of the clock at the first look and since.
    time: Option<i64>,
    /// The clock at the last look.
    looked: Option<i64>,
}

impl Age {
    /// The time, as the clock shows `now`.
    fn look(&mut self, now: i64) -> i64 {
        let passed = self.looked.map_or(0, |looked| now.saturating_sub(looked).clamp(0, LONGEST_LOOK));
        self.looked = Some(now);
        let time = self.time.unwrap_or(now).saturating_add(passed);
        self.time = Some(time);
        time
    }

    /// Goes on from a time at which somebody was heard of in an earlier process.
    fn resume(&mut self, time: i64) {
        self.time = self.time.max(Some(time));
    }
}

/// All producers of one engine, by name.
#[derive(Debug, Default)]
pub struct Producers {
    known: KeyedMap<String, SharedSequences>,
    /// How many each principal has.
    counts: KeyedMap<String, usize>,
    age: Age,
    /// Whether the log is read: what it holds was taken once, so there is room for it.
    is_replaying: bool,
}

impl Producers {
    /// The numbers of one producer, who is known from now on, and the time at which it was heard of.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when there are too many that may still send again what was not answered.
    pub fn get(&mut self, name: &str, now: i64) -> Result<(SharedSequences, i64)> {
        let time = self.age.look(now);
        if let Some(sequences) = self.known.get(name) {
            return Ok((Arc::clone(sequences), time));
        }
        if !self.is_replaying {
            self.make_room(name, time)?;
        }
        let sequences = SharedSequences::default();
        self.add(name.to_owned(), Arc::clone(&sequences));
        Ok((sequences, time))
    }

    fn make_room(&mut self, name: &str, time: i64) -> Result<()> {
        let (principal, id) = split(name);
        let own = (!principal.is_empty()).then_some((Some(principal), MAX_OF_PRINCIPAL));
        for (of, most) in own.into_iter().chain([(None, MAX_PRODUCERS)]) {
            if self.count(of) >= most {
                self.forget(of, time);
            }
            if self.count(of) >= most {
                let of = of.map_or_else(String::new, |principal| format!(" of {principal:?}"));
                return Err(EngineError::Limit(format!(
                    "there can be at most {most} producers{of} an hour, and {id:?} would be one more"
                )));
            }
        }
        Ok(())
    }

    /// Takes in what is known of a producer.
    pub fn insert(&mut self, name: String, sequences: Sequences) {
        self.age.resume(sequences.last_seen);
        self.add(name, Arc::new(Mutex::new(sequences)));
    }

    /// Says whether what comes is read from the log.
    pub fn replay(&mut self, is_replaying: bool) {
        self.is_replaying = is_replaying;
    }

    fn add(&mut self, name: String, sequences: SharedSequences) {
        let principal = split(&name).0.to_owned();
        if self.known.insert(name, sequences).is_none() {
            *self.counts.entry(principal).or_default() += 1;
        }
    }

    /// How many there are of a principal; `None`: in all.
    fn count(&self, of: Option<&str>) -> usize {
        of.map_or(self.known.len(), |principal| self.counts.get(principal).copied().unwrap_or(0))
    }

    /// Lets go of those that have been silent for an hour, the longest silent first, until a tenth is free.
    fn forget(&mut self, of: Option<&str>, time: i64) {
        let is_meant = |name: &str| of.is_none_or(|principal| split(name).0 == principal);
        let meant = self.known.iter().filter(|(name, producer)| is_meant(name) && !is_in_use(producer));
        let mut seen: Vec<i64> = meant.map(|(_, producer)| lock(producer).last_seen).collect();
        let tenth = seen.len() / 10;
        if seen.is_empty() {
            return;
        }
        let (_, &mut tenth, _) = seen.select_nth_unstable(tenth);
        let limit = tenth.saturating_add(1).min(time.saturating_sub(RETRY_HORIZON));
        self.forget_before(limit, is_meant);
    }

    /// Lets go of those that were last seen before a time.
    fn forget_before(&mut self, limit: i64, is_meant: impl Fn(&str) -> bool) {
        let Self { known, counts, .. } = self;
        known.retain(|name, producer| {
            if is_in_use(producer) || !is_meant(name) {
                return true;
            }
            let producer = lock(producer);
            let is_kept = producer.last_seen >= limit;
            if !is_kept {
                let principal = split(name).0;
                if let Some(count) = counts.get_mut(principal) {
                    *count -= 1;
                    if *count == 0 {
                        counts.remove(principal);
                    }
                }
            }
            is_kept
        });
    }

    /// What is known of all producers that were heard of in the last day, by name.
    pub fn remembered(&mut self, now: i64) -> Vec<(String, Sequences)> {
        let time = self.age.look(now);
        self.forget_before(time.saturating_sub(REMEMBERED), |_| true);
        let mut all: Vec<_> =
            self.known.iter().map(|(name, sequences)| (name.clone(), lock(sequences).clone())).collect();
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        all
    }
}

/// Whether a batch of it is being counted: who counts it holds it, too.
fn is_in_use(producer: &SharedSequences) -> bool {
    Arc::strong_count(producer) > 1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Makes producers known, each last heard of at a time.
    fn hear(producers: &mut Producers, principal: &str, count: usize, time: impl Fn(usize) -> i64) {
        for number in 0..count {
            let header =
                Header { principal: principal.into(), producer_id: number.to_string(), ..Header::default() };
            let (sequences, _) = producers.get(&header.producer(), 0).unwrap();
            lock(&sequences).mark(0, 1);
            lock(&sequences).last_seen = time(number);
        }
    }

    /// Lets the clock go on to a time, looking at it often enough.
    fn pass(producers: &mut Producers, until: i64) {
        let mut now = producers.age.looked.unwrap();
        while now < until {
            now = until.min(now + LONGEST_LOOK);
            producers.age.look(now);
        }
    }

    fn is_known(producers: &mut Producers, name: &str) -> bool {
        let now = producers.age.looked.unwrap();
        let (sequences, _) = producers.get(name, now).unwrap();
        let is_counted = lock(&sequences).is_counted(0, 1);
        is_counted.unwrap()
    }

    #[test]
    fn forgets_only_who_can_no_longer_send_again() {
        let mut producers = Producers::default();
        hear(&mut producers, "", MAX_PRODUCERS, |number| i64::from(number >= 10));
        pass(&mut producers, RETRY_HORIZON);
        assert!(matches!(producers.get("more", RETRY_HORIZON), Err(EngineError::Limit(_))));
        assert!(producers.get("one more", RETRY_HORIZON + 1).is_ok());
        assert!(is_known(&mut producers, "10"));
        assert!(!is_known(&mut producers, "9"));
    }

    #[test]
    fn a_principal_that_fills_its_share_pushes_out_none_but_its_own() {
        let mut producers = Producers::default();
        hear(&mut producers, "quiet", 3, |_| 0);
        hear(&mut producers, "loud", MAX_OF_PRINCIPAL, |_| 1);
        pass(&mut producers, RETRY_HORIZON);
        let refused = producers.get("loud\u{1f}more", RETRY_HORIZON).unwrap_err();
        assert!(refused.to_string().contains("at most 10000 producers of \"loud\" an hour"), "{refused}");
        assert!(producers.get("quiet\u{1f}more", RETRY_HORIZON).is_ok());
        // Once its own have been silent for long, they make room, and not those of others that have been so for longer.
        pass(&mut producers, 2 * RETRY_HORIZON);
        assert!(producers.get("loud\u{1f}more", 2 * RETRY_HORIZON).is_ok());
        assert_eq!((producers.count(Some("quiet")), producers.count(Some("loud"))), (4, 1));
        assert!(is_known(&mut producers, "quiet\u{1f}2"));
        assert_eq!(producers.count(None), 5);
        pass(&mut producers, 2 * REMEMBERED);
        assert_eq!(producers.remembered(2 * REMEMBERED), []);
        assert_eq!((producers.count(None), producers.counts.len()), (0, 0));
    }

    #[test]
    fn one_whose_batch_is_being_counted_is_not_let_go_of() {
        let mut producers = Producers::default();
        let (held, _) = producers.get("held", 0).unwrap();
        pass(&mut producers, 2 * REMEMBERED);
        assert_eq!(producers.remembered(2 * REMEMBERED).len(), 1);
        drop(held);
        assert_eq!(producers.remembered(2 * REMEMBERED).len(), 0);
    }

    #[test]
    fn a_clock_that_jumps_makes_nobody_forgotten_and_one_that_goes_does() {
        let mut producers = Producers::default();
        let now = 1_700_000_000_000_000_000;
        let (sequences, heard_at) = producers.get("p", now).unwrap();
        lock(&sequences).last_seen = heard_at;
        drop(sequences);
        for days in [400, -400, 30_000, 0, i64::MIN / REMEMBERED, 0, 1] {
            let shown = now + days * REMEMBERED;
            assert_eq!(producers.remembered(shown).len(), 1, "{days} days from now");
        }
        let later = now + REMEMBERED;
        pass(&mut producers, later + REMEMBERED - 20 * LONGEST_LOOK);
        assert_eq!(producers.remembered(later).len(), 1);
        producers.age.look(later);
        pass(&mut producers, later + 20 * LONGEST_LOOK);
        assert_eq!(producers.remembered(later + 20 * LONGEST_LOOK), []);
    }

    #[test]
    fn a_process_goes_on_from_the_time_of_the_one_before() {
        let mut producers = Producers::default();
        for (name, last_seen) in [("old", 0), ("new", REMEMBERED - LONGEST_LOOK)] {
            producers.insert(name.into(), Sequences { last_seen, ..Sequences::default() });
        }
        // Whatever the clock shows, nobody has got older while there was no process.
        assert_eq!(producers.remembered(i64::MAX).len(), 2);
        assert_eq!(producers.remembered(0).len(), 2);
        pass(&mut producers, 2 * LONGEST_LOOK);
        let left: Vec<_> = producers.remembered(2 * LONGEST_LOOK).into_iter().map(|(name, _)| name).collect();
        assert_eq!(left, ["new"]);
    }

    #[test]
    fn what_the_log_holds_is_taken_whatever_time_has_passed_in_it() {
        let mut producers = Producers::default();
        hear(&mut producers, "p", MAX_OF_PRINCIPAL, |_| 0);
        assert!(producers.get("p\u{1f}more", 2 * RETRY_HORIZON).is_err());
        producers.replay(true);
        assert!(producers.get("p\u{1f}more", 2 * RETRY_HORIZON).is_ok());
        producers.replay(false);
        assert!(producers.get("p\u{1f}one more", 2 * RETRY_HORIZON).is_err());
    }

    #[test]
    fn no_two_producers_have_one_name() {
        let header = |principal: &str, id: &str| Header {
            principal: principal.into(),
            producer_id: id.into(),
            ..Header::default()
        };
        let all = [
            header("", "a"),
            header("a", ""),
            header("a", "b"),
            header("a\u{1f}a", "b"),
            header("a\u{1f}", "b"),
        ];
        for (number, header) in all.iter().enumerate() {
            assert_eq!(split(&header.producer()), (&*header.principal, &*header.producer_id));
            assert!(all[..number].iter().all(|earlier| earlier.producer() != header.producer()));
            assert!(header.check_producer().is_ok());
        }
        assert!(matches!(header("", "a\u{1f}b").check_producer(), Err(EngineError::Value(_))));
        assert!(matches!(header("", &"x".repeat(129)).check_producer(), Err(EngineError::Limit(_))));
        assert!(matches!(header(&"x".repeat(4_097), "").check_producer(), Err(EngineError::Limit(_))));
    }
}
