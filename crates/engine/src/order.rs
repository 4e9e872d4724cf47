//! Sorting with one copy of the machinery, and floats as integers of the same order.
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

/// An integer that compares as the float does ([`f32::total_cmp`]); neither 0 nor the largest for a
/// number.
pub(crate) fn float_key(value: f32) -> u32 {
    let bits = value.to_bits();
    match value.is_sign_negative() {
        true => !bits,
        false => bits | 1 << 31,
    }
}

/// The float of a key.
pub(crate) fn key_float(key: u32) -> f32 {
    f32::from_bits(match key >> 31 {
        0 => !key,
        _ => key & !(1 << 31),
    })
}

/// The indices below `count` in an order of what they stand for.
fn sorted_indices(count: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..count).collect();
    indices.sort_by(|&a, &b| order(a, b));
    indices
}

#[cfg(test)]
mod tests {
    use super::{float_key, key_float, sort};

    #[test]
    fn keys_order_as_floats_do() {
        let infinity = f32::INFINITY;
        let ascending = [
            -infinity, -3.0e38, -1.5, -1.0e-42, -0.0, 0.0, 1.0e-42, 2.0, infinity,
        ];
        for pair in ascending.windows(2) {
            assert!(float_key(pair[0]) < float_key(pair[1]), "{pair:?}");
            assert_eq!(key_float(float_key(pair[0])).to_bits(), pair[0].to_bits());
        }
        assert!(float_key(-infinity) > 0 && float_key(infinity) < u32::MAX);
    }

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
