//! Reads Debian's package sources, to derive the backports source from what the machine already uses.

use std::fs;
use std::path::Path;

/// One place that packages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Address of the archive.
    pub uri: String,
    /// Release, like "bookworm" or "bookworm-backports".
    pub suite: String,
    /// Key that signs it, where the source names one.
    pub signed_by: Option<String>,
}

impl Source {
    /// Backports of the same archive in the deb822 form, with the same key.
    pub fn backports(&self) -> String {
        let Self {
            uri,
            suite,
            signed_by,
        } = self;
        let key = signed_by
            .as_ref()
            .map(|key| format!("Signed-By: {key}\n"))
            .unwrap_or_default();
        format!("Types: deb\nURIs: {uri}\nSuites: {suite}-backports\nComponents: main\n{key}")
    }
}

/// The source that gives a release's `main` packages, or None.
pub fn find(sources: &[Source], suite: &str) -> Option<Source> {
    sources.iter().find(|source| source.suite == suite).cloned()
}

/// Every binary source with the component `main` that apt is configured with.
pub fn read(folder: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut files = vec![folder.join("sources.list")];
    let entries = fs::read_dir(folder.join("sources.list.d"))
        .into_iter()
        .flatten()
        .flatten();
    files.extend(entries.map(|entry| entry.path()));
    files.sort();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => sources.extend(text.lines().flat_map(parse_line)),
            Some("sources") => sources.extend(parse_stanzas(&text)),
            _ => {}
        }
    }
    sources
}

/// `deb [signed-by=KEY] URI SUITE COMPONENT...`
fn parse_line(line: &str) -> Option<Source> {
    let rest = line
        .trim()
        .strip_prefix("deb")?
        .strip_prefix([' ', '\t'])?
        .trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let (uri, suite) = (words.next()?.to_owned(), words.next()?.to_owned());
    let signed_by = options
        .split_whitespace()
        .find_map(|option| option.strip_prefix("signed-by="));
    let signed_by = signed_by.map(str::to_owned);
    words
        .any(|component| component == "main")
        .then_some(Source {
            uri,
            suite,
            signed_by,
        })
}

/// Stanzas of `Field: value` lines, parted by empty lines.
fn parse_stanzas(text: &str) -> Vec<Source> {
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>();
    lines
        .split(|line| line.trim().is_empty())
        .flat_map(parse_stanza)
        .collect()
}

fn parse_stanza(lines: &[&str]) -> Vec<Source> {
    let field = |name: &str| {
        let values = lines.iter().filter_map(|line| line.split_once(':'));
        let mut values = values.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim().to_owned())
    };
    let has =
        |name, word| field(name).is_some_and(|text| text.split_whitespace().any(|w| w == word));
    let off = field("Enabled").is_some_and(|value| value.eq_ignore_ascii_case("no"));
    if off || !has("Types", "deb") || !has("Components", "main") {
        return Vec::new();
    }
    let uri = field("URIs").and_then(|uris| uris.split_whitespace().next().map(str::to_owned));
    let Some(uri) = uri else { return Vec::new() };
    // A key block that starts on the next line leaves the field empty: apt's own keys then decide.
    let signed_by = field("Signed-By").filter(|key| !key.is_empty());
    let suites = field("Suites").unwrap_or_default();
    let source = |suite: &str| Source {
        uri: uri.clone(),
        suite: suite.to_owned(),
        signed_by: signed_by.clone(),
    };
    suites.split_whitespace().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(suite: &str, signed_by: Option<&str>) -> Source {
        let signed_by = signed_by.map(str::to_owned);
        Source {
            uri: "http://mirror.example/debian".into(),
            suite: suite.into(),
            signed_by,
        }
    }

    #[test]
    fn reads_one_line_sources() {
        let line =
            "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib";
        assert_eq!(parse_line(line), Some(source("bookworm", Some("/k.gpg"))));
        let plain = "deb http://mirror.example/debian bookworm-backports main";
        assert_eq!(parse_line(plain), Some(source("bookworm-backports", None)));
        for other in [
            "# deb http://mirror.example/debian bookworm main",
            "deb-src u s main",
            "",
            "deb u s",
        ] {
            assert_eq!(parse_line(other), None, "{other}");
        }
    }

    #[test]
    fn reads_stanzas_with_comments_and_several_suites() {
        let text = "Types: deb\n# a snapshot\nURIs: http://mirror.example/debian\n\
                    Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n\n\
                    Types: deb\nEnabled: no\nURIs: u\nSuites: s\nComponents: main\n";
        let expected = ["bookworm", "bookworm-updates"].map(|suite| source(suite, Some("/k.gpg")));
        assert_eq!(parse_stanzas(text), expected);
    }

    #[test]
    fn derives_backports_from_the_main_archive() {
        let sources = [
            source("bookworm-updates", None),
            source("bookworm", Some("/k.gpg")),
        ];
        let expected = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm-backports\n\
                        Components: main\nSigned-By: /k.gpg\n";
        assert_eq!(
            find(&sources, "bookworm")
                .map(|found| found.backports())
                .as_deref(),
            Some(expected)
        );
        assert_eq!(find(&sources, "trixie"), None);
    }
}
