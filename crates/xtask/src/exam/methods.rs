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
    method: Vec<Method>,
}

/// One way of decoding.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// How tables call it.
    pub name: String,
    /// Flags of `unmask eval`, which are its business alone.
    pub flags: Vec<String>,
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
        for (index, method) in methods.method.iter().enumerate() {
            if methods.method[..index]
                .iter()
                .any(|m| m.name == method.name)
            {
                bail!("the method \"{}\" is there twice", method.name);
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

    fn named(&self, name: &str) -> Result<&Method> {
        let found = self.method.iter().find(|method| method.name == name);
        found.with_context(|| {
            let names: Vec<&str> = self.method.iter().map(|m| m.name.as_str()).collect();
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
