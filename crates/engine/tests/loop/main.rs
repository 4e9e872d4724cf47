//! The denoising loop on a toy model: agreement with slow references, and invariants of any
//! combination of pieces.

mod agreement;
mod choices;
mod combinations;
mod contract;
mod ending;
mod properties;
mod reference;
mod revision;
mod revision_reference;
mod script;
mod toy;
mod whim;
