//! `unmask methods`: what there is to choose from.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use unmask_engine::decode::method::{MethodCard, ParameterCard, catalog};

use crate::arguments::MethodsArguments;
use crate::json_lines;
use crate::output::Outcome;

/// Prints every method.
///
/// # Errors
/// Those of stdout.
pub fn run(arguments: &MethodsArguments) -> Outcome<ExitCode> {
    let mut stdout = std::io::stdout();
    if arguments.json {
        for card in catalog() {
            json_lines::write(&mut stdout, &card)?;
        }
    } else {
        stdout.write_all(page(&catalog()).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The methods for people, under the flag that takes them.
fn page(cards: &[MethodCard]) -> String {
    let mut page = String::new();
    let mut kind = "";
    for card in cards {
        if card.kind != kind {
            kind = card.kind;
            let _ = writeln!(page, "--{kind}");
        }
        let _ = writeln!(page, "  {}  ({})", card.name, card.source);
        let _ = writeln!(page, "      {}", card.doc);
        for parameter in &card.parameters {
            let _ = writeln!(page, "      {}", line(parameter));
        }
    }
    page
}

fn line(parameter: &ParameterCard) -> String {
    let default = parameter.default.as_deref().unwrap_or("derived");
    let ParameterCard {
        name,
        doc,
        expected,
        ..
    } = parameter;
    format!("{name}={default}  {doc} ({expected})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_and_parameter_has_its_line() {
        let cards = catalog();
        let page = page(&cards);
        for card in &cards {
            assert!(
                page.contains(&format!("  {}  (", card.name)),
                "{}",
                card.name
            );
            for parameter in &card.parameters {
                assert!(page.contains(&line(parameter)));
            }
        }
        assert_eq!(page.matches("--select\n").count(), 1);
    }
}
