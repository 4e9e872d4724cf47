//! Products with every epilogue, of few rows and of more than a tile.

use unmask_engine::kernels::matmul_tile::{Epilogue, MatmulTile, Params};
use unmask_engine::recording::BufferId;
use unmask_engine::weights::Format;

use super::{HALF, SINGLE};
use crate::Problem;
use crate::numbers::{numbers, packed};

const K: usize = 96;
/// More than a tile of each kind, and no multiple of one.
const COLUMNS: usize = 290;

/// An epilogue with its vector.
type Ending = fn(BufferId) -> Epilogue;

const ENDINGS: [(&str, Ending); 8] = [
    ("store", |_| Epilogue::Store),
    ("add", |_| Epilogue::Add),
    ("bias", Epilogue::Bias),
    ("add affine", Epilogue::AddAffine),
    ("GELU", Epilogue::Gelu),
    ("GELU by tanh", Epilogue::GeluTanh),
    ("SwiGLU", |_| Epilogue::Swiglu),
    ("GeGLU", |_| Epilogue::Geglu),
];

pub fn problems(format: Format) -> Vec<Problem> {
    let of = |rows| ENDINGS.map(|(name, ending)| problem(format, rows, name, ending));
    [2, 35].into_iter().flat_map(of).collect()
}

fn problem(format: Format, rows: usize, name: &str, ending: Ending) -> Problem {
    let mut problem = Problem::new(format!("product {format}, {rows} rows, {name}"), SINGLE);
    problem.half_tolerance = HALF;
    let vector = problem.floats(&numbers(11, 2 * COLUMNS));
    let epilogue = ending(vector);
    let stride = COLUMNS / epilogue.columns_each() as usize;
    let call = MatmulTile {
        params: Params {
            rows: rows as u32,
            quads: K as u32 / 4,
            columns: COLUMNS as u32,
            first_column: 0,
            y_stride: stride as u32,
            scale_offset: (format.scale_offset(COLUMNS, K) / 4) as u32,
        },
        format,
        epilogue,
        x: problem.floats(&numbers(12, rows * K)),
        weight: problem.words(packed(format, &numbers(13, COLUMNS * K), K)),
        y: problem.result(bytemuck::cast_slice(&numbers(14, rows * stride)).to_vec()),
    };
    problem.call(call);
    problem
}
