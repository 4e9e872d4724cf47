//! A short run of every target, and what long runs found.

use unmask_fuzz::run;
use unmask_fuzz::targets::TARGETS;

#[test]
fn good_files_are_accepted() {
    for target in &TARGETS {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            // Some hold a tensor of integers, which opens and is refused where it is read.
            if let Err(error) = (target.parse)(seed) {
                assert!(
                    error.message.contains("I64"),
                    "{} {number}: {error}",
                    target.name
                );
            }
        }
    }
}

#[test]
fn spoiled_files_give_errors_and_nothing_worse() {
    for target in &TARGETS {
        let report = run(target, 3000, 2);
        assert!(
            report.finding.is_none(),
            "{}: {:?}",
            target.name,
            report.finding
        );
        assert_eq!(report.executions, 3000);
        // The files reach the parser: it finds many different things wrong with them.
        assert!(
            report.answers >= 8,
            "{}: {} answers",
            target.name,
            report.answers
        );
    }
}

#[test]
fn what_was_kept_is_no_worse_than_an_error() {
    for target in &TARGETS {
        let kept = unmask_fuzz::corpus::read(target.name).len();
        assert!(kept > 0, "{} has no committed files", target.name);
        // Every run begins with the good files and these, unspoilt.
        let files = (target.seeds)().len() + kept;
        let report = run(target, files as u64, 0);
        assert!(
            report.finding.is_none(),
            "{}: {:?}",
            target.name,
            report.finding
        );
    }
}
