//! Compute pipelines, one per shader variant, compiled when first needed.

use std::collections::HashMap;

use super::failure::scoped;
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::Kernel;
use crate::recording::Tier;
use crate::shader::{self, Dialect, Variant};

const DIALECT: Dialect = if cfg!(target_arch = "wasm32") {
    Dialect::Browser
} else {
    Dialect::Naga
};

/// Compiled variants by label.
#[derive(Default)]
pub struct Pipelines {
    compiled: HashMap<String, wgpu::ComputePipeline>,
}

impl Pipelines {
    /// The pipeline of the variant that `kernel` wants on `tier`.
    ///
    /// # Errors
    /// `gpu` naming the variant when the device's compiler refuses it.
    pub async fn get(
        &mut self,
        device: &wgpu::Device,
        kernel: &dyn Kernel,
        tier: Tier,
    ) -> Result<wgpu::ComputePipeline> {
        let variant = shader::variant(kernel.name(), &kernel.roles(tier))?;
        debug_assert_eq!(
            variant.bindings.len(),
            kernel.bindings().len() + 1,
            "{} binds what its shader declares",
            variant.label()
        );
        let label = variant.label();
        if let Some(pipeline) = self.compiled.get(&label) {
            return Ok(pipeline.clone());
        }
        let pipeline = compile(device, variant, &label).await?;
        self.compiled.insert(label, pipeline.clone());
        Ok(pipeline)
    }
}

async fn compile(
    device: &wgpu::Device,
    variant: &Variant,
    label: &str,
) -> Result<wgpu::ComputePipeline> {
    scoped(device, wgpu::ErrorFilter::Validation, || {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(label),
            source: wgpu::ShaderSource::Wgsl(variant.wgsl(DIALECT).into()),
        });
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(label),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        })
    })
    .await
    .map_err(|e| {
        Error::new(
            ErrorCode::Gpu,
            format!("kernel \"{label}\" did not compile: {e}"),
        )
    })
}
