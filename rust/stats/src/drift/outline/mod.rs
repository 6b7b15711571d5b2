//! What is known of a column's distribution function through a t-digest: an estimate, and what the ranges of the clusters prove.

mod node;
mod ordered;
mod piece;
mod steps;
mod swept;

use driftline_sketches::TDigest;

use self::node::Pen;
use self::steps::Steps;
use super::cluster::{Cluster, put_clusters};

pub(super) use self::node::Node;

/// A distribution function as estimated and as certified.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    clusters: Vec<Cluster>,
    ranges: Ranges,
    /// Ascending, from before the first value to after the last.
    nodes: Vec<Node>,
    rows: f64,
    spread: f64,
}

/// Where the clusters' rows start, are on average, and end.
#[derive(Debug, Clone, Default)]
struct Ranges {
    lows: Steps,
    means: Steps,
    highs: Steps,
}

impl Ranges {
    fn set(&mut self, clusters: &[Cluster], rows: f64) {
        self.lows.set(clusters, rows, |cluster| cluster.low);
        self.means.set(clusters, rows, |cluster| cluster.mean);
        self.highs.set(clusters, rows, |cluster| cluster.high);
    }
}

impl Outline {
    /// Of a digest.
    pub(super) fn new(digest: &TDigest) -> Self {
        let mut outline = Self::default();
        outline.draw(digest);
        outline
    }

    /// Becomes that of another digest, in the same memory.
    pub(super) fn draw(&mut self, digest: &TDigest) {
        put_clusters(digest, &mut self.clusters);
        self.draw_clusters();
    }

    /// Of clusters.
    pub(super) fn of_clusters(clusters: &[Cluster]) -> Self {
        let mut outline = Self { clusters: clusters.to_vec(), ..Self::default() };
        outline.draw_clusters();
        outline
    }

    fn draw_clusters(&mut self) {
        let total: u64 = self.clusters.iter().map(|cluster| cluster.weight).sum();
        self.rows = total as f64;
        self.spread = self.spread_in(1.0);
        self.ranges.set(&self.clusters, self.rows);
        let draw = if ordered::are_ordered(&self.clusters) { ordered::draw } else { swept::draw };
        draw(&self.clusters, &self.ranges, Pen::new(&mut self.nodes, self.rows));
    }

    /// Rows in all clusters.
    pub(super) fn rows(&self) -> f64 {
        self.rows
    }

    /// Where the functions bend or jump, between a node before the first value and one after the last.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The least and the largest value.
    pub(super) fn ends(&self) -> (f64, f64) {
        match self.nodes.as_slice() {
            [_, first, .., last, _] => (first.x, last.x),
            [_, only, _] => (only.x, only.x),
            _ => (f64::NAN, f64::NAN),
        }
    }

    /// The estimated share of rows at or below `x`.
    pub(super) fn share(&self, x: f64) -> f64 {
        let next = self.nodes.partition_point(|node| node.x <= x);
        let left = &self.nodes[next - 1];
        self.nodes.get(next).map_or(left.share, |right| left.line_to(right, x))
    }

    /// The lowest and the highest share of rows at or below `x`.
    pub(super) fn bounds(&self, x: f64) -> (f64, f64) {
        let node = &self.nodes[self.nodes.partition_point(|node| node.x <= x) - 1];
        (node.certain, node.possible)
    }

    /// The first value at which the estimated share is reached.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let next = self.nodes.partition_point(|node| node.share < share).clamp(1, self.nodes.len() - 2);
        let (left, right) = (&self.nodes[next - 1], &self.nodes[next]);
        if share >= right.share || right.share <= left.share {
            return right.x;
        }
        let way = (share - left.share) / (right.share - left.share);
        left.x + way * (right.x - left.x)
    }

    /// The least and the largest that the `rank`th smallest row can be, 1 for the smallest of all.
    pub(super) fn row(&self, rank: u64) -> (f64, f64) {
        let share = rank as f64 / self.rows;
        let reaches = |of: fn(&Node) -> f64| {
            let place = self.nodes.partition_point(|node| of(node) < share).max(1);
            self.nodes[place.min(self.nodes.len() - 2)].x
        };
        (reaches(|node| node.possible), reaches(|node| node.certain))
    }

    /// How far the rows can lie from their clusters' means, on average, with values scaled by `unit` first.
    pub(super) fn spread(&self, unit: f64) -> f64 {
        if unit == 1.0 { self.spread } else { self.spread_in(unit) }
    }

    fn spread_in(&self, unit: f64) -> f64 {
        let spread = |cluster: &Cluster| cluster.weight as f64 * cluster.spread(unit);
        self.clusters.iter().map(spread).sum::<f64>() / self.rows
    }

    /// Rows of all clusters, counted.
    pub(super) fn count(&self) -> u64 {
        self.clusters.iter().map(|cluster| cluster.weight).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::node::{Node, Pen};
    use super::{Cluster, Outline, Ranges, ordered, swept};

    /// Clusters by ascending mean, whose ranges overlap or do not.
    fn clusters() -> impl Strategy<Value = Vec<Cluster>> {
        let cluster = (-10.0..10.0_f64, 0.0..3.0_f64, 0.0..3.0_f64, 1..50_u64);
        prop::collection::vec(cluster, 1..40).prop_map(|clusters| {
            let mut clusters: Vec<Cluster> = clusters
                .into_iter()
                .map(|(mean, below, above, weight)| {
                    let (below, above) = if weight == 1 { (0.0, 0.0) } else { (below, above) };
                    Cluster { mean, weight, low: mean - below, high: mean + above }
                })
                .collect();
            clusters.sort_by(|one, next| one.mean.total_cmp(&next.mean));
            clusters
        })
    }

    fn swept(clusters: &[Cluster]) -> Vec<Node> {
        let mut nodes = Vec::new();
        let rows = clusters.iter().map(|cluster| cluster.weight).sum::<u64>() as f64;
        let mut ranges = Ranges::default();
        ranges.set(clusters, rows);
        swept::draw(clusters, &ranges, Pen::new(&mut nodes, rows));
        nodes
    }

    proptest! {
        #[test]
        fn both_ways_draw_the_same_functions(clusters in clusters()) {
            prop_assume!(ordered::are_ordered(&clusters));
            let drawn = Outline::of_clusters(&clusters);
            let swept = swept(&clusters);
            let close = |one: f64, other: f64| (one - other).abs() < 1e-9;
            let mut places: Vec<f64> = swept.iter().chain(drawn.nodes()).map(|node| node.x).collect();
            places.retain(|x| x.is_finite());
            let outline = Outline { nodes: swept.clone(), ..drawn.clone() };
            for x in places {
                for x in [x.next_down(), x, x + 0.01] {
                    prop_assert!(close(drawn.share(x), outline.share(x)), "at {x}: {drawn:?} {swept:?}");
                    prop_assert_eq!(drawn.bounds(x), outline.bounds(x));
                    let (low, high) = drawn.bounds(x);
                    prop_assert!(low - 1e-12 <= drawn.share(x) && drawn.share(x) <= high + 1e-12);
                }
            }
            let at_means = |nodes: &[Node], x: f64| nodes[nodes.partition_point(|node| node.x <= x) - 1].at_means;
            for cluster in &clusters {
                prop_assert_eq!(at_means(drawn.nodes(), cluster.mean), at_means(&swept, cluster.mean));
            }
        }
    }
}
