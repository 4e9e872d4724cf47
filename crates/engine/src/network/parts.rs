//! The parts of a network, for calibration, which watches and replaces them. No browser does.

use super::Network;
use crate::device::AnyExecutor;
use crate::model::{Architecture, Weights};

impl Network {
    /// What runs the network, to be changed.
    pub fn executor_mut(&mut self) -> &mut AnyExecutor {
        &mut self.executor
    }

    /// What the checkpoint is.
    pub fn architecture(&self) -> &dyn Architecture {
        &*self.architecture
    }

    /// Where its parameters are.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }
}
