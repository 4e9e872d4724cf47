//! Problems that together run every shader variant.

mod experts;
mod head;
mod layers;
mod logits;
mod products;
mod rows;
mod selection;

use unmask_engine::weights::Format;

use crate::Problem;

/// Rounding of single precision, where sums are taken in another order.
const SINGLE: f64 = 2e-5;
/// Rounding where factors are 16-bit floats.
const HALF: f64 = 4e-3;

/// All of them, the cheap ones first.
#[must_use]
pub fn all() -> Vec<Problem> {
    let mut problems = layers::problems();
    problems.extend(rows::problems());
    problems.extend(logits::problems());
    problems.extend(experts::routes());
    problems.extend(selection::problems());
    for format in Format::ALL {
        problems.extend(products::problems(format));
        problems.extend(experts::problems(format));
        problems.extend(head::problems(format));
    }
    problems
}
