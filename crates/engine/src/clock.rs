//! Elapsed time: the standard library's clock natively, the browser's on the web.

/// A running clock.
pub struct Clock {
    #[cfg(not(target_arch = "wasm32"))]
    start: std::time::Instant,
    #[cfg(target_arch = "wasm32")]
    start: f64,
}

#[cfg(not(target_arch = "wasm32"))]
impl Clock {
    /// Starts it.
    pub fn start() -> Self {
        Self {
            start: std::time::Instant::now(),
        }
    }

    /// Seconds since it was started.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

#[cfg(target_arch = "wasm32")]
impl Clock {
    /// Starts it.
    pub fn start() -> Self {
        Self {
            start: js_sys::Date::now(),
        }
    }

    /// Seconds since it was started.
    pub fn seconds(&self) -> f64 {
        (js_sys::Date::now() - self.start) / 1000.0
    }
}
