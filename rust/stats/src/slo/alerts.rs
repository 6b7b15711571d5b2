/// How urgent an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Severity {
    /// There is none.
    #[default]
    None,
    /// Somebody looks at it within days.
    Ticket,
    /// Somebody is called.
    Page,
}

/// Two windows over which the budget burns too fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlertRule {
    /// Length of the long window, nanoseconds.
    pub long: i64,
    /// Length of the short one.
    pub short: i64,
    /// The share of the period's budget that is gone when the long window has burnt at the limit.
    pub budget: f64,
    /// What it is worth.
    pub severity: Severity,
}

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The pairs of windows and the shares of the budget of the Google SRE workbook (Beyer, Murphy, Rensin, Kawahara and Thorne
/// 2018), chapter 5, table 5-8: the most urgent first.
pub const ALERT_RULES: [AlertRule; 4] = [
    AlertRule { long: HOUR, short: 5 * MINUTE, budget: 0.02, severity: Severity::Page },
    AlertRule { long: 6 * HOUR, short: 30 * MINUTE, budget: 0.05, severity: Severity::Page },
    AlertRule { long: DAY, short: 2 * HOUR, budget: 0.1, severity: Severity::Ticket },
    AlertRule { long: 3 * DAY, short: 6 * HOUR, budget: 0.1, severity: Severity::Ticket },
];

impl AlertRule {
    /// Those whose long window fits into a period of so many nanoseconds.
    pub fn within(period: i64) -> impl Iterator<Item = Self> {
        ALERT_RULES.into_iter().filter(move |rule| rule.long <= period)
    }

    /// The burn rate from which on it holds: that which uses up its share of the budget of a period within the long window,
    /// and never less than 1, at which the budget lasts. Of 30 days 14.4, 6, 3 and 1.
    pub fn limit(&self, period: i64) -> f64 {
        (self.budget * period as f64 / self.long as f64).max(1.0)
    }

    /// Whether the burn rates of both windows reach the limit; without records they do not.
    pub fn holds(&self, period: i64, long: Option<f64>, short: Option<f64>) -> bool {
        // Rounding must not decide where a rate is the limit.
        let limit = self.limit(period) * (1.0 - 1e-12);
        [long, short].into_iter().all(|rate| rate.is_some_and(|rate| rate >= limit))
    }
}
