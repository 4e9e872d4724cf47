//! `race.md`: the figures in tables.

use std::fmt::Write as _;

use super::{Entry, Measured, distinct};

/// The page.
pub fn text(measured: &Measured) -> String {
    let versions = measured.versions.iter();
    let versions: Vec<String> = versions.map(|(name, is)| format!("{name} {is}")).collect();
    let mut page = format!(
        "# One forward against other engines\n\n\
         Made by `cargo xtask bench race`; do not edit. The same q4_0 weights everywhere, as GGUF and as ONNX \
         (MatMulNBits in blocks of 32 and the fused operators of com.microsoft): every row of the canvas is open, \
         one forward tells the likeliest token of each and its probability. `bench` is a bidirectional Llama of \
         random weights (width 512, 8 layers and heads, inner size 1408, vocabulary 8192), `tiny` the embedded \
         model. {}; {}. Medians of {}, measured in turns; Unmask's times in browsers include the way to its worker \
         and back.\n\n![Seconds against rows](race.svg)\n\n",
        measured.processor,
        versions.join(", "),
        measured.repeats
    );
    for model in distinct(measured.results.iter().map(|entry| entry.model.as_str())) {
        let entries: Vec<&Entry> = (measured.results.iter())
            .filter(|entry| entry.model == model)
            .collect();
        table(&mut page, model, &entries);
        by_itself(&mut page, &entries);
    }
    if !measured.behind.is_empty() {
        behind(&mut page, &measured.behind);
    }
    page
}

/// Milliseconds of few rows behind a text.
fn behind(page: &mut String, entries: &[Entry]) {
    let lengths = distinct(entries.iter().map(|entry| entry.length));
    let heads: String = (lengths.iter().flatten())
        .map(|length| format!(" {length} |"))
        .collect();
    let rule = "---:|".repeat(lengths.len() + 1);
    let first = &entries[0];
    let _ = writeln!(
        page,
        "## {}: {} rows behind a text\n\nMilliseconds of a forward of {} masks that see a text whose keys and values are \
         kept, by the positions of both together; in brackets as above. Unmask's are the seconds of its steps. In wasm, \
         onnxruntime-web's keys and values are on the host, which is where its users have them. On a software adapter \
         texts end at 512.\n\n| |{heads} same tokens |\n|---|{rule}",
        first.model, first.rows, first.rows
    );
    for contender in distinct(entries.iter().map(Entry::contender)) {
        let own = |length| {
            (entries.iter()).find(|entry| entry.length == length && entry.contender() == contender)
        };
        let all: Vec<&Entry> = entries.iter().collect();
        let cells: String = (lengths.iter())
            .map(|length| own(*length).map_or(" – |".to_owned(), |entry| cell(entry, &all)))
            .collect();
        // The least of all lengths: one that differs is to be seen.
        let same = (lengths.iter())
            .filter_map(|length| own(*length)?.same_tokens)
            .reduce(f64::min);
        let same = same.map_or(String::new(), |share| format!("{:.0} %", 100.0 * share));
        let _ = writeln!(page, "| {contender} |{cells} {same} |");
    }
    page.push('\n');
}

/// Milliseconds; in brackets how many times as long as Unmask took in the same place.
fn table(page: &mut String, model: &str, entries: &[&Entry]) {
    let rows = distinct(entries.iter().map(|entry| entry.rows));
    let heads: String = rows.iter().map(|rows| format!(" {rows} rows |")).collect();
    let rule = "---:|".repeat(rows.len() + 2);
    let _ = writeln!(
        page,
        "## {model}\n\nMilliseconds; in brackets, how many times as long as Unmask in the same place.\n\n\
         | |{heads} same tokens | largest difference |\n|---|{rule}"
    );
    for contender in distinct(entries.iter().map(|entry| entry.contender())) {
        let own: Vec<&&Entry> = (entries.iter())
            .filter(|entry| entry.contender() == contender)
            .collect();
        let cells: String = own.iter().map(|entry| cell(entry, entries)).collect();
        let same = own[0]
            .same_tokens
            .map_or("".into(), |share| format!("{:.0} %", 100.0 * share));
        let largest = own[0]
            .largest_difference
            .map_or("".into(), |most| format!("{most:.4}"));
        let _ = writeln!(page, "| {contender} |{cells} {same} | {largest} |");
    }
    page.push('\n');
}

/// What a page gets that asks for no device, where the only adapter computes on the CPU.
fn by_itself(page: &mut String, entries: &[&Entry]) {
    let of = |engine: &str, place: &str| {
        let own =
            (entries.iter()).filter(|entry| (&*entry.engine, &*entry.place) == (engine, place));
        own.map(|entry| (entry.rows, entry.median()))
            .collect::<Vec<_>>()
    };
    let ours = of("unmask", "chromium, wasm");
    let theirs = of("onnxruntime-web", "chromium, WebGPU");
    let ratios: Vec<String> = (ours.iter().zip(&theirs))
        .map(|((rows, ours), (_, theirs))| {
            format!("{:.1} times as long ({rows} rows)", theirs / ours)
        })
        .collect();
    if !ratios.is_empty() {
        let _ = writeln!(
            page,
            "Left to itself, Unmask takes the CPU where the only adapter is a software one. Beside that, \
             onnxruntime-web's WebGPU provider takes {} in the same browser.\n",
            ratios.join(", ")
        );
    }
}

fn cell(entry: &Entry, all: &[&Entry]) -> String {
    let ours = all.iter().find(|other| {
        other.engine == "unmask"
            && other.place == entry.place
            && (other.rows, other.length) == (entry.rows, entry.length)
    });
    let ratio = match ours {
        Some(ours) if entry.engine != "unmask" => {
            format!(" ({:.2})", entry.median() / ours.median())
        }
        _ => String::new(),
    };
    format!(" {:.1}{ratio} |", 1000.0 * entry.median())
}
