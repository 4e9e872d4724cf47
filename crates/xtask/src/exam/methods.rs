//! The table of methods, `tests/exam/methods.toml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Ways of decoding that are compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Methods {
    reference: String,
    /// Name of what runs without flags.
    pub default: String,
    /// The tasks of the table of methods; all where absent.
    #[serde(default)]
    pub tasks: Vec<String>,
    method: Vec<Method>,
    /// Comparisons with a table of their own.
    #[serde(default)]
    section: Vec<Section>,
}

/// A comparison of other things than methods on the same footing: lengths, caches, models.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// What is compared and how to read it.
    pub about: String,
    /// Only these tasks; all where absent.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// At most so many items of each task.
    pub items: Option<u32>,
    /// The rows of the table.
    pub method: Vec<Method>,
}

/// One way of decoding.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// How tables call it.
    pub name: String,
    /// Flags of `unmask eval`, which are its business alone.
    pub flags: Vec<String>,
    /// Folder of the model, from the repository's, where it is another one.
    pub model: Option<String>,
}

impl Methods {
    /// Reads and checks the table.
    ///
    /// # Errors
    /// When it cannot be read, names a method twice, or lacks the reference or the default.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file);
        let text = text.with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(&text).with_context(|| format!("{} is no table of methods", file.display()))
    }

    /// As [`Self::read`], of a file's text.
    ///
    /// # Errors
    /// When the text is no such table.
    pub fn parse(text: &str) -> Result<Self> {
        let methods: Self = toml::from_str(text)?;
        let names: Vec<&str> = methods.all().map(|method| method.name.as_str()).collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                bail!("the method \"{name}\" is there twice");
            }
        }
        methods.named(&methods.reference)?;
        methods.named(&methods.default)?;
        Ok(methods)
    }

    /// The method that the others are held against.
    pub fn reference(&self) -> &Method {
        self.named(&self.reference).expect("checked when read")
    }

    /// The methods of these names, in the table's order; all where no name is given.
    ///
    /// # Errors
    /// When there is no method of a name.
    pub fn chosen(&self, names: &[String]) -> Result<Vec<&Method>> {
        for name in names {
            self.named(name)?;
        }
        let methods = self.method.iter();
        Ok(methods
            .filter(|method| names.is_empty() || names.contains(&method.name))
            .collect())
    }

    /// The sections with the methods of these names, without those that have none; all where no
    /// name is given.
    pub fn sections(&self, names: &[String]) -> Vec<Section> {
        let is_chosen = |method: &Method| names.is_empty() || names.contains(&method.name);
        let mut sections = self.section.clone();
        for section in &mut sections {
            section.method.retain(is_chosen);
        }
        sections.retain(|section| !section.method.is_empty());
        sections
    }

    fn all(&self) -> impl Iterator<Item = &Method> {
        let others = self.section.iter().flat_map(|section| &section.method);
        self.method.iter().chain(others)
    }

    fn named(&self, name: &str) -> Result<&Method> {
        let found = self.all().find(|method| method.name == name);
        found.with_context(|| {
            let names: Vec<&str> = self.all().map(|m| m.name.as_str()).collect();
            format!(
                "there is no method \"{name}\"; there are {}",
                names.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Methods;

    const TABLE: &str = "reference = \"a\"\ndefault = \"b\"\n\
        [[method]]\nname = \"a\"\nflags = [\"--block\", \"8\"]\n\
        [[method]]\nname = \"b\"\nflags = []\n";

    #[test]
    fn the_repositorys_table_is_one() {
        Methods::parse(include_str!("../../../../tests/exam/methods.toml")).unwrap();
    }

    #[test]
    fn methods_are_chosen_by_name() {
        let methods = Methods::parse(TABLE).unwrap();
        let names = |chosen: &[&str]| {
            let chosen: Vec<String> = chosen.iter().map(|&name| name.into()).collect();
            let methods = methods.chosen(&chosen);
            methods.map(|methods| methods.iter().map(|m| m.name.clone()).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap(), ["a", "b"]);
        assert_eq!(names(&["b", "a"]).unwrap(), ["a", "b"]);
        assert_eq!(names(&["b"]).unwrap(), ["b"]);
        let error = names(&["c"]).unwrap_err().to_string();
        assert!(error.contains("\"c\"") && error.contains("a, b"), "{error}");
        assert_eq!(methods.reference().flags, ["--block", "8"]);
    }

    #[test]
    fn sections_have_methods_of_their_own() {
        let table = format!(
            "{TABLE}[[section]]\ntitle = \"Lengths\"\nabout = \"Short and long.\"\n\
             [[section.method]]\nname = \"c\"\nflags = []\nmodel = \"models/other\"\n"
        );
        let methods = Methods::parse(&table).unwrap();
        let names = |chosen: &[&str]| {
            let chosen: Vec<String> = chosen.iter().map(|&name| name.into()).collect();
            let main = methods.chosen(&chosen).unwrap().len();
            (main, methods.sections(&chosen).len())
        };
        assert_eq!(names(&[]), (2, 1));
        assert_eq!(names(&["c"]), (0, 1));
        assert_eq!(names(&["a"]), (1, 0));
        let twice = table.replace("name = \"c\"", "name = \"a\"");
        Methods::parse(&twice).unwrap_err();
    }

    #[test]
    fn broken_tables_are_refused() {
        for (from, to) in [
            ("name = \"b\"", "name = \"a\""),
            ("reference = \"a\"", "reference = \"c\""),
            ("flags = []", "flag = []"),
            ("flags = []", ""),
        ] {
            Methods::parse(&TABLE.replace(from, to)).unwrap_err();
        }
    }
}
