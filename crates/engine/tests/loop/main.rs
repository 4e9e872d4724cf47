//! The denoising loop on a toy model: agreement with slow references, and invariants of any
//! combination of pieces.

mod agreement;
mod choices;
mod combinations;
mod contract;
mod credit;
mod ending;
mod growing;
mod lengths;
mod properties;
mod reference;
mod revision;
mod revision_reference;
mod script;
mod select;
mod speculation;
mod toy;
mod unroll;
mod whim;
