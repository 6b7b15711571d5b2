//! Widths that hold at all times.

use driftline_stats::evidence::{band_width, mean_width};

use super::draws::Uniforms;

#[test]
fn bands_are_as_published() {
    assert!((band_width(10_000, 0.05) - 0.0277).abs() < 5e-5);
    assert!((band_width(1_000_000, 0.05) - 0.0028).abs() < 5e-5);
    assert_eq!(band_width(0, 0.05), 1.0);
    assert_eq!(band_width(1, 0.05), 1.0);
}

#[test]
fn bands_hold_the_law_at_all_times() {
    let missed = (0..50_u64).filter(|stream| {
        let mut draws = Uniforms(stream << 32 | 2);
        let mut counts = [0_u64; 20];
        (1..=20_000_u64).any(|records| {
            counts[draws.bin(&[0.05; 20])] += 1;
            let mut below = 0;
            records.is_power_of_two()
                && counts.iter().zip(1..).any(|(count, bins): (&u64, u64)| {
                    below += count;
                    let apart = (below as f64 / records as f64 - 0.05 * bins as f64).abs();
                    apart > band_width(records, 0.1)
                })
        })
    });
    assert!(missed.count() <= 5);
}

#[test]
fn means_hold_at_all_times() {
    let missed = (0..300_u64).filter(|stream| {
        let draws = Uniforms(stream << 32 | 3);
        let mut sum = 0.0;
        let deviation = (1.0_f64 / 12.0).sqrt();
        draws.take(20_000).zip(1..).any(|(value, records)| {
            sum += value - 0.5;
            records >= 30 && (sum / records as f64).abs() > mean_width(records, deviation, 0.1, 1000)
        })
    });
    assert!(missed.count() <= 30);
}

#[test]
fn means_are_known_better_with_records() {
    assert_eq!(mean_width(0, 1.0, 0.05, 100), f64::INFINITY);
    let widths: Vec<f64> = [10, 100, 1000, 10_000, 100_000].map(|n| mean_width(n, 1.0, 0.05, 1000)).to_vec();
    assert!(widths.is_sorted_by(|wide, narrow| wide > narrow));
    // At the place it is made for, less than twice what a single look would need.
    assert!(widths[2] < 2.0 * 1.96 / 1000.0_f64.sqrt());
}
