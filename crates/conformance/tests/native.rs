//! The problems on this machine's adapter: all pass, together they run every variant that the
//! device is capable of, and a wrong result is found.

use pollster::block_on;
use unmask_conformance::{Problem, cases, check, devices, open};
use unmask_engine::reference::ReferenceExecutor;
use unmask_engine::shader;

#[test]
fn every_variant_passes_on_this_adapter() {
    let (mut seen, mut ran) = (Vec::new(), Vec::new());
    for options in devices() {
        let mut executor = block_on(open(options))
            .expect("opens")
            .expect("lavapipe can");
        for problem in cases::all() {
            let outcome = block_on(check(&mut executor, &problem, &mut seen));
            ran.extend(outcome.iter().flat_map(|outcome| outcome.variants.clone()));
            assert!(
                outcome.as_ref().is_none_or(|outcome| outcome.passed),
                "{outcome:#?}"
            );
        }
    }
    let labels = shader::variants().iter().map(shader::Variant::label);
    let missing = labels.filter(|label| !ran.contains(label));
    // Whoever asked for f32 weights asked for single precision throughout.
    let missing: Vec<String> = missing
        .filter(|label| !(label.contains("weights=f32") && label.contains("tile=staged_f16")))
        .collect();
    assert!(missing.is_empty(), "never ran: {missing:#?}");
}

#[test]
fn problems_have_results_worth_comparing() {
    for problem in cases::all() {
        let words = block_on(problem.run(&mut ReferenceExecutor::new())).expect("runs");
        let some = words.iter().filter(|word| **word != 0).count();
        // The distance is one number a row, and of the first row there is none; a slot is one number.
        assert!(
            some >= 4.min(words.len() / 2),
            "{}: {some} of {}",
            problem.name,
            words.len()
        );
    }
}

#[test]
fn a_wrong_result_does_not_pass() {
    let mut executor = block_on(open(devices()[0]))
        .expect("opens")
        .expect("is plain");
    let mut strict: Problem = cases::all().pop().expect("there are some");
    strict.tolerance = -1.0;
    strict.half_tolerance = -1.0;
    let outcome = block_on(check(&mut executor, &strict, &mut Vec::new())).expect("is new");
    assert!(!outcome.passed && outcome.error.is_none(), "{outcome:?}");
}
