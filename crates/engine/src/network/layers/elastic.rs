//! The attention of a tracked token of each layer, and forwards that begin where it has drifted
//! (Elastic-Cache, arXiv 2510.14973).
//!
//! What the layers attended to comes back with the records, so that a step is one submission, or two
//! where some layer drifted.

use super::{Layering, Layers, Network, Placed};
use crate::device::AnyExecutor;
use crate::error::Result;
use crate::kernels::most_attended::NONE;
use crate::model::{Drifting, ModelSpec};
use crate::network::ask::{Ask, Readout, Rows};
use crate::network::placement::{Extra, Placement};
use crate::network::{ROW_GROUP, Reading};
use crate::recording::{BufferId, BufferIds, Executor as _, PreparedId, Recording};

/// The buffers, and what is tracked.
pub struct Watch {
    /// For each layer, the hidden states before it: `[capacity, hidden]` f32
    pub hidden: Vec<BufferId>,
    /// For each layer, rotated queries: `[capacity, query heads, head_dim]` f32
    pub queries: Vec<BufferId>,
    /// `[2 * layers + window]` u32
    pub watched: BufferId,
    /// `[1]` u32
    pub count: BufferId,
    /// `[capacity]` u32
    pub candidates: BufferId,
    /// `[2 * layers]`
    pub report: BufferId,
    /// Slots.
    capacity: usize,
    /// Rows of a window.
    window: usize,
    /// Of each layer, [`NONE`] without one; empty while nothing is tracked.
    pub tracked: Vec<u32>,
    /// What the last forward reported.
    pub reported: Vec<u32>,
    /// A recording without calls: releasing it frees the buffers.
    owner: PreparedId,
}

impl Watch {
    async fn new(
        executor: &mut AnyExecutor,
        ids: &mut BufferIds,
        spec: &ModelSpec,
        [capacity, window]: [usize; 2],
    ) -> Result<Self> {
        let mut recording = Recording::default();
        let mut buffer = |name, words| recording.buffer(ids, name, words);
        let layers = 0..spec.layers;
        let of_layers = |name, width: usize, buffer: &mut dyn FnMut(_, _) -> BufferId| {
            let layers = layers.clone();
            layers.map(|_| buffer(name, capacity * width)).collect()
        };
        let hidden = of_layers("kept hidden states", spec.hidden, &mut buffer);
        let queries = of_layers("kept queries", spec.attended(), &mut buffer);
        let watched = buffer("watched rows", 2 * spec.layers + window);
        let count = buffer("rows of the window", 1);
        let candidates = buffer("slots that can be tracked", capacity);
        let report = buffer("report of the layers", 2 * spec.layers);
        let owner = executor.prepare(recording).await?;
        Ok(Self {
            hidden,
            queries,
            watched,
            count,
            candidates,
            report,
            capacity,
            window,
            tracked: Vec::new(),
            reported: Vec::new(),
            owner,
        })
    }

    /// A forward from a layer on, with room for a window of so many rows.
    pub fn work(&self, [from, window]: [usize; 2], tests: bool) -> Drifting<'_> {
        Drifting {
            from: from as u32,
            tests,
            window: window as u32,
            hidden: &self.hidden,
            queries: &self.queries,
            watched: self.watched,
            count: self.count,
            candidates: self.candidates,
            report: self.report,
        }
    }

    /// The first layer behind one whose tracked row has drifted below the cosine `threshold`.
    fn boundary(&self, tracked: &[u32], threshold: f32) -> Option<usize> {
        let layers = self.reported.iter().zip(tracked);
        let cosine = |drift: u32| 1.0 - f32::from_bits(drift) / 2.0;
        let drifted = |(drift, slot): (&u32, &u32)| *slot != NONE && cosine(*drift) < threshold;
        let mut layers = layers.map(drifted);
        let first = layers.position(|drifted| drifted)?;
        (first + 1 < tracked.len()).then_some(first + 1)
    }
}

/// What an ask wants to know of drifts.
struct Watched<'a> {
    threshold: f32,
    window: &'a [u32],
    written: &'a [u32],
}

impl Network {
    /// As [`Network::read`], with a second forward from the layer on where attention has drifted.
    pub(in crate::network) async fn read_elastic(
        &mut self,
        ids: &[u32],
        ask: &Ask<'_>,
    ) -> Result<Readout> {
        let Layers::Drift {
            threshold,
            window,
            written,
        } = &ask.layers
        else {
            return Ok(Readout::default());
        };
        let watched = Watched {
            threshold: *threshold,
            window,
            written,
        };
        let tracked = self.tracked();
        let ask = with_rows(ask, window, &tracked);
        let room = window.len().max(1).next_multiple_of(ROW_GROUP);
        let (placed, tests) = self.place_drift(&ask, ids, room).await?;
        let stored = self.stored.mark();
        self.watch(&placed, &watched, &tracked)?;
        let mut readout = self.pass(ids, &ask, &placed).await?;
        self.track(0);
        let boundary = self.layers.watch.as_ref().filter(|_| tests);
        if let Some(from) = boundary.and_then(|watch| watch.boundary(&tracked, watched.threshold)) {
            let whole = self.whole_from(from, room, ids.len());
            // The first forward of the step is nobody's step before.
            self.stored.restore(stored);
            self.watch(&whole, &watched, &[])?;
            let again = self.pass(ids, &ask, &whole).await?;
            self.track(from);
            readout = Readout {
                forwarded: readout.forwarded + again.forwarded,
                ..again
            };
        }
        Ok(readout)
    }

    /// The slot that each layer keeps track of.
    fn tracked(&self) -> Vec<u32> {
        let watch = self.layers.watch.as_ref();
        watch.map_or(Vec::new(), |watch| watch.tracked.clone())
    }

    /// Where the rows of the ask are, and whether their drift is computed: all rows where one of them
    /// was never computed. A window has room for so many rows.
    async fn place_drift(
        &mut self,
        ask: &Ask<'_>,
        ids: &[u32],
        room: usize,
    ) -> Result<(Placed, bool)> {
        let placed = self.placed(ids, ask).await?;
        let capacity = placed.placement.capacity(ids.len());
        let is_new = self.make_watch([capacity, room]).await?;
        if is_new || placed.placement.seen().rows.len() == ids.len() {
            return Ok((self.whole_from(0, room, ids.len()), false));
        }
        let layering = Layering::Drift {
            from: 0,
            tests: true,
            window: room,
        };
        let placed = Placed { layering, ..placed };
        Ok((placed, true))
    }

    /// All rows, from a layer on.
    fn whole_from(&self, from: usize, room: usize, length: usize) -> Placed {
        let classes = self.classes(Reading::Own);
        Placed {
            placement: Placement::whole(length, Extra::default(), classes),
            cached: true,
            layering: Layering::Drift {
                from,
                tests: false,
                window: room,
            },
        }
    }

    /// Writes which rows are watched in a forward of `placed`.
    fn watch(&mut self, placed: &Placed, watched: &Watched, tracked: &[u32]) -> Result<()> {
        let layers = self.spec().layers;
        let Some(watch) = &self.layers.watch else {
            return Ok(());
        };
        let rows = &placed.placement.seen().rows;
        let place = |position: &u32| rows.partition_point(|row| row < position) as u32;
        // Of a layer that tracks nothing, whatever is told of its drift is passed over.
        let mut slots: Vec<u32> = tracked.to_vec();
        slots.resize(layers, NONE);
        let known = |slot: &u32| if *slot == NONE { rows[0] } else { *slot };
        let slots: Vec<u32> = slots.iter().map(known).collect();
        let mut words = slots.clone();
        words.extend(slots.iter().map(place));
        words.extend(watched.window.iter().map(place));
        words.resize(2 * layers + watch.window, 0);
        let mut candidates = vec![0_u32; watch.capacity];
        for &position in watched.written {
            candidates[position as usize] = 1;
        }
        let count = [watched.window.len() as u32];
        for (buffer, words) in [
            (watch.watched, &words[..]),
            (watch.candidates, &candidates),
            (watch.count, &count),
        ] {
            self.executor
                .write(buffer, 0, bytemuck::cast_slice(words))?;
        }
        Ok(())
    }

    /// Tracks what the layers from `from` on reported.
    fn track(&mut self, from: usize) {
        if let Some(watch) = &mut self.layers.watch {
            let layers = watch.reported.len() / 2;
            watch.tracked.resize(layers, NONE);
            watch.tracked[from..].copy_from_slice(&watch.reported[layers + from..]);
        }
    }

    /// Sees to it that there is room for so many slots and rows of a window; whether it had to be
    /// made. Buffers that grow take the recordings that name them along.
    async fn make_watch(&mut self, [capacity, window]: [usize; 2]) -> Result<bool> {
        let current = self.layers.watch.as_ref();
        let fits = |watch: &Watch| watch.capacity >= capacity && watch.window >= window;
        if current.is_some_and(fits) {
            return Ok(false);
        }
        self.release_layered();
        if let Some(old) = self.layers.watch.take() {
            self.executor.release(old.owner);
        }
        let spec = self.architecture.spec();
        let sizes = [capacity, window];
        let made = Watch::new(&mut self.executor, &mut self.buffer_ids, spec, sizes);
        self.layers.watch = Some(made.await?);
        Ok(true)
    }
}

/// The ask with the window and the tracked rows among those it chooses.
fn with_rows<'a>(ask: &Ask<'a>, window: &[u32], tracked: &[u32]) -> Ask<'a> {
    let mut ask = ask.clone();
    if let Rows::Chosen { rows, .. } = &mut ask.forward {
        rows.extend(tracked.iter().filter(|slot| **slot != NONE));
        rows.extend(window);
        rows.sort_unstable();
        rows.dedup();
    }
    ask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_behind_the_first_that_drifted_are_computed_anew() {
        let watch = |drifts: [f32; 3]| Watch {
            hidden: Vec::new(),
            queries: Vec::new(),
            watched: BufferId(0),
            count: BufferId(0),
            candidates: BufferId(0),
            report: BufferId(0),
            capacity: 0,
            window: 0,
            tracked: Vec::new(),
            reported: drifts.map(f32::to_bits).to_vec(),
            owner: PreparedId(0),
        };
        let boundary = |drifts, tracked: &[u32]| watch(drifts).boundary(tracked, 0.9);
        // A cosine of 0.9 is a drift of 0.2.
        assert_eq!(boundary([0.1, 0.19, 0.0], &[4, 4, 4]), None);
        assert_eq!(boundary([0.1, 0.21, 0.9], &[4, 4, 4]), Some(2));
        assert_eq!(boundary([0.5, 0.0, 0.0], &[4, 4, 4]), Some(1));
        assert_eq!(boundary([0.0, 0.0, 0.5], &[4, 4, 4]), None, "the last one");
        assert_eq!(boundary([0.5, 0.0, 0.5], &[NONE, 4, 4]), None);
        assert_eq!(boundary([0.5; 3], &[]), None, "nothing is tracked");
    }
}
