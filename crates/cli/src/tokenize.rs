//! `unmask tokenize`: text to ids and back, a line at a time.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use unmask_engine::text::TextCodec;
use unmask_engine::{Error, Result, session};

use crate::arguments::TokenizeArguments;
use crate::model_files;
use crate::output::Outcome;

/// Reads the tokenizer, then a line after the other.
///
/// # Errors
/// The engine's, those of stdin and stdout, and `bad_input` for a line that is not what it should be.
pub async fn run(arguments: &TokenizeArguments) -> Outcome<ExitCode> {
    let codec = session::tokenizer(model_files::folder_or_file(&arguments.model)?).await?;
    let mut stdout = std::io::stdout().lock();
    if let Some(text) = &arguments.text {
        writeln!(stdout, "{}", answer(&codec, arguments, text)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for line in std::io::stdin().lock().lines() {
        writeln!(stdout, "{}", answer(&codec, arguments, &line?)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn answer(codec: &TextCodec, arguments: &TokenizeArguments, line: &str) -> Result<String> {
    match (arguments.decode, arguments.json) {
        (false, false) => Ok(spaced(&codec.encode(line)?)),
        (false, true) => {
            let text: String =
                serde_json::from_str(line).map_err(|_| bad_line(line, "a JSON string"))?;
            Ok(serde_json::json!(codec.encode(&text)?).to_string())
        }
        (true, false) => Ok(codec.decode(&numbers(line)?)),
        (true, true) => {
            let ids: Vec<u32> =
                serde_json::from_str(line).map_err(|_| bad_line(line, "a JSON list of ids"))?;
            Ok(serde_json::json!(codec.decode(&ids)).to_string())
        }
    }
}

fn spaced(ids: &[u32]) -> String {
    let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
    ids.join(" ")
}

fn numbers(line: &str) -> Result<Vec<u32>> {
    let ids = line.split_whitespace().map(str::parse);
    ids.collect::<std::result::Result<_, _>>()
        .map_err(|_| bad_line(line, "ids with spaces between them"))
}

fn bad_line(line: &str, expected: &str) -> Error {
    // As much as a message can hold.
    let shown: String = line.chars().take(40).collect();
    Error::bad_input(format!("{shown:?} is not {expected}; correct the line"))
}
