//! Sorting with one copy of the machinery.
//!
//! The standard library's sort is compiled anew for every type and every order, 3 kB each, which
//! every visitor of a page downloads. Here it is compiled once, for indices.

use std::cmp::Ordering;

/// Sorts `items`; equals stay in the order they have.
pub(crate) fn sort<T: Copy>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    let sorted = sorted_indices(items.len(), &|a, b| order(&items[a], &items[b]));
    let sorted: Vec<T> = sorted.into_iter().map(|index| items[index]).collect();
    items.copy_from_slice(&sorted);
}

/// The indices below `count` in an order of what they stand for.
fn sorted_indices(count: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..count).collect();
    indices.sort_by(|&a, &b| order(a, b));
    indices
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn equals_keep_their_order() {
        let mut items = [(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (0, 'e')];
        sort(&mut items, |a, b| a.0.cmp(&b.0));
        assert_eq!(items, [(0, 'e'), (1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        sort(&mut [0_u8; 0], |_, _| {
            unreachable!("there is nothing to compare")
        });
    }
}
