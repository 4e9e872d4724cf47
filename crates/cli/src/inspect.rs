//! `unmask inspect`: what a checkpoint is.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use unmask_engine::model::{Attention, LogitShift, ModelSpec, StatSpace};
use unmask_engine::session::{self, Inspection};
use unmask_torch::TorchFolder;

use crate::arguments::InspectArguments;
use crate::output::Outcome;
use crate::{json_lines, model_files, units};

/// Prints the inspection. A model that is not supported is an answer, not a failure.
///
/// # Errors
/// The engine's when there are no weights to describe, and those of stdout.
pub async fn run(arguments: &InspectArguments) -> Outcome<ExitCode> {
    let files = model_files::folder_or_file(&arguments.path)?;
    let inspection = match TorchFolder::is_needed(&files).await? {
        true => Inspection {
            container: "PyTorch",
            ..session::inspect(TorchFolder::new(files)).await?
        },
        false => session::inspect(files).await?,
    };
    let mut stdout = std::io::stdout();
    match arguments.json {
        true => json_lines::write(&mut stdout, &inspection)?,
        false => stdout.write_all(page(&inspection).as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The inspection for people, a fact or two a line.
fn page(inspection: &Inspection) -> String {
    let mut page = Page::default();
    let verdict = match inspection.supported {
        true => "supported",
        false => "not supported",
    };
    let name = inspection.architecture.as_deref().unwrap_or("unknown");
    page.line("architecture", &format!("{name}, {verdict}"));
    for problem in &inspection.problems {
        page.line("problem", problem);
    }
    add_tensors(&mut page, inspection);
    if let Some(spec) = &inspection.spec {
        add_spec(&mut page, spec);
    }
    page.line("mask", &id(inspection.mask_id));
    if let (Some(kind), Some(tokens)) = (inspection.tokenizer, inspection.tokens) {
        page.line("tokenizer", &format!("{kind}, {tokens} tokens"));
    }
    page.line(
        "chat template",
        if inspection.has_chat_template {
            "yes"
        } else {
            "no"
        },
    );
    page.text
}

fn add_tensors(page: &mut Page, inspection: &Inspection) {
    let container = match inspection.files {
        1 => inspection.container.to_owned(),
        files => format!("{}, {files} files", inspection.container),
    };
    page.line("container", &container);
    page.line("parameters", &units::count(inspection.parameters));
    let dtypes = inspection.dtypes.iter().map(|(dtype, count)| {
        let bytes = inspection.dtype_bytes.get(dtype).copied();
        format!("{count} {dtype} ({})", units::bytes(bytes.unwrap_or(0)))
    });
    let dtypes: Vec<String> = dtypes.collect();
    page.line("tensors", &dtypes.join(", "));
    let resident = inspection.resident_bytes.iter();
    let resident: Vec<String> = resident
        .map(|(dtype, bytes)| format!("{dtype} {}", units::bytes(*bytes)))
        .collect();
    if !resident.is_empty() {
        page.line("on a device", &resident.join(", "));
    }
}

fn add_spec(page: &mut Page, spec: &ModelSpec) {
    page.line(
        "size",
        &format!(
            "{} layers, width {}, feed-forward {}",
            spec.layers, spec.hidden, spec.ffn
        ),
    );
    let heads = format!(
        "{} query and {} key/value heads of {}",
        spec.query_heads, spec.key_heads, spec.head_dim
    );
    page.line("attention", &format!("{heads}, {}", spec.positions));
    let variants = [
        (spec.qk_norm, "QK-norm", "no QK-norm"),
        (spec.qkv_bias, "QKV bias", "no QKV bias"),
        (spec.tied_head, "tied head", "separate head"),
        (
            spec.shift == LogitShift::None,
            "no logit shift",
            "logits shifted by one",
        ),
        (
            spec.stat_space == StatSpace::Raw,
            "LLaDA convention",
            "Dream convention",
        ),
    ];
    let variants = variants.map(|(is_so, yes, no)| if is_so { yes } else { no });
    let topology = match spec.attention {
        Attention::Full => "bidirectional".to_owned(),
        Attention::BlockCausal(block) => format!("blocks of {block}"),
        Attention::Causal => "causal".to_owned(),
    };
    page.line("variants", &format!("{topology}, {}", variants.join(", ")));
    page.line("vocabulary", &spec.vocabulary.to_string());
    page.line("context", &spec.context.to_string());
    let stops: Vec<String> = spec.stop_ids.iter().map(u32::to_string).collect();
    page.line(
        "stop",
        &if stops.is_empty() {
            id(None)
        } else {
            stops.join(", ")
        },
    );
    page.line("padding", &id(spec.pad_id));
}

fn id(id: Option<u32>) -> String {
    id.map_or_else(|| "none".to_owned(), |id| id.to_string())
}

/// Aligned lines of `label  text`.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, label: &str, text: &str) {
        writeln!(self.text, "{label:<14}{text}").expect("a string takes any text");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use unmask_engine::session::Inspection;

    use super::page;

    #[test]
    fn weights_alone_have_a_page() {
        let inspection = Inspection {
            container: "safetensors",
            files: 2,
            architecture: None,
            supported: false,
            problems: vec!["no config.json".into()],
            spec: None,
            tensors: 3,
            parameters: 6_952_192,
            bytes: 13_904_384,
            dtypes: BTreeMap::from([("F16".into(), 2), ("F32".into(), 1)]),
            dtype_bytes: BTreeMap::from([("F16".into(), 13_904_000), ("F32".into(), 384)]),
            resident_bytes: BTreeMap::new(),
            mask_id: None,
            tokenizer: None,
            tokens: None,
            has_chat_template: false,
        };
        let expected = "architecture  unknown, not supported\n\
                        problem       no config.json\n\
                        container     safetensors, 2 files\n\
                        parameters    7.0 M\n\
                        tensors       2 F16 (13.9 MB), 1 F32 (384 B)\n\
                        mask          none\n\
                        chat template no\n";
        assert_eq!(page(&inspection), expected);
    }
}
