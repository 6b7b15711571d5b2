//! How lists are judged, to and from its message.

use driftline_sketches::performance::{RankingRules, Unlabelled};

use crate::error::{Result, WireError};
use crate::proto::driftline_v1 as pb;

/// # Errors
/// [`WireError::Value`] for what an unlabelled item cannot count as.
pub(crate) fn ranking_from(message: &pb::RankingSettings) -> Result<RankingRules> {
    let defaults = RankingRules::default();
    Ok(RankingRules {
        at: if message.at.is_empty() { defaults.at } else { message.at.clone() },
        relevant_from: if message.relevant_from == 0.0 {
            defaults.relevant_from
        } else {
            message.relevant_from
        },
        unlabelled: match pb::Unlabelled::try_from(message.unlabelled) {
            Ok(pb::Unlabelled::Irrelevant) => Unlabelled::Irrelevant,
            Ok(pb::Unlabelled::Unknown) => Unlabelled::Unknown,
            Err(_) => {
                let message = format!("ranking.unlabelled must be 0 or 1, got {}", message.unlabelled);
                return Err(WireError::Value(message));
            }
        },
    })
}

pub(crate) fn ranking_to(rules: &RankingRules) -> pb::RankingSettings {
    pb::RankingSettings {
        at: rules.at.clone(),
        relevant_from: rules.relevant_from,
        unlabelled: match rules.unlabelled {
            Unlabelled::Irrelevant => pb::Unlabelled::Irrelevant,
            Unlabelled::Unknown => pb::Unlabelled::Unknown,
        }
        .into(),
    }
}
