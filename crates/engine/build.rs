//! Assembles, parses, validates and reflects every shader variant; writes the shader table.

#[path = "src/shader/assemble.rs"]
mod assemble;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use naga::valid::{Capabilities, ValidationFlags, Validator};

type Sources = BTreeMap<String, String>;
type Roles = Vec<(String, Vec<String>)>;

fn main() {
    let shaders = PathBuf::from(env("CARGO_MANIFEST_DIR")).join("../../shaders");
    println!("cargo:rerun-if-changed={}", shaders.display());
    println!("cargo:rerun-if-changed=src/shader/assemble.rs");
    let mut sources = Sources::new();
    read_sources(&shaders, "", &mut sources);
    let table = std::fs::read_to_string(shaders.join("variants.toml"))
        .expect("shaders/variants.toml is readable");
    let mut out = String::new();
    write_sources(&mut out, &sources);
    out.push_str("pub static VARIANTS: &[Variant] = &[\n");
    let mut layouts = String::new();
    for (kernel, roles) in parse_variants(&table) {
        for (i, choice) in combinations(&roles).iter().enumerate() {
            let reflected = validate(&kernel, choice, &sources);
            write_variant(&mut out, &kernel, choice, &reflected);
            if i == 0 {
                layouts.push_str(&layout_asserts(&kernel, &reflected.params));
            }
        }
    }
    out.push_str("];\n");
    out.push_str(&layouts);
    std::fs::write(Path::new(&env("OUT_DIR")).join("shaders.rs"), out)
        .expect("OUT_DIR is writable");
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

fn read_sources(folder: &Path, prefix: &str, sources: &mut Sources) {
    for entry in std::fs::read_dir(folder).expect("shaders/ is readable") {
        let path = entry.expect("shaders/ is readable").path();
        let name = path
            .file_stem()
            .expect("named")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            read_sources(&path, &format!("{prefix}{name}/"), sources);
        } else if path.extension().is_some_and(|e| e == "wgsl") {
            let text = std::fs::read_to_string(&path).expect("shader is UTF-8");
            sources.insert(format!("{prefix}{name}"), without_comments(&text));
        }
    }
}

/// The text without comment lines, blank lines and indentation, which a visitor would download.
fn without_comments(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.fold(String::new(), |text, line| text + line + "\n")
}

fn write_sources(out: &mut String, sources: &Sources) {
    out.push_str("pub static SOURCES: &[(&str, &str)] = &[\n");
    for (name, text) in sources {
        writeln!(out, "    ({name:?}, {text:?}),").expect("write to String");
    }
    out.push_str("];\n");
}

/// Kernels in file order of the table's keys, each with its roles in written order.
fn parse_variants(table: &str) -> Vec<(String, Roles)> {
    let table: toml::Table = table.parse().expect("variants.toml is TOML");
    table
        .iter()
        .map(|(kernel, roles)| {
            let roles = roles.as_table().expect("each kernel is a table");
            let roles = roles.iter().map(|(role, values)| {
                let values = values.as_array().expect("each role is a list");
                let values = values
                    .iter()
                    .map(|v| v.as_str().expect("values are strings").to_owned());
                (role.clone(), values.collect())
            });
            (kernel.clone(), roles.collect())
        })
        .collect()
}

fn combinations(roles: &Roles) -> Vec<Vec<(String, String)>> {
    roles
        .iter()
        .fold(vec![Vec::new()], |choices, (role, values)| {
            choices
                .iter()
                .flat_map(|choice| {
                    values.iter().map(move |value| {
                        let mut longer = choice.clone();
                        longer.push((role.clone(), value.clone()));
                        longer
                    })
                })
                .collect()
        })
}

struct Reflected {
    bindings: Vec<&'static str>,
    /// Members of `Params`: name and byte offset; then the size of the whole.
    params: (Vec<(String, u32)>, u32),
    hash: u64,
}

fn validate(kernel: &str, choice: &[(String, String)], sources: &Sources) -> Reflected {
    let roles: Vec<(&str, &str)> = choice
        .iter()
        .map(|(r, v)| (r.as_str(), v.as_str()))
        .collect();
    let source = |name: &str| sources.get(name).map(String::as_str);
    let text = assemble::assemble(kernel, &roles, assemble::Dialect::Naga, &source)
        .unwrap_or_else(|e| panic!("shader {kernel} {roles:?}: {e}"));
    let module = naga::front::wgsl::parse_str(&text)
        .unwrap_or_else(|e| panic!("shader {kernel} {roles:?}:\n{}", e.emit_to_string(&text)));
    Validator::new(ValidationFlags::all(), Capabilities::all())
        .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
        .subgroup_operations(naga::valid::SubgroupOperationSet::all())
        .validate(&module)
        .unwrap_or_else(|e| panic!("shader {kernel} {roles:?}:\n{}", e.emit_to_string(&text)));
    Reflected {
        bindings: bindings(kernel, &module),
        params: params(kernel, &module),
        hash: fnv1a(text.as_bytes()),
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn bindings(kernel: &str, module: &naga::Module) -> Vec<&'static str> {
    let mut found = BTreeMap::new();
    for (_, variable) in module.global_variables.iter() {
        let Some(binding) = variable.binding else {
            continue;
        };
        assert_eq!(
            binding.group, 0,
            "shader {kernel}: bindings live in group 0"
        );
        let kind = match variable.space {
            naga::AddressSpace::Uniform => "Uniform",
            naga::AddressSpace::Storage { access }
                if access.contains(naga::StorageAccess::STORE) =>
            {
                "ReadWrite"
            }
            naga::AddressSpace::Storage { .. } => "Read",
            space => panic!("shader {kernel}: a binding in {space:?}"),
        };
        found.insert(binding.binding, kind);
    }
    let dense = found.keys().copied().eq(0..found.len() as u32);
    assert!(
        dense,
        "shader {kernel}: bindings are numbered without gaps, found {:?}",
        found.keys()
    );
    assert!(
        found.len() <= 9,
        "shader {kernel}: one uniform and 8 storage buffers are the default limit"
    );
    found.into_values().collect()
}

fn params(kernel: &str, module: &naga::Module) -> (Vec<(String, u32)>, u32) {
    let (_, ty) = module
        .types
        .iter()
        .find(|(_, ty)| ty.name.as_deref() == Some("Params"))
        .unwrap_or_else(|| panic!("shader {kernel} has no struct Params"));
    let naga::TypeInner::Struct { members, span } = &ty.inner else {
        panic!("shader {kernel}: Params is a struct");
    };
    let members = members
        .iter()
        .map(|m| (m.name.clone().expect("members have names"), m.offset));
    (members.collect(), *span)
}

fn write_variant(
    out: &mut String,
    kernel: &str,
    choice: &[(String, String)],
    reflected: &Reflected,
) {
    let bindings = reflected
        .bindings
        .iter()
        .map(|b| format!("BindingKind::{b}"));
    let bindings = bindings.collect::<Vec<_>>().join(", ");
    writeln!(
        out,
        "    Variant {{ kernel: {kernel:?}, roles: &{choice:?}, bindings: &[{bindings}], \
         #[cfg(not(target_arch = \"wasm32\"))] hash: {} }},",
        reflected.hash
    )
    .expect("write to String");
}

/// The Rust twin of each `Params` must have the size and offsets that the shader has.
fn layout_asserts(kernel: &str, (members, size): &(Vec<(String, u32)>, u32)) -> String {
    let path = format!("crate::kernels::{kernel}::Params");
    let mut text = format!("const _: () = {{\n    assert!(size_of::<{path}>() == {size});\n");
    for (name, offset) in members {
        writeln!(
            text,
            "    assert!(std::mem::offset_of!({path}, {name}) == {offset});"
        )
        .expect("write to String");
    }
    text.push_str("};\n");
    text
}
