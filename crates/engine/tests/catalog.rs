//! What is said about decoding methods elsewhere is what the engine says: the npm types, the npm
//! catalog and the table of the guide. `UPDATE_EXPECT=1` writes them anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use unmask_engine::decode::method::{MethodCard, ParameterCard, PresetCard, catalog, presets};

const KINDS: [(&str, &str); 5] = [
    ("select", "SelectMethods"),
    ("revise", "ReviseMethods"),
    ("structure", "StructureMethods"),
    ("exit", "ExitMethods"),
    ("cache", "CacheMethods"),
];

fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(relative)
}

/// Compares, or writes where the environment asks for it.
fn expect(relative: &str, wanted: &str) {
    let file = path(relative);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, wanted).expect("writes");
    }
    let found = std::fs::read_to_string(&file).expect("is there");
    assert!(
        found == wanted,
        "{relative} differs from the methods; run with UPDATE_EXPECT=1"
    );
}

fn of_kind(kind: &str) -> Vec<MethodCard> {
    catalog()
        .into_iter()
        .filter(|card| card.kind == kind)
        .collect()
}

const WRITTEN: &str = "// Written from the engine's own descriptions by `UPDATE_EXPECT=1 cargo test -p unmask-engine --test catalog`.\n";

fn typescript() -> String {
    let mut text = String::from(WRITTEN);
    for (kind, interface) in KINDS {
        let _ = write!(
            text,
            "\n/** Values of `{kind}`: method and parameters. */\nexport interface {interface} {{\n"
        );
        for card in of_kind(kind) {
            let _ = writeln!(text, "  /** {} ({}) */", card.doc, card.source);
            let _ = writeln!(text, "  {}: {{", card.name);
            for parameter in &card.parameters {
                let _ = writeln!(
                    text,
                    "    /** {} Default: {}. */",
                    parameter.doc,
                    default(parameter)
                );
                let _ = writeln!(text, "    {}?: {};", parameter.name, kind_of(parameter));
            }
            text.push_str("  };\n");
        }
        text.push_str("}\n");
    }
    text
}

fn default(parameter: &ParameterCard) -> &str {
    parameter.default.as_deref().unwrap_or("derived")
}

fn kind_of(parameter: &ParameterCard) -> String {
    if parameter.words.is_empty() {
        return "number".to_owned();
    }
    let words: Vec<String> = parameter
        .words
        .iter()
        .map(|word| format!("\"{word}\""))
        .collect();
    words.join(" | ")
}

/// A parameter as the npm catalog has it; what does not apply is left out.
fn parameter_json(parameter: &ParameterCard) -> Value {
    let mut fields = json!({"name": parameter.name, "doc": parameter.doc});
    let number = |text: &String| {
        text.parse()
            .map_or(json!(text), |number: f64| json!(number))
    };
    if let Some(default) = &parameter.default {
        fields["default"] = number(default);
    }
    if !parameter.words.is_empty() {
        fields["words"] = json!(parameter.words);
    }
    for (name, limit) in [("least", parameter.least), ("most", parameter.most)] {
        if let Some(limit) = limit {
            fields[name] = json!(limit);
        }
    }
    if parameter.whole {
        fields["whole"] = json!(true);
    }
    fields
}

fn method_json(card: &MethodCard) -> Value {
    let parameters: Vec<Value> = card.parameters.iter().map(parameter_json).collect();
    json!({"name": card.name, "doc": card.doc, "source": card.source, "parameters": parameters})
}

fn choice_json(choice: &unmask_engine::decode::method::Choice) -> Value {
    let mut fields = json!({"method": choice.name});
    for (name, value) in &choice.values {
        let text = value.to_string();
        fields[name] = text
            .parse()
            .map_or(json!(text), |number: f64| json!(number));
    }
    fields
}

fn preset_json(card: &PresetCard) -> Value {
    json!({
        "name": card.name,
        "doc": card.doc,
        "select": choice_json(&card.select),
        "revise": choice_json(&card.revise),
    })
}

fn npm_catalog() -> String {
    let mut text = format!(
        "{WRITTEN}\nimport type {{ MethodInfo, PresetInfo }} from \"./catalog-types.js\";\n"
    );
    text.push_str("\nexport type * from \"./catalog-types.js\";\n");
    for (kind, interface) in KINDS {
        let cards: Vec<Value> = of_kind(kind).iter().map(method_json).collect();
        let json = serde_json::to_string_pretty(&cards).expect("plain data");
        let _ = write!(
            text,
            "\n/** Values of `{kind}`, as data; {interface} has their types. */\nexport const {kind}: readonly MethodInfo[] = {json};\n"
        );
    }
    let cards: Vec<Value> = presets().iter().map(preset_json).collect();
    let json = serde_json::to_string_pretty(&cards).expect("plain data");
    let _ = write!(
        text,
        "\n/** Choices that go together under one word. */\nexport const presets: readonly PresetInfo[] = {json};\n"
    );
    text
}

fn table() -> String {
    let mut text = String::new();
    for (kind, _) in KINDS {
        let _ = write!(
            text,
            "\n### `{kind}`\n\n| method | what it does | parameters | source |\n|---|---|---|---|\n"
        );
        for card in of_kind(kind) {
            let parameters: Vec<String> = card
                .parameters
                .iter()
                .map(|p| format!("`{}={}` {}", p.name, default(p), p.doc))
                .collect();
            let parameters = parameters.join("<br>");
            let _ = writeln!(
                text,
                "| `{}` | {} | {parameters} | {} |",
                card.name, card.doc, card.source
            );
        }
    }
    text
}

#[test]
fn the_npm_types_are_the_methods() {
    expect("npm/src/methods.ts", &typescript());
}

#[test]
fn the_npm_catalog_is_the_methods() {
    expect("npm/src/catalog.ts", &npm_catalog());
}

#[test]
fn the_guide_lists_the_methods() {
    const BEGIN: &str = "<!-- methods -->\n";
    const END: &str = "\n<!-- end of methods -->";
    let guide = std::fs::read_to_string(path("docs/decoding.md")).expect("is there");
    let (before, rest) = guide.split_once(BEGIN).expect("the table has a beginning");
    let (_, after) = rest.split_once(END).expect("the table has an end");
    expect(
        "docs/decoding.md",
        &format!("{before}{BEGIN}{}{END}{after}", table()),
    );
}

#[test]
fn every_method_says_what_it_does_and_whose_it_is() {
    for card in catalog() {
        assert!(
            card.doc.ends_with('.') && card.doc.len() > 10,
            "{}",
            card.name
        );
        assert!(!card.source.is_empty(), "{}", card.name);
        for parameter in &card.parameters {
            assert!(
                parameter.doc.ends_with('.'),
                "{}: {}",
                card.name,
                parameter.name
            );
        }
    }
}
