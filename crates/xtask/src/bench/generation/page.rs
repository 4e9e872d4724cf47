//! `generation.md`: the figures in tables.

use std::fmt::Write as _;

use super::arithmetic::{break_even, seconds_at};
use super::{AUTOREGRESSIVE, KINDS, MODELS, Measured};

/// The page.
pub fn text(measured: &Measured) -> String {
    let mut page = introduction(measured);
    speed(&mut page, measured);
    work(&mut page, measured);
    forwards(&mut page, measured);
    widths(&mut page, measured);
    page
}

fn introduction(measured: &Measured) -> String {
    let versions = measured.versions.iter();
    let versions: Vec<String> = versions.map(|(name, is)| format!("{name} {is}")).collect();
    let methods = measured.methods.iter();
    let methods: Vec<String> = methods
        .map(|(model, options)| format!("`{model}` by `{options}`"))
        .collect();
    format!(
        "# Generating: diffusion against autoregression\n\n\
         Made by `cargo xtask bench generation`; do not edit. Three models of one network and corpus (10 M parameters, \
         q4_0 everywhere) answer {} messages of the exam, up to the end of the answer: {}. transformers.js runs \
         `{AUTOREGRESSIVE}` from an ONNX of the same quants and scales (MatMulNBits, GroupQueryAttention with its \
         cache), greedily. Chat template, tokens and the way to a worker are part of the times. {}; {}. Medians of {}, \
         measured in turns.\n\n![A forward's time by its rows](generation.svg)\n\n{}",
        measured.messages.len(),
        methods.join(", "),
        measured.processor,
        versions.join(", "),
        measured.repeats,
        agreement(measured),
    )
}

/// Whether both engines wrote the same.
fn agreement(measured: &Measured) -> String {
    let compared: Vec<String> = (measured.texts.iter())
        .filter_map(|text| Some(format!("{} {}", text.writer, text.same?)))
        .collect();
    format!(
        "Answers of `{AUTOREGRESSIVE}` with the very ids of transformers.js in wasm, of {}: {}. Executors with floats \
         give them all; the CPU rounds activations to 8 bits and may take another of two close tokens.\n\n",
        measured.messages.len(),
        compared.join("; ")
    )
}

fn speed(page: &mut String, measured: &Measured) {
    page.push_str(
        "## Tokens a second\n\nIn brackets, as a multiple of Unmask's autoregressive model in the same place.\n\n\
         | | stories | tasks |\n|---|---:|---:|\n",
    );
    for place in measured.places() {
        for writer in measured.results.iter().filter(|one| one.place == place) {
            let cell = |is_kind| {
                let rate = writer.totals(is_kind).tokens_per_second();
                let base = measured.writer("unmask", AUTOREGRESSIVE, place);
                let base = base.map_or(f64::NAN, |base| base.totals(is_kind).tokens_per_second());
                format!(" {rate:.1} ({:.2}) |", rate / base)
            };
            let cells: String = KINDS.iter().map(|(_, is_kind)| cell(*is_kind)).collect();
            let _ = writeln!(
                page,
                "| {place}: {}, {} |{cells}",
                writer.engine, writer.model
            );
        }
    }
}

/// What the answers take of the network, wherever it runs.
fn work(page: &mut String, measured: &Measured) {
    let Some(place) = measured.places().into_iter().last() else {
        return;
    };
    let _ = write!(
        page,
        "\n## Rows\n\nWhat an answer asks of the network, counted in {place}; the forward of the prompt is part of it.\n\n\
         | | tokens a forward | rows a forward | rows a token |\n|---|---:|---:|---:|\n"
    );
    for (kind, is_kind) in KINDS {
        for model in MODELS {
            let Some(writer) = measured.writer("unmask", model, place) else {
                continue;
            };
            let totals = writer.totals(is_kind);
            let _ = writeln!(
                page,
                "| {model}, {kind} | {:.2} | {:.1} | {:.1} |",
                totals.tokens_per_forward(),
                totals.rows_per_forward(),
                totals.rows_per_token()
            );
        }
    }
}

/// What rows cost where Unmask wrote.
fn forwards(page: &mut String, measured: &Measured) {
    let rows = super::distinct(measured.forwards.iter().map(|forward| forward.rows));
    let heads: String = rows.iter().map(|rows| format!(" {rows} |")).collect();
    let _ = write!(
        page,
        "\n## A forward by its rows\n\nMilliseconds of one forward of `tiny` by itself.\n\n| rows |{heads}\n|---|{}\n",
        "---:|".repeat(rows.len())
    );
    for place in measured.places() {
        let cells: String = (measured.curve(place).iter())
            .map(|(_, seconds)| format!(" {:.2} |", 1000.0 * seconds))
            .collect();
        let _ = writeln!(page, "| {place} |{cells}");
    }
}

/// Where several tokens a forward pay.
fn widths(page: &mut String, measured: &Measured) {
    page.push_str(
        "\n## Where diffusion wins\n\nA forward of r rows takes t(r). n tokens a forward win while t(r) < n t(1): up to \
         the *width* at which both are equal. *Expected* is n t(1) / t(r) at the rows that the answers had; *measured* \
         is the ratio of tokens a second above, in which the forward of the prompt, a fixed cost of every answer and \
         the host's own work are as well.\n\n\
         | | n | r | t(r) / t(1) | width | expected | measured |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for place in measured.places() {
        let curve = measured.curve(place);
        for (kind, is_kind) in KINDS {
            for model in MODELS.into_iter().filter(|model| *model != AUTOREGRESSIVE) {
                let totals = |model| Some(measured.writer("unmask", model, place)?.totals(is_kind));
                let (Some(own), Some(base)) = (totals(model), totals(AUTOREGRESSIVE)) else {
                    continue;
                };
                let (n, r) = (own.tokens_per_forward(), own.rows_per_forward());
                let time = |rows| seconds_at(&curve, rows).unwrap_or(f64::NAN);
                let cost = time(r) / time(1.0);
                let width = break_even(&curve, n).map_or("over 64".into(), |w| format!("{w:.1}"));
                let _ = writeln!(
                    page,
                    "| {place}: {model}, {kind} | {n:.2} | {r:.1} | {cost:.2} | {width} | {:.2} | {:.2} |",
                    n / cost,
                    own.tokens_per_second() / base.tokens_per_second()
                );
            }
        }
    }
}
