//! Numbers for people.

/// `13.9 MB`
pub fn bytes(bytes: u64) -> String {
    format!("{}B", scaled(bytes))
}

/// `7.0 M`
pub fn count(count: u64) -> String {
    scaled(count).trim_end().to_owned()
}

/// Three digits or so, and the prefix of the power of a thousand.
fn scaled(number: u64) -> String {
    let number = number as f64;
    match number {
        ..1e3 => format!("{number} "),
        ..1e6 => format!("{:.1} k", number / 1e3),
        ..1e9 => format!("{:.1} M", number / 1e6),
        _ => format!("{:.2} G", number / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, count};

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(51_200), "51.2 kB");
        assert_eq!(bytes(13_900_000), "13.9 MB");
        assert_eq!(count(7_000_000_000), "7.00 G");
        assert_eq!(count(12), "12");
    }
}
