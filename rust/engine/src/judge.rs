//! What predictions and their labels count as, and in which cells.

use driftline_sketches::Performance;

use crate::ingest::{LATE, window_start};
use crate::join::{Label, Prediction, Second, Truth};
use crate::keyed::KeyedMap;
use crate::model::Model;
use crate::outcome::{Outcome, Pair, Pairs, contradicts};
use crate::principals::{Flips, NamedFlips, Sources, add_counts, count};
use crate::ranking::Ranked;
use crate::segment::ALL;
use crate::version::CellKey;

/// Outcomes by version and cell.
type PairsByCell = KeyedMap<(u32, CellKey), Pairs>;

/// Outcomes that one batch has brought.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) counted: PairsByCell,
    /// Those that no longer hold.
    retracted: PairsByCell,
    /// Who gave the labels that waited for its predictions, and how many contradict them.
    flips: NamedFlips,
    /// What it brings to lists.
    pub(crate) ranked: Ranked,
}

impl Model {
    /// Counts the first label of a prediction.
    pub(crate) fn match_label(
        &mut self,
        judged: &mut Judged,
        (id, prediction): (u64, &Prediction),
        truth: Truth,
        labelled_at: Option<i64>,
    ) {
        self.count_late(prediction);
        let version = self.join.version(prediction.place);
        self.versions[version as usize].counters.labels_matched += 1;
        self.push_pair(&mut judged.counted, prediction, truth, labelled_at);
        self.note_relevance(&mut judged.ranked, id, prediction, truth.value);
    }

    /// Counts a further label of a prediction, which may not have come yet.
    pub(crate) fn judge_again(
        &mut self,
        judged: &mut Judged,
        (id, prediction): (u64, Option<&Prediction>),
        version: u32,
        truth: Truth,
        second: Second,
    ) {
        let version = prediction.map_or(version, |prediction| self.join.version(prediction.place));
        let counters = &mut self.versions[version as usize].counters;
        match second {
            Second::Repeated => counters.labels_repeated += 1,
            Second::Stale => counters.labels_stale += 1,
            Second::Corrected(before) => {
                counters.labels_corrected += 1;
                if let Some(prediction) = prediction {
                    self.count_late(prediction);
                    let before = Truth { value: before, time: None };
                    self.push_pair(&mut judged.retracted, prediction, before, None);
                    self.push_pair(&mut judged.counted, prediction, truth, None);
                    self.note_relevance(&mut judged.ranked, id, prediction, truth.value);
                }
            }
        }
    }

    fn count_late(&mut self, prediction: &Prediction) {
        let limit = self.join.newest().map_or(i64::MIN, |newest| newest.saturating_sub(LATE));
        if prediction.time < limit {
            let version = self.join.version(prediction.place);
            self.versions[version as usize].counters.late_labels += 1;
        }
    }

    /// `labelled_at` is given for the first label of a prediction, where its delay counts.
    pub(crate) fn push_pair(
        &mut self,
        pairs: &mut PairsByCell,
        prediction: &Prediction,
        truth: Truth,
        labelled_at: Option<i64>,
    ) {
        let delay = labelled_at.map_or(f64::NAN, |time| time.saturating_sub(prediction.time) as f64 / 1e9);
        let known_at = labelled_at.or(truth.time);
        let pair = Pair {
            predicted: prediction.predicted,
            score: prediction.score,
            label: truth.value,
            known_at,
            delay,
            weight: prediction.weight,
            is_listed: prediction.query.is_some(),
        };
        let window = window_start(prediction.time, self.monitor.window);
        let version = self.join.version(prediction.place);
        for index in 0..self.join.segments(prediction.place).len() {
            let segment = self.join.segments(prediction.place)[index];
            let cell = pairs.entry((version, (window, segment))).or_default();
            cell.push(&pair, &self.monitor, &mut self.classes);
        }
    }

    pub(crate) fn apply_judged(&mut self, judged: &Judged) {
        self.apply_pairs(&judged.counted, |performance| performance);
        self.apply_pairs(&judged.retracted, |performance| performance.retracted.get_or_insert_default());
        self.apply_named_flips(&judged.flips);
        self.apply_ranked(&judged.ranked);
    }

    fn apply_pairs(&mut self, pairs: &PairsByCell, part: impl Fn(&mut Performance) -> &mut Performance) {
        let mut keys: Vec<_> = pairs.keys().copied().collect();
        keys.sort_unstable();
        for key @ (version, cell_key) in keys {
            let (cell, ..) = self.versions[version as usize].delta_mut(cell_key, self.monitor.window);
            pairs[&key].apply(part(&mut cell.performance), &self.classes);
        }
    }

    /// Notes whether the label of a row contradicts its prediction, if sources are watched and both are classes.
    pub(crate) fn note_flip(
        &mut self,
        flips: &mut Flips,
        sources: Option<&Sources>,
        row: usize,
        prediction: &Prediction,
        label: Outcome,
    ) {
        let Some(sources) = sources else { return };
        if let Some((of, is_flip)) = self.flip_of(prediction, label) {
            sources.note(flips, of, row, is_flip);
        }
    }

    /// Notes the same of a label that waited for its prediction, and of those that it had corrected.
    pub(crate) fn note_flips_of_waiting(
        &mut self,
        judged: &mut Judged,
        (id, prediction): (u64, &Prediction),
        label: &Label,
        second: Option<Second>,
    ) {
        let given = self.join.take_sources(id, label);
        if self.monitor.signals.is_none() || second == Some(Second::Stale) {
            return;
        }
        // Had they come after the prediction, the first ones would have repeated what that came with.
        let repeats = |value: Outcome| prediction.label.is_some_and(|own| own.value.is_same(value));
        for (source, value) in given.into_iter().skip_while(|&(_, value)| repeats(value)) {
            if let Some((of, is_flip)) = self.flip_of(prediction, value) {
                count(judged.flips.entry(of).or_default().entry(source).or_default(), is_flip);
            }
        }
    }

    /// Version and window of a prediction, and whether a label contradicts it; `None` unless both are classes.
    fn flip_of(&mut self, prediction: &Prediction, label: Outcome) -> Option<((u32, i64), bool)> {
        let Prediction { predicted, score, .. } = *prediction;
        let is_listed = prediction.query.is_some();
        let pair = Pair { predicted, score, label, known_at: None, delay: f64::NAN, weight: None, is_listed };
        let is_flip = contradicts(&pair, &self.monitor, &mut self.classes)?;
        let window = window_start(prediction.time, self.monitor.window);
        Some(((self.join.version(prediction.place), window), is_flip))
    }

    pub(crate) fn apply_flips(&mut self, sources: Option<&Sources>, flips: &Flips) {
        let Some(sources) = sources else { return };
        for (&of, noted) in flips {
            self.add_flips(of, sources.most(), sources.by_name(noted));
        }
    }

    fn apply_named_flips(&mut self, flips: &NamedFlips) {
        let Some(settings) = self.monitor.signals else { return };
        for (&of, noted) in flips {
            let noted = noted.iter().map(|(name, &counts)| (&**name, counts));
            self.add_flips(of, settings.most as usize, noted);
        }
    }

    /// Adds labels and flips by the name of their source to the cell of a version and a window.
    fn add_flips<'n>(
        &mut self,
        (version, window): (u32, i64),
        most: usize,
        noted: impl Iterator<Item = (&'n str, (u64, u64))>,
    ) {
        let (cell, ..) = self.versions[version as usize].delta_mut((window, ALL), self.monitor.window);
        add_counts(&mut cell.principals, most, noted);
    }
}
