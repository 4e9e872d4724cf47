//! A list of named stages that all run even when one fails, with a table of times at the end.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What became of the stages so far.
#[derive(Default)]
pub struct Stages {
    done: Vec<Stage>,
}

struct Stage {
    name: &'static str,
    time: Duration,
    failure: Option<String>,
}

impl Stages {
    /// Runs a stage, prints its failure at once, and says whether it passed.
    pub fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        println!("\n== {name}");
        let start = Instant::now();
        let failure = work().err().map(|error| format!("{error:#}"));
        if let Some(message) = &failure {
            println!("FAILED: {name}: {message}");
        }
        let passed = failure.is_none();
        self.done.push(Stage {
            name,
            time: start.elapsed(),
            failure,
        });
        passed
    }

    /// Runs a stage that needs an earlier one, and counts it as failed where that one failed.
    pub fn run_after(
        &mut self,
        ready: bool,
        name: &'static str,
        work: impl FnOnce() -> Result<()>,
    ) {
        self.run(name, || {
            if ready {
                work()
            } else {
                bail!("not run: what it needs failed")
            }
        });
    }

    /// Prints the table; its last line counts the stages.
    ///
    /// # Errors
    /// When a stage failed.
    pub fn finish(self) -> Result<()> {
        println!("\n{}", self.summary());
        match self.failed() {
            0 => Ok(()),
            count => bail!("{count} of {} stages failed", self.done.len()),
        }
    }

    fn failed(&self) -> usize {
        self.done
            .iter()
            .filter(|stage| stage.failure.is_some())
            .count()
    }

    fn summary(&self) -> String {
        let mut text = String::new();
        let mut total = Duration::ZERO;
        for Stage {
            name,
            time,
            failure,
        } in &self.done
        {
            let verdict = if failure.is_some() { "FAILED" } else { "ok" };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{verdict:<7}{:>8}  {name}", seconds(*time));
            total += *time;
        }
        let failed = self.failed();
        let _ = writeln!(text, "{:>15}  total", seconds(total));
        let _ = write!(
            text,
            "stages: {} passed, {failed} failed",
            self.done.len() - failed
        );
        text
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_does_not_stop_the_others_and_counts() {
        let mut stages = Stages::default();
        assert!(stages.run("first", || Ok(())));
        let ready = stages.run("second", || bail!("broken"));
        stages.run_after(ready, "third", || panic!("must not run"));
        stages.run_after(true, "fourth", || Ok(()));
        assert!(
            stages.summary().ends_with("stages: 2 passed, 2 failed"),
            "{}",
            stages.summary()
        );
        assert!(stages.finish().is_err());
    }

    #[test]
    fn all_passed_is_no_error() {
        let mut stages = Stages::default();
        stages.run("only", || Ok(()));
        assert!(stages.finish().is_ok());
    }
}
