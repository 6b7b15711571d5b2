//! The numbers of a period that a series can be made of.

use std::fmt;
use std::str::FromStr;

use driftline_stats::series::{Observation, Sampling};
use driftline_stats::special::Z_95_TWO_SIDED;

use super::periods::{Kept, Numbers, PeriodColumn};
use crate::error::EngineError;

/// What a series is of.
#[derive(Debug, Clone, PartialEq)]
pub enum Statistic {
    /// Records, whatever the column.
    Records,
    /// Share of rows that are null.
    NullRate,
    /// Mean of the finite numbers.
    Mean,
    /// Sample standard deviation of the finite numbers.
    StdDev,
    /// Quantile of the finite numbers, in [0, 1].
    Quantile(f64),
    /// Distinct values.
    Distinct,
    /// Share of the values that are this category.
    Share(String),
}

impl Statistic {
    /// Those of a column that none is named for.
    pub const USUAL: [Self; 3] = [Self::NullRate, Self::Mean, Self::StdDev];

    /// Adds the sketches that it needs.
    pub(crate) fn keep(&self, kept: &mut Kept) {
        match self {
            Self::Quantile(_) => kept.digests = true,
            Self::Distinct => kept.distinct = true,
            Self::Share(item) if !kept.items.contains(item) => kept.items.push(item.clone()),
            _ => {}
        }
    }

    /// Of a column in a period; none where the column's kind has none, or rows are too few to say how far chance
    /// moves it.
    pub(crate) fn observe(&self, column: &PeriodColumn, kept: &Kept) -> Option<Observation> {
        match self {
            Self::Records => None,
            Self::NullRate => {
                let rows = column.nulls.saturating_add(column.values);
                let share = column.nulls as f64 / rows as f64;
                (rows > 0).then(|| Observation::exact(share, Sampling::Share { rows }))
            }
            Self::Mean => {
                let moments = &column.numbers.as_ref()?.moments;
                let deviation = moments.std_dev()? / (moments.count() as f64).sqrt();
                Some(Observation::exact(moments.mean()?, Sampling::Deviation(deviation)))
            }
            Self::StdDev => std_dev(column.numbers.as_ref()?),
            Self::Quantile(q) => quantile(column.numbers.as_ref()?, *q),
            Self::Distinct => {
                let distinct = column.distinct.as_ref().filter(|_| column.values > 0)?;
                let (low, high) = distinct.bounds(Z_95_TWO_SIDED);
                let value = distinct.estimate();
                let sampling = Sampling::Deviation(value * distinct.standard_error());
                Some(Observation { value, low, high, sampling })
            }
            Self::Share(item) => {
                let place = kept.items.iter().position(|known| known == item)?;
                let (least, most) = *column.items.get(place)?;
                let rows = column.values;
                let share = |hits: u64| hits.min(rows) as f64 / rows as f64;
                let (low, high) = (share(least), share(most));
                (rows > 0).then_some(Observation {
                    value: low,
                    low,
                    high,
                    sampling: Sampling::Share { rows },
                })
            }
        }
    }
}

/// The variance of a variance is that of the squares (Cramer 1946, 27.4).
fn std_dev(numbers: &Numbers) -> Option<Observation> {
    let (value, rows) = (numbers.moments.std_dev()?, numbers.moments.count() as f64);
    let excess = numbers.shape.excess_kurtosis(&numbers.moments).unwrap_or(0.0);
    let deviation = value * ((excess + 2.0).max(0.0) / (4.0 * rows)).sqrt();
    Some(Observation::exact(value, Sampling::Deviation(deviation)))
}

/// A quantile moves by chance as far as the quantiles at one standard error of its rank are apart.
fn quantile(numbers: &Numbers, q: f64) -> Option<Observation> {
    let digest = numbers.digest.as_ref()?;
    let (low, high) = digest.quantile_interval(q)?;
    let value = digest.quantile(q)?.clamp(low, high);
    let error = (q * (1.0 - q) / digest.count() as f64).sqrt();
    let at = |rank: f64| digest.quantile(rank.clamp(0.0, 1.0));
    let deviation = 0.5 * (at(q + error)? - at(q - error)?).max(0.0);
    Some(Observation { value, low, high, sampling: Sampling::Deviation(deviation) })
}

impl fmt::Display for Statistic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records => formatter.write_str("records"),
            Self::NullRate => formatter.write_str("null_rate"),
            Self::Mean => formatter.write_str("mean"),
            Self::StdDev => formatter.write_str("std_dev"),
            // Hundredths of a per cent are rounded away in the product, not in the name.
            Self::Quantile(q) => write!(formatter, "p{}", (q * 1e8).round() / 1e6),
            Self::Distinct => formatter.write_str("distinct"),
            Self::Share(item) => write!(formatter, "share:{item}"),
        }
    }
}

impl FromStr for Statistic {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        let percent = |text: &str| text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
        match name {
            "records" => Ok(Self::Records),
            "null_rate" => Ok(Self::NullRate),
            "mean" => Ok(Self::Mean),
            "std_dev" => Ok(Self::StdDev),
            "distinct" => Ok(Self::Distinct),
            _ => match (name.strip_prefix("share:"), name.strip_prefix('p').and_then(percent)) {
                (Some(item), _) => Ok(Self::Share(item.to_owned())),
                (None, Some(percent)) => Ok(Self::Quantile(percent / 100.0)),
                (None, None) => Err(EngineError::InvalidArgument(format!(
                    "statistic must be one of records, null_rate, mean, std_dev, distinct, p0 to p100 such as p50, and \
                     share: with a category, got {name:?}"
                ))),
            },
        }
    }
}
