//! Jinja as Hugging Face chat templates expect it.
//!
//! They are written for Python's Jinja2 with `trim_blocks`, `lstrip_blocks`, loop controls, a
//! `raise_exception` function, a `tojson` that does not escape HTML, and the methods of Python's
//! strings and dictionaries. `strftime_now` stays undefined, which templates test for: a prompt
//! that depends on the clock could not be reproduced by its seed.

use std::borrow::Cow;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, ErrorKind, Value, filters, functions, tests as checks};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// Renders `source` with `context`; the error is the reason in one line.
pub(super) fn render<C: Serialize>(source: &str, context: &C) -> Result<String, String> {
    environment()
        .render_str(
            &without_generation_tags(source),
            Value::from(Serde(context)),
        )
        .map_err(|error| one_line(&error))
}

/// What chat templates use of Jinja's filters, tests and functions. Not all of them: in the
/// browser every one that is named here is code to download.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_syntax(block_whitespace());
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("range", functions::range);
    environment.add_function("dict", functions::dict);
    environment.add_function("namespace", functions::namespace);
    environment.add_filter("tojson", tojson);
    add_filters(&mut environment);
    add_tests(&mut environment);
    environment
}

fn add_filters(environment: &mut Environment<'static>) {
    macro_rules! add {
        ($($name:ident),*) => { $(environment.add_filter(stringify!($name), filters::$name);)* };
    }
    add!(
        abs, bool, capitalize, default, float, int, items, join, length, list, lower, map, replace
    );
    add!(
        reverse, round, safe, select, selectattr, reject, rejectattr, sort, split, string, title
    );
    add!(trim, unique, upper, indent, first, last, min, max);
    environment.add_filter("d", filters::default);
    environment.add_filter("count", filters::length);
}

fn add_tests(environment: &mut Environment<'static>) {
    macro_rules! add {
        ($($name:literal: $test:ident),* $(,)?) => {
            $(environment.add_test($name, checks::$test);)*
        };
    }
    add!("defined": is_defined, "undefined": is_undefined, "none": is_none, "boolean": is_boolean);
    add!("odd": is_odd, "even": is_even, "divisibleby": is_divisibleby, "number": is_number);
    add!("integer": is_integer, "float": is_float, "string": is_string, "mapping": is_mapping);
    add!("sequence": is_sequence, "iterable": is_iterable, "true": is_true, "false": is_false);
    add!("in": is_in, "eq": is_eq, "equalto": is_eq, "==": is_eq, "ne": is_ne, "!=": is_ne);
    add!("lt": is_lt, "<": is_lt, "le": is_le, "<=": is_le, "gt": is_gt, ">": is_gt);
    add!("ge": is_ge, ">=": is_ge);
}

/// A line that holds only a block tag vanishes.
fn block_whitespace() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    syntax.build().expect("the delimiters are the default ones")
}

/// A template's way of refusing its messages.
fn raise_exception(message: String) -> Result<String, minijinja::Error> {
    Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
}

fn one_line(error: &minijinja::Error) -> String {
    let reason = error
        .detail()
        .map_or_else(|| error.to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("{reason}, line {line} of the template"),
        None => reason,
    }
}

/// `{% generation %}` marks the assistant's words for training; to a renderer it is always true.
fn without_generation_tags(source: &str) -> Cow<'_, str> {
    if !source.contains("endgeneration") {
        return source.into();
    }
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let end = rest[start..]
            .find("%}")
            .map_or(rest.len(), |end| start + end);
        let tag =
            rest[start + 2..end].trim_matches(|c: char| c.is_whitespace() || "-+".contains(c));
        text += &rest[..start];
        match tag {
            "generation" => text += &rest[start..end].replace("generation", "if true"),
            "endgeneration" => text += &rest[start..end].replace("endgeneration", "endif"),
            _ => text += &rest[start..end],
        }
        rest = &rest[end..];
    }
    text += rest;
    text.into()
}

/// Python's `json.dumps(value, ensure_ascii=False, indent=indent)`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "minijinja hands filters their arguments so"
)]
fn tojson(value: &Value, arguments: Kwargs) -> Result<String, minijinja::Error> {
    let indent: Option<usize> = arguments.get("indent")?;
    // Python's other options (`ensure_ascii`, `separators`, `sort_keys`) do not matter to the
    // templates in use, so they are accepted and ignored.
    let json = match indent {
        Some(width) => write(
            value,
            PrettyFormatter::with_indent(" ".repeat(width).as_bytes()),
        ),
        None => write(value, PythonFormatter),
    };
    json.map_err(|error| {
        minijinja::Error::new(ErrorKind::InvalidOperation, format!("tojson: {error}"))
    })
}

fn write(value: &Value, formatter: impl Formatter) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    Ok(String::from_utf8(bytes).expect("serde_json writes UTF-8"))
}

/// Python puts a space after every comma and colon.
struct PythonFormatter;

impl PythonFormatter {
    fn separate<W: ?Sized + std::io::Write>(writer: &mut W, first: bool) -> std::io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }
}

impl Formatter for PythonFormatter {
    fn begin_array_value<W>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()>
    where
        W: ?Sized + std::io::Write,
    {
        Self::separate(writer, first)
    }

    fn begin_object_key<W>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()>
    where
        W: ?Sized + std::io::Write,
    {
        Self::separate(writer, first)
    }

    fn begin_object_value<W>(&mut self, writer: &mut W) -> std::io::Result<()>
    where
        W: ?Sized + std::io::Write,
    {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    fn rendered(source: &str) -> String {
        let context = serde_json::json!({"data": {"a": [1, "<é>"], "b": null}, "name": " Ada "});
        render(source, &context).unwrap()
    }

    #[test]
    fn blocks_leave_no_blank_lines() {
        let source = "a\n  {% if true %}\nb\n  {% endif %}\nc";
        assert_eq!(rendered(source), "a\nb\nc");
    }

    #[test]
    fn json_is_pythons() {
        assert_eq!(
            rendered("{{ data | tojson }}"),
            r#"{"a": [1, "<é>"], "b": null}"#
        );
        assert_eq!(
            rendered("{{ data.a | tojson(indent=1) }}"),
            "[\n 1,\n \"<é>\"\n]"
        );
    }

    #[test]
    fn strings_have_pythons_methods() {
        assert_eq!(rendered("{{ name.strip().upper() }}"), "ADA");
        assert_eq!(rendered("{{ 'a</x>b'.split('</x>')[-1] }}"), "b");
        assert_eq!(rendered("{{ name.startswith(' A') }}"), "True");
    }

    #[test]
    fn namespaces_and_loop_controls_work() {
        let source = "{% set n = namespace(sum=0) %}{% for i in [1, 2, 3] %}\
                      {% if i == 3 %}{% break %}{% endif %}{% set n.sum = n.sum + i %}{% endfor %}\
                      {{ n.sum }}";
        assert_eq!(rendered(source), "3");
    }

    #[test]
    fn generation_tags_are_transparent() {
        let source = "a {%- generation -%} b {%- endgeneration %} c {% if true %}d{% endif %}";
        assert_eq!(rendered(source), "ab c d");
    }

    #[test]
    fn the_clock_is_undefined() {
        assert_eq!(rendered("{{ strftime_now is defined }}"), "False");
    }

    #[test]
    fn an_error_names_its_line() {
        let reason = render("\n{{ raise_exception('no') }}", &()).unwrap_err();
        assert_eq!(reason, "no, line 2 of the template");
        assert!(render("{% if %}", &()).is_err());
    }
}
