//! The share of positives by score.

use driftline_sketches::ScoreHistogram;
use driftline_sketches::performance::SCORE_BINS;

/// Neighbouring score bins that have one share of positives.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Block {
    /// First and last of the bins in which there were labels.
    first: usize,
    last: usize,
    positives: f64,
    rows: f64,
}

impl Block {
    fn share(&self) -> f64 {
        self.positives / self.rows
    }

    /// Standard error of the share, which has none at 0 and 1 if half a row of each kind is not added.
    fn standard_error(&self) -> f64 {
        let share = (self.positives + 0.5) / (self.rows + 1.0);
        (share * (1.0 - share) / (self.rows + 1.0)).sqrt()
    }
}

/// The share of positives at each score, which never falls: isotonic regression of labels on binned scores by pooling adjacent
/// violators (Ayer et al. 1955), a straight line between bins that had labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    blocks: Vec<Block>,
}

impl Calibration {
    /// From labelled scores; none without any.
    pub fn learn(labelled: &ScoreHistogram) -> Option<Self> {
        let mut blocks: Vec<Block> = Vec::new();
        for (bin, negatives, positives) in labelled.iter() {
            let (bin, positives) = (usize::from(bin), positives as f64);
            let mut block = Block { first: bin, last: bin, positives, rows: negatives as f64 + positives };
            while let Some(last) = blocks.pop_if(|last| last.share() >= block.share()) {
                block = Block {
                    first: last.first,
                    positives: last.positives + block.positives,
                    rows: last.rows + block.rows,
                    ..block
                };
            }
            blocks.push(block);
        }
        (!blocks.is_empty()).then_some(Self { blocks })
    }

    /// Labelled records that it was learnt from.
    pub fn rows(&self) -> u64 {
        self.blocks.iter().map(|block| block.rows as u64).sum()
    }

    /// The share of positives in each score bin.
    pub fn shares(&self) -> Vec<f64> {
        self.shares_of(Block::share)
    }

    /// The same with one block after the other moved by its standard error: what is not known of the shares.
    pub(super) fn moved(&self) -> impl Iterator<Item = Vec<f64>> + '_ {
        (0..self.blocks.len()).map(|moved| {
            let mut place = 0..;
            self.shares_of(|block| {
                let is_moved = place.next() == Some(moved);
                block.share() + if is_moved { block.standard_error() } else { 0.0 }
            })
        })
    }

    /// Every block's share in its bins, and lines between blocks; `share` is asked of each block once, in order.
    fn shares_of(&self, mut share: impl FnMut(&Block) -> f64) -> Vec<f64> {
        let mut shares = vec![0.0; SCORE_BINS];
        let mut last: Option<(usize, f64)> = None;
        for block in &self.blocks {
            let share = share(block);
            let (from, before) = last.unwrap_or((block.first, share));
            let way = (block.first - from) as f64;
            let start = if last.is_none() { 0 } else { from };
            for (bin, here) in shares.iter_mut().enumerate().take(block.first).skip(start) {
                let passed = if way > 0.0 { (bin - from) as f64 / way } else { 1.0 };
                *here = before + passed * (share - before);
            }
            shares[block.first..=block.last].fill(share);
            last = Some((block.last, share));
        }
        if let Some((bin, share)) = last {
            shares[bin..].fill(share);
        }
        shares
    }
}
