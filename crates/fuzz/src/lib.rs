//! A fuzzer of the engine's parsers that needs no nightly compiler.
//!
//! It spoils files that were good ([`seeds`]) or that earlier runs found worth keeping ([`corpus`]) in
//! ways that reach deep ([`mutate`]), feeds them to a parser ([`targets`]), and keeps what brings a new answer: an error message, its numbers and names
//! taken out, stands in for the coverage that a compiler would report. A panic, an allocation far
//! beyond the file's size and a run that takes too long are findings; an error is a good answer.

pub mod corpus;
mod memory;
mod mutate;
pub mod random;
pub mod seeds;
pub mod targets;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use random::Random;
use targets::Target;

/// Inputs kept for the sake of their answers.
const MOST_KEPT: usize = 4096;

/// Bytes of memory that a file may take beside [`MEMORY_SHARE`] of its size: parsing one of a
/// few bytes still builds tables.
const MEMORY_BASE: usize = 4 << 20;

/// Bytes of memory that each byte of a file may take. A safetensors entry of 60 bytes becomes a
/// table entry of 200, twice while the table grows.
const MEMORY_SHARE: usize = 64;

/// Longest time for one file: what takes a blink takes longer on a machine with much else to do.
const LONGEST: Duration = Duration::from_secs(60);

/// What went wrong, and with which file.
#[derive(Debug)]
pub struct Finding {
    /// What the parser did.
    pub what: String,
    /// The file.
    pub input: Vec<u8>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Report {
    /// Files that were parsed.
    pub executions: u64,
    /// Different answers.
    pub answers: usize,
    /// Files that were accepted.
    pub accepted: u64,
    /// Files that brought a new answer.
    pub kept: Vec<Vec<u8>>,
    /// What went wrong; the run ends with the first.
    pub finding: Option<Finding>,
}

/// Parses `executions` spoiled files; equal arguments give equal runs.
#[must_use]
pub fn run(target: &Target, executions: u64, seed: u64) -> Report {
    let mut random = Random::new(seed);
    let mut corpus = (target.seeds)();
    corpus.extend(corpus::read(target.name));
    let mut answers = HashSet::new();
    let mut report = Report {
        executions: 0,
        answers: 0,
        accepted: 0,
        kept: Vec::new(),
        finding: None,
    };
    let seeds = corpus.clone();
    for round in 0..executions {
        // The files that are there come first, as they are.
        let input = match seeds.get(round as usize) {
            Some(seed) => seed.clone(),
            None => mutate::spoil(&corpus, &mut random),
        };
        report.executions += 1;
        match judge(target, &input) {
            Ok(answer) => {
                report.accepted += u64::from(answer.is_none());
                let is_new = answers.insert(shape(&answer.unwrap_or_default()));
                if is_new && corpus.len() < MOST_KEPT {
                    if round as usize >= seeds.len() {
                        report.kept.push(input.clone());
                    }
                    corpus.push(input);
                }
            }
            Err(what) => {
                report.finding = Some(Finding { what, input });
                break;
            }
        }
    }
    report.answers = answers.len();
    report
}

/// The parser's error, `None` where it accepts the file; or what it should not have done.
fn judge(target: &Target, input: &[u8]) -> Result<Option<String>, String> {
    let begin = Instant::now();
    let before = memory::in_use();
    memory::begin();
    let parsed = catch_unwind(AssertUnwindSafe(|| (target.parse)(input)));
    let taken = memory::taken(before);
    let answer = parsed.map_err(|panic| format!("panicked: {}", words(&*panic)))?;
    let allowed = MEMORY_BASE + MEMORY_SHARE * input.len();
    if taken > allowed {
        let length = input.len();
        return Err(format!(
            "took {taken} bytes of memory for a file of {length}"
        ));
    }
    if begin.elapsed() > LONGEST {
        return Err(format!("took {:?}", begin.elapsed()));
    }
    Ok(answer.err().map(|error| error.message))
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "without a word".to_owned())
}

/// The letters of a message outside its quotes: what is wrong, without where and with what.
fn shape(message: &str) -> String {
    let mut shape = String::new();
    let mut is_quoted = false;
    let mut characters = message.chars();
    while let Some(character) = characters.next() {
        match character {
            // What is escaped within a name ends no quote.
            '\\' => drop(characters.next()),
            '"' => is_quoted = !is_quoted,
            letter if letter.is_ascii_alphabetic() && !is_quoted => shape.push(letter),
            _ => {}
        }
    }
    shape.truncate(100);
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use unmask_engine::Error;

    fn target(parse: fn(&[u8]) -> Result<(), Error>) -> Target {
        Target {
            name: "test",
            seeds: || vec![b"{\"length\": 12, \"name\": \"seed\"}".to_vec()],
            parse,
        }
    }

    /// The harness can fail: each kind of finding is found.
    #[test]
    fn what_is_wrong_is_found() {
        let panics = |bytes: &[u8]| {
            assert!(!bytes.ends_with(b"]"), "a bracket");
            Ok(())
        };
        let finding = run(&target(panics), 20_000, 1).finding.expect("is found");
        assert!(finding.what.contains("a bracket"), "{}", finding.what);
        assert!(finding.input.ends_with(b"]"));

        let hoards = |bytes: &[u8]| {
            let claimed = if bytes.contains(&b'!') { 64 << 20 } else { 16 };
            std::hint::black_box(vec![1_u8; claimed]);
            Ok(())
        };
        let finding = run(&target(hoards), 20_000, 1).finding.expect("is found");
        assert!(finding.what.contains("bytes of memory"), "{}", finding.what);
    }

    #[test]
    fn a_run_can_be_repeated() {
        let refuses = |bytes: &[u8]| match bytes.len() % 3 {
            0 => Ok(()),
            n => Err(Error::bad_file(format!(
                "{} rest {}",
                "x".repeat(n),
                bytes.len()
            ))),
        };
        let [first, second] = [(); 2].map(|()| run(&target(refuses), 500, 7));
        assert_eq!(first.accepted, second.accepted);
        assert_eq!((first.executions, first.answers), (500, 3));
        assert!(first.finding.is_none());
    }
}
