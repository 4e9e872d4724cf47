//! Values from the beginning of a file, of which not all may be there yet.

/// Longest key, bytes: the bound of the specification.
const LONGEST_KEY: u64 = 65_535;

/// Why parsing stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// More bytes of the file are needed.
    NeedMore,
    /// The file is wrong; what is wrong with it.
    Bad(String),
}

/// Result of a step of parsing.
pub(super) type Parsed<T> = Result<T, Stop>;

/// Shorthand for [`Stop::Bad`].
pub(super) fn bad<T>(problem: impl Into<String>) -> Parsed<T> {
    Err(Stop::Bad(problem.into()))
}

/// Reads values one after the other.
pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes that the header may take at most: those of the file, or the bound on a header.
    limit: u64,
}

impl<'a> Parser<'a> {
    /// Begins at the start of `bytes`, the beginning of a header of at most `limit` bytes.
    pub fn new(bytes: &'a [u8], limit: u64) -> Self {
        Self {
            bytes,
            at: 0,
            limit,
        }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next `count` bytes. More than the file holds is refused before anything waits for them.
    pub fn take(&mut self, count: u64) -> Parsed<&'a [u8]> {
        let rest = self.limit.saturating_sub(self.at as u64);
        if count > rest {
            return bad(format!(
                "wants {count} bytes at byte {}, where at most {rest} are left; is it truncated?",
                self.at
            ));
        }
        // At most `limit`; where that is over usize, the slice is not that long either.
        let end = self
            .at
            .checked_add(usize::try_from(count).map_err(|_| Stop::NeedMore)?);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(Stop::NeedMore)?;
        self.at += taken.len();
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Parsed<[u8; N]> {
        let bytes = self.take(N as u64)?;
        Ok(bytes.try_into().expect("N bytes were taken"))
    }

    pub fn u32(&mut self) -> Parsed<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Parsed<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The bytes of a string.
    pub fn string(&mut self) -> Parsed<&'a [u8]> {
        let length = self.u64()?;
        self.take(length)
    }

    /// The name of an entry or a tensor, called `what` in errors.
    pub fn name(&mut self, what: &str) -> Parsed<&'a str> {
        let at = self.at;
        let length = self.u64()?;
        if length > LONGEST_KEY {
            return bad(format!(
                "has {what} of {length} bytes at byte {at}; at most {LONGEST_KEY} are allowed"
            ));
        }
        match std::str::from_utf8(self.take(length)?) {
            Ok(name) => Ok(name),
            Err(_) => bad(format!("has {what} that is not UTF-8 at byte {at}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_yet_is_told_from_what_never_comes() {
        let mut parser = Parser::new(&[1, 0, 0, 0, 9], 8);
        assert_eq!(parser.u32(), Ok(1));
        assert_eq!(parser.u32(), Err(Stop::NeedMore));
        assert!(matches!(parser.u64(), Err(Stop::Bad(problem)) if problem.contains("4 are left")));
        assert_eq!(parser.position(), 4, "what fails takes nothing");
    }
}
