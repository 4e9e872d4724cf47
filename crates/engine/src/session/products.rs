//! A loaded model opened up: what its products read, and their weights to be read and replaced. What
//! calibrating needs; no browser does.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::LoadedModel;
use crate::device::AnyExecutor;
use crate::error::{Error, Result};
use crate::kernels::Operation;
use crate::model::{Matrix, ModelSpec, Parameter, ParameterName};
use crate::recording::{BufferId, Executor as _};
use crate::reference::{HostMemory, ReferenceExecutor};
use crate::weights::Format;

/// What a product of a forward reads.
#[derive(Debug)]
pub struct ProductInput<'a> {
    /// The matrix that it is multiplied with.
    pub name: ParameterName,
    /// `[rows, columns]`
    pub x: &'a [f32],
    /// Numbers of a row: columns of the matrix.
    pub columns: usize,
}

impl LoadedModel {
    /// The checkpoint's facts.
    #[must_use]
    pub fn spec(&self) -> &ModelSpec {
        self.network.spec()
    }

    /// Everything that was loaded, in the order of the network.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.network.architecture().parameters()
    }

    /// From now on `watch` sees the input of every product with a matrix of the model, once each. A
    /// break ends the forward there: what it was to give is worth nothing then.
    ///
    /// # Errors
    /// `bad_input` for a model on a GPU, whose memory nobody sees.
    pub fn watch_products(
        &mut self,
        mut watch: impl FnMut(ProductInput<'_>) -> ControlFlow<()> + 'static,
    ) -> Result<()> {
        let mut names = HashMap::new();
        for (name, matrix) in self.network.weights().matrices.iter() {
            // All shards of a matrix read the same.
            names.insert(matrix.shards[0].buffer, *name);
        }
        let see = move |operation: &Operation, memory: &HostMemory| match input(
            operation, memory, &names,
        ) {
            Some(input) => watch(input),
            None => ControlFlow::Continue(()),
        };
        self.host()?.watch(Some(Box::new(see)));
        Ok(())
    }

    /// Ends [`Self::watch_products`].
    pub fn unwatch(&mut self) {
        if let Ok(host) = self.host() {
            host.watch(None);
        }
    }

    /// The numbers of a matrix that was loaded as f32: `[rows, columns]`.
    ///
    /// # Errors
    /// `bad_input` for a model on a GPU or in another format.
    pub fn matrix(&mut self, name: ParameterName) -> Result<Vec<f32>> {
        let matrix = self.float_matrix(name)?;
        let memory = self.host()?.memory();
        let columns = matrix.columns as usize;
        let mut weights = Vec::with_capacity(matrix.rows as usize * columns);
        for shard in &matrix.shards {
            weights.extend(&memory.floats(shard.buffer)[..shard.rows as usize * columns]);
        }
        Ok(weights)
    }

    /// Replaces the numbers of such a matrix.
    ///
    /// # Errors
    /// As [`Self::matrix`].
    ///
    /// # Panics
    /// When `weights` has another length.
    pub fn set_matrix(&mut self, name: ParameterName, weights: &[f32]) -> Result<()> {
        let matrix = self.float_matrix(name)?;
        let columns = matrix.columns as usize;
        assert_eq!(weights.len(), matrix.rows as usize * columns, "{name:?}");
        let host = self.host()?;
        for shard in &matrix.shards {
            let first = shard.first_row as usize * columns;
            let rows = &weights[first..][..shard.rows as usize * columns];
            host.write(shard.buffer, 0, bytemuck::cast_slice(rows))?;
        }
        Ok(())
    }

    fn float_matrix(&self, name: ParameterName) -> Result<Matrix> {
        let matrix = self.network.weights().matrix(name.0, name.1);
        match matrix.format {
            Format::F32 => Ok(matrix.clone()),
            format => Err(Error::bad_input(format!(
                "the model is loaded as {format}; load it as f32 to change its weights"
            ))),
        }
    }

    fn host(&mut self) -> Result<&mut ReferenceExecutor> {
        match self.network.executor_mut() {
            AnyExecutor::Host(host) => Ok(host),
            AnyExecutor::Gpu(_) => Err(Error::bad_input(
                "the model is on a GPU; load it on the CPU to see what its products read",
            )),
        }
    }
}

/// What `operation` multiplies, where it is a product with one of the matrices.
fn input<'a>(
    operation: &Operation,
    memory: &'a HostMemory,
    names: &HashMap<BufferId, ParameterName>,
) -> Option<ProductInput<'a>> {
    let Operation::MatmulTile(call) = operation else {
        return None;
    };
    let columns = call.params.quads as usize * 4;
    Some(ProductInput {
        name: *names.get(&call.weight)?,
        x: &memory.floats(call.x)[..call.params.rows as usize * columns],
        columns,
    })
}
