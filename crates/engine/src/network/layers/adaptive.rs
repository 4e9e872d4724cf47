//! What attention and the feed-forward network last added to each row (dLLM-Cache, arXiv 2506.06295).

use super::{Layering, Network, Placed};
use crate::device::AnyExecutor;
use crate::error::Result;
use crate::model::{Adaptation, ModelSpec};
use crate::network::Reading;
use crate::network::placement::{Extra, Placement};
use crate::recording::{BufferId, BufferIds, Executor as _, PreparedId, Recording};

/// The buffers.
pub struct Added {
    /// For each layer, of attention and of the feed-forward network: `[capacity, hidden]` f32
    pub layers: Vec<[BufferId; 2]>,
    /// Slots.
    pub capacity: usize,
    /// A recording without calls: releasing it frees the buffers.
    owner: PreparedId,
}

impl Added {
    async fn new(
        executor: &mut AnyExecutor,
        ids: &mut BufferIds,
        spec: &ModelSpec,
        capacity: usize,
    ) -> Result<Self> {
        let mut recording = Recording::default();
        let mut buffer = |name| recording.buffer(ids, name, capacity * spec.hidden);
        let layers = (0..spec.layers)
            .map(|_| ["added by attention", "added by the feed-forward network"].map(&mut buffer))
            .collect();
        let owner = executor.prepare(recording).await?;
        Ok(Self {
            layers,
            capacity,
            owner,
        })
    }

    /// A forward that computes so many rows, the `fixed` first ones among them.
    pub fn work(&self, [fixed, computed]: [usize; 2]) -> Adaptation<'_> {
        Adaptation {
            fixed: fixed as u32,
            computed: computed as u32,
            added: &self.layers,
        }
    }
}

impl Network {
    /// The rows of `placed`, of which a part is computed: all of them where one was never computed.
    pub(super) async fn place_adaptation(
        &mut self,
        mut placed: Placed,
        (from, ratio): (u32, f32),
        length: usize,
    ) -> Result<Placed> {
        let mut is_known = self.kept.has(&placed.placement.seen().rows, length);
        if self.make_added(placed.placement.capacity(length)).await? {
            is_known = false;
            let classes = self.classes(Reading::Own);
            placed.placement = Placement::whole(length, Extra::default(), classes);
        }
        let rows = placed.placement.rows();
        let before = placed.placement.seen().rows.iter();
        let fixed = before.take_while(|row| **row < from).count();
        let computed = match is_known {
            true => fixed + ((rows - fixed) as f32 * ratio) as usize,
            false => rows,
        };
        Ok(Placed {
            layering: Layering::Adapt { fixed, computed },
            ..placed
        })
    }

    /// As rows of all layers: the first computes all of `rows`, the others project them and compute
    /// the rest of a layer for `computed` of them.
    pub(super) fn rows_adapted(&self, rows: usize, computed: usize) -> usize {
        let layers = self.spec().layers;
        let behind = match computed {
            0 => 0.0,
            _ => {
                let projected = self.projected_share() * rows as f64;
                projected + (1.0 - self.projected_share()) * computed as f64
            }
        };
        let all = rows as f64 + (layers - 1) as f64 * behind;
        (all / layers as f64).ceil() as usize
    }

    /// The part of a layer's weights, of those that a row is multiplied with, that project it to
    /// queries, keys and values.
    fn projected_share(&self) -> f64 {
        let spec = self.spec();
        let last = Some(spec.layers - 1);
        let chosen = spec
            .experts
            .map_or(1.0, |experts| experts.chosen as f64 / experts.count as f64);
        let [mut projecting, mut all] = [0.0; 2];
        for ((role, layer), matrix) in self.weights.matrices.iter() {
            if *layer == last {
                let part = if role.starts_with("experts") {
                    chosen
                } else {
                    1.0
                };
                let size = part * f64::from(matrix.rows) * f64::from(matrix.columns);
                all += size;
                projecting += if *role == "qkv" { size } else { 0.0 };
            }
        }
        projecting / all
    }

    /// Sees to it that there are `capacity` slots; whether they had to be made. Buffers that grow take
    /// the recordings that name them along.
    async fn make_added(&mut self, capacity: usize) -> Result<bool> {
        let current = self.layers.added.as_ref();
        if current.is_some_and(|added| added.capacity >= capacity) {
            return Ok(false);
        }
        self.release_layered();
        if let Some(old) = self.layers.added.take() {
            self.executor.release(old.owner);
        }
        let spec = self.architecture.spec();
        let made = Added::new(&mut self.executor, &mut self.buffer_ids, spec, capacity);
        self.layers.added = Some(made.await?);
        Ok(true)
    }
}
