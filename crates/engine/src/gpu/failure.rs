//! What went wrong on the device outside any call: lost devices and uncaptured errors.

use std::sync::{Arc, Mutex};

use crate::error::{Error, ErrorCode, Result};

/// Shared with the device's callbacks, which may run at any time.
#[derive(Clone, Default)]
pub struct Failure(Arc<Mutex<Option<Error>>>);

impl Failure {
    /// Listens to `device`.
    pub fn watch(device: &wgpu::Device) -> Self {
        let failure = Self::default();
        let lost = failure.clone();
        device.set_device_lost_callback(move |reason, message| {
            // Destroying the device ourselves at the end of its life is no failure.
            if reason != wgpu::DeviceLostReason::Destroyed {
                lost.set(Error::new(
                    ErrorCode::DeviceLost,
                    format!("the GPU device was lost ({message}); load the model again"),
                ));
            }
        });
        let uncaptured = failure.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            uncaptured.set(gpu_error(&error));
        }));
        failure
    }

    fn set(&self, error: Error) {
        let mut slot = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        // The first error is the cause; later ones are its consequences.
        slot.get_or_insert(error);
    }

    /// The failure so far, as an error.
    pub fn check(&self) -> Result<()> {
        let slot = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        slot.clone().map_or(Ok(()), Err)
    }
}

/// A wgpu error as one of ours.
pub fn gpu_error(error: &wgpu::Error) -> Error {
    match error {
        wgpu::Error::OutOfMemory { .. } => Error::new(
            ErrorCode::OutOfMemory,
            "the GPU is out of memory; choose a smaller dtype, a shorter canvas or a smaller model",
        ),
        wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
            Error::new(
                ErrorCode::Gpu,
                format!("the GPU refused a call: {description}"),
            )
        }
    }
}

/// Runs `work` in an error scope for `filter`: what it does wrong becomes an error, never zeros.
pub async fn scoped<T>(
    device: &wgpu::Device,
    filter: wgpu::ErrorFilter,
    work: impl FnOnce() -> T,
) -> Result<T> {
    let scope = device.push_error_scope(filter);
    let made = work();
    match scope.pop().await {
        Some(error) => Err(gpu_error(&error)),
        None => Ok(made),
    }
}
