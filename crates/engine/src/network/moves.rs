//! A sequence that changes its length in the middle: what is kept of the positions behind goes to
//! other slots, and is not computed again.

use super::Network;
use super::cache::Move;
use crate::error::Result;
use crate::kernels::kv_move::{KvMove, Params};
use crate::model::{Positions, Rotary};
use crate::recording::{BufferId, Executor as _, Recording};

impl Network {
    /// At position `at` of the sequence, `removed` positions went and `inserted` came. The slots of
    /// what is behind move before the next forward, where the model's positions allow it (learned
    /// vectors do not turn) and layers keep nothing else that would have to move along.
    pub fn spliced(&mut self, at: u32, removed: u32, inserted: u32) {
        self.kept
            .spliced(at as usize, removed as usize, inserted as usize);
        if self.layers.is_used() || self.turns(0).is_none() {
            self.begin_run();
        }
    }

    /// Cosines and sines by which keys turn that go `shift` positions on: those of layers that see
    /// all, and of those that see what is near.
    fn turns(&self, shift: i32) -> Option<(Vec<f32>, Option<Vec<f32>>)> {
        let spec = self.spec();
        let Positions::Rotary(rotary) = spec.positions else {
            return None;
        };
        let local = spec.local.map(|local| Rotary::plain(local.theta));
        let local = local.and_then(|rotary| rotary.shift(shift, spec.head_dim));
        Some((rotary.shift(shift, spec.head_dim)?, local))
    }

    /// Moves what splices have moved since the last forward.
    pub(super) async fn settle(&mut self) -> Result<()> {
        for moved in self.kept.take_moves() {
            self.have_slots((moved.to + moved.count) as usize).await?;
            self.move_slots(moved).await?;
        }
        Ok(())
    }

    async fn move_slots(&mut self, moved: Move) -> Result<()> {
        let (Some(cache), Some((all, near))) =
            (&self.cache, self.turns(moved.to as i32 - moved.from as i32))
        else {
            return Ok(());
        };
        let stores = cache.stores();
        let head_dim = self.spec().head_dim;
        let mut recording = Recording::default();
        let of_all = recording.buffer(&mut self.buffer_ids, "turns", head_dim);
        let of_near = recording.buffer(&mut self.buffer_ids, "local turns", head_dim);
        for (layer, store) in stores.into_iter().enumerate() {
            let is_local = self.spec().local.is_some_and(|l| l.holds_for(layer));
            let turns = if is_local { of_near } else { of_all };
            recording.push(self.kv_move(moved, store, turns));
        }
        let prepared = self.executor.prepare(recording).await?;
        self.executor.write(of_all, 0, bytemuck::cast_slice(&all))?;
        if let Some(near) = near {
            self.executor
                .write(of_near, 0, bytemuck::cast_slice(&near))?;
        }
        let moved = self.executor.run(prepared, of_all, 4).await;
        self.executor.release(prepared);
        moved.map(|_| ())
    }

    fn kv_move(&self, moved: Move, store: BufferId, turns: BufferId) -> KvMove {
        let spec = self.spec();
        KvMove {
            params: Params {
                start: moved.from,
                end: moved.to,
                count: moved.count,
                key_heads: spec.key_heads as u32,
                head_dim: spec.head_dim as u32,
            },
            turns,
            store,
            kv: self.kv,
        }
    }
}
