//! What those who ask a model ask of it: a [`PrincipalProfile`] of each, and a [`Principals`] of all, bounded in number.
//!
//! Counts and distinct queries merge exactly. Which principals have a profile of their own is decided as in Space-Saving
//! (Metwally, Agrawal and El Abbadi 2005): those with most records do, and no more records of one that has none were
//! missed than [`Principals::floor`] says; what was seen of the others is in one profile.

mod profile;
mod table;

pub use profile::{PrincipalProfile, QUERY_LG_K};
pub use table::{Frame, Principals};
