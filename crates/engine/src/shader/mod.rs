//! Shaders as files: the generated table of sources, kernels and reflected bindings.

pub mod assemble;

use crate::error::{Error, ErrorCode, Result};
pub use assemble::{Dialect, Role};

/// How a shader uses a binding, as reflected from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// `var<uniform>`
    Uniform,
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    ReadWrite,
}

/// One kernel in one choice of its roles.
#[derive(Debug)]
pub struct Variant {
    /// The kernel's file, without `.wgsl`.
    pub kernel: &'static str,
    /// Its roles in the order of `variants.toml`.
    pub roles: &'static [Role],
    /// What each binding of group 0 is, in order.
    pub bindings: &'static [BindingKind],
    /// FNV-1a hash of the text that naga validated; `shaders/variants.lock` records it,
    /// so only tests read it.
    #[cfg(not(target_arch = "wasm32"))]
    pub hash: u64,
}

mod generated {
    use super::{BindingKind, Variant};
    include!(concat!(env!("OUT_DIR"), "/shaders.rs"));
}

/// Every variant of every kernel.
#[must_use]
pub fn variants() -> &'static [Variant] {
    generated::VARIANTS
}

/// The variant of `kernel` with exactly `roles` (in any order).
///
/// # Errors
/// [`ErrorCode::Gpu`] when `variants.toml` does not list it.
pub fn variant(kernel: &str, roles: &[Role]) -> Result<&'static Variant> {
    variants()
        .iter()
        .find(|v| {
            v.kernel == kernel
                && v.roles.len() == roles.len()
                && roles.iter().all(|r| v.roles.contains(r))
        })
        .ok_or_else(|| {
            Error::new(
                ErrorCode::Gpu,
                format!(
                    "shaders/variants.toml has no variant of {kernel} with {roles:?}; add it there"
                ),
            )
        })
}

impl Variant {
    /// The WGSL text for `dialect`.
    ///
    /// # Panics
    /// Never for a listed variant: the build assembled each one.
    #[must_use]
    pub fn wgsl(&self, dialect: Dialect) -> String {
        assemble::assemble(self.kernel, self.roles, dialect, &source)
            .expect("the build assembled every variant")
    }

    /// A name for labels and reports: `matmul_tile weights=q8_0 elem=f32 epilogue=add`.
    #[must_use]
    pub fn label(&self) -> String {
        self.roles
            .iter()
            .fold(self.kernel.to_owned(), |label, (role, value)| {
                format!("{label} {role}={value}")
            })
    }
}

fn source(name: &str) -> Option<&'static str> {
    generated::SOURCES
        .iter()
        .find(|(file, _)| *file == name)
        .map(|(_, text)| *text)
}
