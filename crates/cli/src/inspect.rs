//! `unmask inspect`: what a checkpoint is.

use std::io::Write;
use std::process::ExitCode;

use serde_json::Value;
use unmask_engine::session;

use crate::arguments::InspectArguments;
use crate::output::Outcome;
use crate::{json_lines, model_files};

/// Prints the inspection. A model that is not supported is an answer, not a failure.
///
/// # Errors
/// The engine's when files are corrupt, and those of stdout.
pub async fn run(arguments: &InspectArguments) -> Outcome<ExitCode> {
    let files = model_files::folder_or_file(&arguments.path)?;
    let inspection = session::inspect(files).await?;
    let mut stdout = std::io::stdout().lock();
    if arguments.json {
        json_lines::write(&mut stdout, &inspection)?;
    } else {
        let value = serde_json::to_value(&inspection).map_err(std::io::Error::from)?;
        write_tree(&mut stdout, &value, 0)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One `key: value` a line; what has parts is indented below its key.
fn write_tree(out: &mut impl Write, value: &Value, depth: usize) -> std::io::Result<()> {
    let Value::Object(entries) = value else {
        return writeln!(out, "{}{}", "  ".repeat(depth), scalar(value));
    };
    for (key, value) in entries {
        let indent = "  ".repeat(depth);
        match value {
            Value::Object(_) => {
                writeln!(out, "{indent}{key}:")?;
                write_tree(out, value, depth + 1)?;
            }
            Value::Array(items)
                if items
                    .iter()
                    .any(|item| item.is_object() || item.is_string()) =>
            {
                writeln!(out, "{indent}{key}:")?;
                for item in items {
                    write_tree(out, item, depth + 1)?;
                }
            }
            _ => writeln!(out, "{indent}{key}: {}", scalar(value))?,
        }
    }
    Ok(())
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".into(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(scalar).collect();
            items.join(", ")
        }
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::write_tree;

    #[test]
    fn a_tree_reads_well() {
        let value =
            serde_json::json!({"a": 1, "b": {"c": true, "d": [1, 2]}, "e": ["x y"], "f": []});
        let mut out = Vec::new();
        write_tree(&mut out, &value, 0).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "a: 1\nb:\n  c: yes\n  d: 1, 2\ne:\n  x y\nf: none\n");
    }
}
