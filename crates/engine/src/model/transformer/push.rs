//! Products and embeddings over all shards of a weight.

use crate::kernels::embed::{self, Embed};
use crate::kernels::matmul_tile::{self, Epilogue, MatmulTile};
use crate::model::Inputs;
use crate::model::parameter::Matrix;
use crate::recording::{BufferId, Recording};

/// Appends the product of `x` `[rows, columns]` with every shard of `weight`.
pub fn push_matmul(
    out: &mut Recording,
    rows: u32,
    weight: &Matrix,
    x: BufferId,
    y: BufferId,
    epilogue: Epilogue,
) {
    for shard in &weight.shards {
        out.push(MatmulTile {
            params: matmul_tile::Params {
                rows,
                quads: weight.columns / 4,
                columns: shard.rows,
                first_column: shard.first_row,
                y_stride: weight.rows / epilogue.columns_each(),
                scale_offset: shard.scale_offset,
            },
            format: weight.format,
            epilogue,
            x,
            weight: shard.buffer,
            y,
        });
    }
}

/// Appends the rows of `weight` at `ids`; those of positions are added to what is there.
pub fn push_embed(
    out: &mut Recording,
    inputs: &Inputs,
    ids: BufferId,
    weight: &Matrix,
    x: BufferId,
) {
    for shard in &weight.shards {
        out.push(Embed {
            params: embed::Params {
                quads: weight.columns / 4,
                first_id: shard.first_row,
                shard_rows: shard.rows,
                scale_offset: shard.scale_offset,
            },
            format: weight.format,
            adds: ids == inputs.positions,
            rows: inputs.rows,
            ids,
            weight: shard.buffer,
            x,
        });
    }
}

/// Adds the product with `weight` to `y`, by factors and offsets where there are any.
pub fn push_residual(
    out: &mut Recording,
    rows: u32,
    (weight, affine): (&Matrix, Option<BufferId>),
    x: BufferId,
    y: BufferId,
) {
    let epilogue = affine.map_or(Epilogue::Add, Epilogue::AddAffine);
    push_matmul(out, rows, weight, x, y, epilogue);
}
