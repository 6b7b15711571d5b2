//! Kernels compiled for several instruction sets, the best of which is chosen at run time.
//!
//! A kernel is a safe, plain Rust function marked `#[inline(always)]`. [`dispatch!`] compiles it once for every
//! [`Level`] and calls the best copy that the processor has. As the compiler neither reorders nor contracts
//! floating-point operations, every copy gives the same bits; tests force each one through [`limit_to`].
//! On other processors than x86-64 there is one copy, which uses the vectors that its target always has.

use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// What every processor of the target has.
    Baseline = 1,
    /// x86-64 with AVX2 and BMI.
    Avx2 = 2,
    /// x86-64 with AVX-512 F, BW, CD, DQ and VL.
    Avx512 = 3,
}

/// The level in use, or zero before the first look at the processor.
static LEVEL: AtomicU8 = AtomicU8::new(0);

impl Level {
    /// The best level that this processor has.
    pub fn available() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            let has_avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512cd")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            if has_avx2 && has_avx512 {
                return Self::Avx512;
            }
            if has_avx2 {
                return Self::Avx2;
            }
        }
        Self::Baseline
    }

    /// The level that kernels run at.
    #[inline]
    pub fn current() -> Self {
        match LEVEL.load(Ordering::Relaxed) {
            1 => Self::Baseline,
            2 => Self::Avx2,
            3 => Self::Avx512,
            _ => limit_to(Self::Avx512),
        }
    }
}

/// Runs kernels at this level, or the best one below it that the processor has, from now on in the whole process;
/// returns the level. For tests and benchmarks: results are the same at every level.
pub fn limit_to(level: Level) -> Level {
    let level = level.min(Level::available());
    LEVEL.store(level as u8, Ordering::Relaxed);
    level
}

/// Defines functions that run a kernel at the level in use:
/// `dispatch! { pub(crate) fn sum(values: &[f64]) -> f64 = sum_kernel; }`
macro_rules! dispatch {
    ($($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?)
        $(-> $result:ty)? = $kernel:path;)*) => {$(
        $(#[$attribute])*
        $visibility fn $name($($argument: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
                fn avx2($($argument: $type),*) $(-> $result)? { $kernel($($argument),*) }
                #[target_feature(
                    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"
                )]
                fn avx512($($argument: $type),*) $(-> $result)? { $kernel($($argument),*) }
                #[allow(unsafe_code)]
                match $crate::simd::Level::current() {
                    // SAFETY: `Level::current` is never above `Level::available`, which has asked the processor
                    // for every feature that the copy is compiled with.
                    $crate::simd::Level::Avx512 => return unsafe { avx512($($argument),*) },
                    // SAFETY: as above.
                    $crate::simd::Level::Avx2 => return unsafe { avx2($($argument),*) },
                    $crate::simd::Level::Baseline => {}
                }
            }
            $kernel($($argument),*)
        }
    )*};
}
pub(crate) use dispatch;

#[cfg(test)]
mod tests {
    use super::{Level, limit_to};

    #[inline(always)]
    fn sum_kernel(values: &[f64]) -> f64 {
        let mut lanes = [0.0; 8];
        for group in values.chunks_exact(8) {
            for (lane, value) in lanes.iter_mut().zip(group) {
                *lane += value * 0.1;
            }
        }
        lanes.iter().sum()
    }

    dispatch! { fn sum(values: &[f64]) -> f64 = sum_kernel; }

    #[test]
    fn every_level_gives_the_same_bits() {
        let values: Vec<f64> = (0..800).map(|n| f64::from(n).sqrt()).collect();
        let mut sums = Vec::new();
        for level in [Level::Baseline, Level::Avx2, Level::Avx512] {
            assert!(limit_to(level) <= level);
            sums.push(sum(&values).to_bits());
        }
        assert_eq!(Level::current(), Level::available());
        assert!(sums.iter().all(|bits| *bits == sums[0]));
    }
}
