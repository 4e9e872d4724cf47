//! The denoising loop on a toy model: agreement with slow references, and invariants of any
//! combination of pieces.

mod agreement;
mod contract;
mod credit;
mod ending;
mod growing;
mod lengths;
mod properties;
mod reference;
mod script;
mod select;
mod toy;
mod whim;
