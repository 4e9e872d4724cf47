//! Assembles a shader variant from its pieces. Shared by `build.rs`, which validates every
//! variant, and the GPU executor, which assembles the ones it runs.
//!
//! Two mechanisms only: `#import name` splices `name.wgsl` once, or the file that the variant
//! chose for the role `name`; and a generated prelude names the extensions.

/// One choice of a variant: a role and its value, `("weights", "q4_0")`.
pub type Role = (&'static str, &'static str);

/// Who compiles the text: browsers demand `enable subgroups;`, which naga rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// naga, through native wgpu.
    Naga,
    /// The browser's own compiler.
    Browser,
}

/// The file a role's value stands for.
fn role_file(role: &str, value: &str) -> String {
    match role {
        "weights" | "epilogue" => format!("{role}/{value}"),
        _ => format!("lib/{role}_{value}"),
    }
}

/// Roles whose files use subgroup operations.
const WITH_SUBGROUPS: [Role; 6] = [
    ("reduce", "subgroup"),
    ("share", "lanes4"),
    ("share", "lanes8"),
    ("tile", "lanes4"),
    ("tile", "lanes8"),
    ("tile", "vector_subgroup"),
];

fn prelude(roles: &[(&str, &str)], dialect: Dialect) -> String {
    let needs = |values: &[(&str, &str)]| roles.iter().any(|role| values.contains(role));
    let mut text = String::new();
    if needs(&[("tile", "staged_f16")]) {
        text.push_str("enable f16;\n");
    }
    if needs(&WITH_SUBGROUPS) && dialect == Dialect::Browser {
        text.push_str("enable subgroups;\n");
    }
    text
}

/// The full WGSL of `kernel` with `roles`; `source` gives a file's text by its name without `.wgsl`.
///
/// # Errors
/// Names the missing file or the import that no role resolves.
pub fn assemble<'a>(
    kernel: &str,
    roles: &[(&str, &str)],
    dialect: Dialect,
    source: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<String, String> {
    let mut text = prelude(roles, dialect);
    let mut seen = Vec::new();
    splice(kernel, roles, source, &mut seen, &mut text)?;
    Ok(text)
}

fn splice<'a>(
    name: &str,
    roles: &[(&str, &str)],
    source: &dyn Fn(&str) -> Option<&'a str>,
    seen: &mut Vec<String>,
    text: &mut String,
) -> Result<(), String> {
    if seen.iter().any(|file| file == name) {
        return Ok(());
    }
    seen.push(name.to_owned());
    let file = source(name).ok_or_else(|| format!("no shader file \"{name}.wgsl\""))?;
    for line in file.lines() {
        let Some(import) = line.strip_prefix("#import ") else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let import = import.trim();
        let target = match roles.iter().find(|(role, _)| *role == import) {
            Some((role, value)) => role_file(role, value),
            None => import.to_owned(),
        };
        splice(&target, roles, source, seen, text)?;
    }
    Ok(())
}
