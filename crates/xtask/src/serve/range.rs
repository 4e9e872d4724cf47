//! The `Range` header of HTTP: one range of bytes.

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// All of it: also for headers of another form, which a server may ignore.
    Whole,
    /// Bytes from `start` to before `end`; never empty.
    Part { start: u64, end: u64 },
    /// Starts behind the end of the file.
    Unsatisfiable,
}

/// Reads a header like `bytes=0-99`, `bytes=100-` or `bytes=-5` for a file of `size` bytes.
pub fn parse(header: &str, size: u64) -> Range {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|rest| rest.split_once('-'))
    else {
        return Range::Whole;
    };
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(last)) if start <= last => (start, last.saturating_add(1).min(size)),
        (Ok(start), Err(_)) if last.is_empty() => (start, size),
        (Err(_), Ok(count)) if first.is_empty() => (size.saturating_sub(count), size),
        _ => return Range::Whole,
    };
    if start < end {
        Range::Part { start, end }
    } else {
        Range::Unsatisfiable
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, parse};

    #[test]
    fn reads_the_three_forms() {
        assert_eq!(parse("bytes=0-9", 100), Range::Part { start: 0, end: 10 });
        assert_eq!(
            parse("bytes=90-", 100),
            Range::Part {
                start: 90,
                end: 100
            }
        );
        assert_eq!(
            parse("bytes=-5", 100),
            Range::Part {
                start: 95,
                end: 100
            }
        );
    }

    #[test]
    fn clamps_to_the_file() {
        assert_eq!(
            parse("bytes=90-18446744073709551615", 100),
            Range::Part {
                start: 90,
                end: 100
            }
        );
        assert_eq!(parse("bytes=-500", 100), Range::Part { start: 0, end: 100 });
        assert_eq!(parse("bytes=100-", 100), Range::Unsatisfiable);
        assert_eq!(parse("bytes=0-0", 0), Range::Unsatisfiable);
        assert_eq!(parse("bytes=-0", 100), Range::Unsatisfiable);
    }

    #[test]
    fn ignores_what_it_does_not_know() {
        for header in [
            "bytes=0-1,5-6",
            "items=0-1",
            "bytes=9-3",
            "bytes=-",
            "bytes",
            "",
        ] {
            assert_eq!(parse(header, 100), Range::Whole, "{header}");
        }
    }
}
