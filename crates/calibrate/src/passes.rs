//! Layer by layer: gather what its products read, round its weights, put them in their place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

use unmask_engine::Result;
use unmask_engine::model::{Parameter, ParameterName, Shape, Source};
use unmask_engine::recipe::Recipe;
use unmask_engine::session::{
    self, DeviceChoice, DtypeChoice, LoadOptions, LoadedModel, ProductInput, layers,
};
use unmask_engine::weights::{Assembly, Checkpoint, Files};

use crate::blocks::Scheme;
use crate::canvas::{Canvas, canvases};
use crate::gptq::round_rows;
use crate::gram::Gram;
use crate::texts::Text;

/// The matrix whose rows are looked up.
const EMBEDDING: ParameterName = ("embedding", None);

/// How far calibrating has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The source is read as f32.
    Loading {
        /// Bytes read.
        loaded: u64,
        /// Bytes to read.
        total: u64,
    },
    /// A layer's inputs are gathered.
    Reading {
        /// Which, from 1; the head comes last.
        layer: usize,
        /// Of how many.
        layers: usize,
        /// Texts done.
        text: usize,
        /// Of how many.
        texts: usize,
    },
    /// Its weights are rounded.
    Rounding {
        /// Which, from 1.
        layer: usize,
        /// Of how many.
        layers: usize,
    },
}

/// What rounding a matrix cost.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixError {
    /// The matrix.
    pub name: ParameterName,
    /// Of the sum of squares of its products over the calibration text, the share that is error.
    pub calibrated: f64,
    /// The same by rounding to the nearest.
    pub nearest: f64,
}

/// What calibrating gave.
#[derive(Clone, Debug, Default)]
pub struct Calibrated {
    /// The rounded tensors by name: their blocks as a file has them.
    pub blocks: BTreeMap<String, Vec<u8>>,
    /// What rounding cost, in the order of the model.
    pub errors: Vec<MatrixError>,
}

/// Calibrates the matrices of the checkpoint in `files` that `recipe` puts into blocks, on `texts`.
/// In memory: the model in f32, a layer's second moments, and the blocks. Deterministic.
///
/// The embedding is rounded to the nearest before anything else, so that every layer is calibrated on
/// what it will read: what makes up for errors in products makes rows that are looked up worse, and
/// a head that is the same matrix has one rounding with it. It, what is stored column by column and
/// what is in such blocks already are left to the converter.
///
/// # Errors
/// As [`session::load`]; `bad_input` for texts that cannot be encoded; `bad_file` where activations
/// are not finite.
pub async fn calibrate<F: Files>(
    files: &F,
    recipe: &Recipe,
    texts: &[Text],
    progress: &mut dyn FnMut(Step),
) -> Result<Calibrated> {
    let checkpoint = Checkpoint::open(files).await?;
    let options = LoadOptions {
        device: DeviceChoice::Cpu,
        dtype: DtypeChoice::F32,
        ..LoadOptions::default()
    };
    let mut loading = |progress_of: unmask_engine::Progress| {
        let unmask_engine::Progress { loaded, total, .. } = progress_of;
        progress(Step::Loading { loaded, total });
    };
    let mut model = session::load(files, &options, &mut loading).await?;
    let canvases = {
        let codec = Rc::clone(model.text());
        canvases(texts, &codec, model.info(), model.spec().attention)?
    };
    let mut stages = stages(&model, &checkpoint, recipe);
    round_looked_up(&mut model, &mut stages)?;
    let mut calibrated = Calibrated::default();
    let mut rounded = BTreeMap::new();
    for (index, stage) in stages.iter().enumerate() {
        let place = (index + 1, stages.len());
        let grams = gather(&mut model, stage, &canvases, place, progress).await?;
        progress(Step::Rounding {
            layer: place.0,
            layers: place.1,
        });
        for target in stage {
            if let Some(gram) = grams.get(&target.parameter.name) {
                let error = round(&mut model, &checkpoint, target, gram, &mut rounded)?;
                calibrated.errors.push(error);
            }
        }
    }
    // A tensor of which only some rows are a product's is left to the converter.
    let whole = rounded
        .into_iter()
        .filter(|(_, tensor)| tensor.is_rounded.iter().all(|is_rounded| *is_rounded));
    calibrated.blocks = whole.map(|(name, tensor)| (name, tensor.blocks)).collect();
    Ok(calibrated)
}

/// A tensor whose rows are being rounded.
struct Tensor {
    blocks: Vec<u8>,
    is_rounded: Vec<bool>,
}

/// A matrix to round.
struct Target {
    parameter: Parameter,
    assembly: Assembly,
    scheme: Scheme,
}

/// The matrices to round, those of a layer together; those of no layer come last.
fn stages<F: Files>(
    model: &LoadedModel,
    checkpoint: &Checkpoint<F>,
    recipe: &Recipe,
) -> Vec<Vec<Target>> {
    let parameters = model.parameters();
    let count = layers(&parameters);
    let mut stages: Vec<Vec<Target>> = (0..=count).map(|_| Vec::new()).collect();
    for parameter in parameters {
        let source = parameter.block_type(checkpoint);
        let format = recipe.format(parameter.name, count, source);
        let (Shape::Matrix(_, columns), Source::Stored(assembly)) =
            (parameter.shape, &parameter.source)
        else {
            continue;
        };
        let is_kept = source.is_some() && format.block_type() == source;
        let scheme = Scheme::of(format.for_columns(columns));
        let is_transposed = matches!(assembly, Assembly::Transposed(_));
        if let (Some(scheme), false, false) = (scheme, is_kept, is_transposed) {
            let assembly = assembly.clone();
            stages[parameter.name.1.unwrap_or(count)].push(Target {
                parameter,
                assembly,
                scheme,
            });
        }
    }
    stages.retain(|stage| !stage.is_empty());
    stages
}

/// Rounds the embedding in its place, to the nearest as the converter does, and takes it off `stages`.
fn round_looked_up(model: &mut LoadedModel, stages: &mut Vec<Vec<Target>>) -> Result<()> {
    for stage in &mut *stages {
        let embedding = stage.extract_if(.., |target| target.parameter.name == EMBEDDING);
        for target in embedding {
            let Shape::Matrix(_, columns) = target.parameter.shape else {
                continue;
            };
            let weights = model.matrix(EMBEDDING)?;
            model.set_matrix(EMBEDDING, &nearest(&weights, columns, target.scheme))?;
        }
    }
    stages.retain(|stage| !stage.is_empty());
    Ok(())
}

/// What the products of `stage` read when the model goes over `canvases`, each up to there.
async fn gather(
    model: &mut LoadedModel,
    stage: &[Target],
    canvases: &[Canvas],
    (layer, layers): (usize, usize),
    progress: &mut dyn FnMut(Step),
) -> Result<BTreeMap<ParameterName, Gram>> {
    let names: Vec<ParameterName> = stage.iter().map(|target| target.parameter.name).collect();
    let grams = Rc::new(RefCell::new(BTreeMap::<ParameterName, Gram>::new()));
    let gathered = Rc::clone(&grams);
    let last = names.first().and_then(|name| name.1);
    model.watch_products(move |input: ProductInput<'_>| {
        if names.contains(&input.name) {
            let mut grams = gathered.borrow_mut();
            let gram = grams.entry(input.name);
            gram.or_insert_with(|| Gram::new(input.columns))
                .add(input.x);
        }
        // Whatever comes behind the layer need not be computed.
        let is_behind = last.is_some_and(|last| input.name.1.is_none_or(|layer| layer > last));
        match is_behind {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    for (text, canvas) in canvases.iter().enumerate() {
        let texts = canvases.len();
        progress(Step::Reading {
            layer,
            layers,
            text,
            texts,
        });
        model.logits(&canvas.ids).await?;
    }
    model.unwatch();
    Ok(grams.take())
}

/// Rounds a matrix in its place, and keeps the blocks of its tensors.
fn round<F: Files>(
    model: &mut LoadedModel,
    checkpoint: &Checkpoint<F>,
    target: &Target,
    gram: &Gram,
    rounded_tensors: &mut BTreeMap<String, Tensor>,
) -> Result<MatrixError> {
    let name = target.parameter.name;
    let weights = model.matrix(name)?;
    let rounded = round_rows(&weights, &gram.factor()?, target.scheme);
    let nearest = nearest(&weights, gram.columns(), target.scheme);
    let error = MatrixError {
        name,
        calibrated: relative_error(gram, &weights, &rounded.weights),
        nearest: relative_error(gram, &weights, &nearest),
    };
    model.set_matrix(name, &rounded.weights)?;
    let tensors = target.assembly.tensors();
    let counts: Vec<usize> = tensors
        .iter()
        .map(|tensor| Ok(checkpoint.require(tensor)?.rows()))
        .collect::<Result<_>>()?;
    let bytes = gram.columns() / crate::blocks::BLOCK * target.scheme.bytes();
    let origins = target.assembly.origins(&counts);
    for (row, (tensor, origin)) in rounded.blocks.chunks_exact(bytes).zip(origins) {
        let kept = rounded_tensors.entry(tensors[tensor].clone());
        let kept = kept.or_insert_with(|| Tensor {
            blocks: vec![0; counts[tensor] * bytes],
            is_rounded: vec![false; counts[tensor]],
        });
        kept.blocks[origin * bytes..][..bytes].copy_from_slice(row);
        kept.is_rounded[origin] = true;
    }
    Ok(error)
}

/// The weights as the engine's own packing rounds them.
fn nearest(weights: &[f32], columns: usize, scheme: Scheme) -> Vec<f32> {
    let format = scheme.format();
    let rows = weights.len() / columns;
    let planes = format
        .pack(weights, columns)
        .expect("they were loaded, so they are finite");
    let mut out = vec![0.0; weights.len()];
    let buffer = [planes.quants, planes.scales].concat();
    format.unpack(&buffer, (rows, columns), 0..rows, &mut out);
    out
}

/// The share of the products' energy that is error, by some of the rows.
fn relative_error(gram: &Gram, weights: &[f32], rounded: &[f32]) -> f64 {
    const MOST_ROWS: usize = 64;
    let columns = gram.columns();
    let (mut error, mut energy) = (0.0, 0.0);
    let rows = weights
        .chunks_exact(columns)
        .zip(rounded.chunks_exact(columns));
    for (row, rounded) in rows.step_by((weights.len() / columns).div_ceil(MOST_ROWS)) {
        let wide: Vec<f64> = row.iter().map(|weight| f64::from(*weight)).collect();
        let pairs = wide.iter().zip(rounded);
        let differences: Vec<f64> = pairs.map(|(w, r)| w - f64::from(*r)).collect();
        error += gram.cost(&differences);
        energy += gram.cost(&wide);
    }
    if energy > 0.0 { error / energy } else { 0.0 }
}
