//! Outlines of any clusters.

use super::super::cluster::Cluster;
use super::Ranges;
use super::node::{Pen, Shares};
use super::piece::{Piece, pieces_of};

/// Draws the functions by a sweep over the pieces from left to right, keeping those under the current value. Sums only ever
/// grow: no slope is added and taken away again, which would lose small pieces beside large ones.
pub(super) fn draw(clusters: &[Cluster], ranges: &Ranges, mut pen: Pen<'_>) {
    let repeated = clusters.iter().filter(|cluster| cluster.repeats_one_value());
    let mut common: Vec<f64> = repeated.map(|cluster| cluster.mean).collect();
    common.sort_unstable_by(f64::total_cmp);
    let pieces = (0..clusters.len()).flat_map(|index| pieces_of(clusters, index, &common));
    let mut pieces: Vec<Piece> = pieces.filter(|piece| piece.rows > 0.0).collect();
    pieces.sort_unstable_by(|a, b| a.start.total_cmp(&b.start));
    let ends = pieces.iter().flat_map(|piece| [piece.start, piece.end]);
    let of_clusters = clusters.iter().flat_map(|cluster| [cluster.low, cluster.mean, cluster.high]);
    let mut values: Vec<f64> = ends.chain(of_clusters).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();

    let (mut lows, mut means, mut highs) = (ranges.lows.walk(), ranges.means.walk(), ranges.highs.walk());
    let mut waiting = pieces.into_iter().peekable();
    let mut open: Vec<Piece> = Vec::new();
    let mut passed = 0.0;
    for x in values {
        open.retain(|piece| {
            let closed = piece.end <= x;
            passed += if closed { piece.rows } else { 0.0 };
            !closed
        });
        let partial: f64 = open.iter().map(|piece| piece.rows_below(x)).sum();
        let before = passed + partial;
        while let Some(piece) = waiting.next_if(|piece| piece.start <= x) {
            if piece.end <= x {
                passed += piece.rows;
            } else {
                open.push(piece);
            }
        }
        let shares = Shares { certain: highs.pass(x), possible: lows.pass(x), at_means: means.pass(x) };
        pen.put(x, before, passed + partial, shares);
    }
    pen.finish();
}
