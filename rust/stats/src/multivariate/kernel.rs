//! The maximum mean discrepancy, from random Fourier features.

use driftline_sketches::JointProfile;
use driftline_sketches::joint::{FEATURES, FeatureSums};

use super::covariance::Gamma;
use super::{Finding, Metric};

/// The 97.5% quantile of Student's law with one degree of freedom less than features.
const T_95_TWO_SIDED: f64 = 1.998_340_5;

/// The squared distance of the mean features (Gretton et al. 2012): the mean over the frequencies of the squared distance
/// of the characteristic functions there.
///
/// Features have length 1, so that by chance it is `(1/n + 1/m) (1 - |mu|^2)` in the mean, `mu` the mean features of both
/// together. It is a sum of weighted chi-square variables whose weights are the eigenvalues of the features' covariance;
/// their squares sum up to at most `E k^2 - (E k)^2` for the kernel `k` of two records, `(1 - E k^2) / (2 F)` more for the
/// `F` frequencies that stand for all, in the mean over their draw. `E k = |mu|^2`, and `E k^2` is that of the kernel with
/// `sqrt(2)` times the frequencies. The law is taken for gamma (Satterthwaite 1946).
pub(super) fn squared_mmd(reference: &JointProfile, current: &JointProfile) -> Option<Finding> {
    let (before, after) = (reference.scaled.known()?, current.scaled.known()?);
    if before.scales() != after.scales() {
        return None;
    }
    let (before, after) = (before.features(), after.features());
    let (n, m) = (before.count() as f64, after.count() as f64);
    if n < 2.0 || m < 2.0 {
        return None;
    }
    let distances: Vec<f64> = before.means().zip(after.means()).map(apart).collect();
    let count = distances.len() as f64;
    let value = distances.iter().sum::<f64>() / count;
    let spread = distances.iter().map(|distance| (distance - value).powi(2)).sum::<f64>() / (count - 1.0);
    let half_width = T_95_TWO_SIDED * (spread / count).sqrt();
    let mut pooled = before.clone();
    pooled.merge(after);
    let kernel = mean_kernel(pooled.means(), n + m);
    let squared_kernel = mean_kernel(pooled.squared_means(), n + m).clamp(kernel * kernel, kernel);
    let scale = 1.0 / n + 1.0 / m;
    let mean = scale * (1.0 - kernel);
    let squares = squared_kernel - kernel * kernel + 0.5 * (1.0 - squared_kernel) / FEATURES as f64;
    let (noise_floor, noise_q95, p_value) = if mean > 0.0 && squares > 0.0 {
        let law = Gamma::new(mean, 2.0 * scale * scale * squares);
        (mean, law.quantile(0.95), law.survival(value))
    } else {
        // All records are one.
        (0.0, 0.0, if value > 0.0 { 0.0 } else { 1.0 })
    };
    Some(Finding {
        metric: Metric::SquaredMmd,
        value,
        low: (value - half_width).max(0.0),
        high: value + half_width,
        noise_floor,
        noise_q95,
        p_value: Some(p_value),
        reference: None,
        current: None,
        columns: Vec::new(),
        n_reference: before.count(),
        n_current: FeatureSums::count(after),
    })
}

fn apart(((cosine, sine), (other_cosine, other_sine)): ((f64, f64), (f64, f64))) -> f64 {
    (cosine - other_cosine).powi(2) + (sine - other_sine).powi(2)
}

/// The mean of the kernel over pairs of different records.
fn mean_kernel(means: impl Iterator<Item = (f64, f64)>, records: f64) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (cosine, sine) in means {
        sum += cosine * cosine + sine * sine;
        count += 1.0;
    }
    ((records * sum / count - 1.0) / (records - 1.0)).clamp(0.0, 1.0)
}
