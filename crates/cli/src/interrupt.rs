//! Ctrl-C: the first one ends a run after its current step, a second one ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor;
use unmask_engine::{Error, Result};

/// The status of a process that Ctrl-C ended, as shells have it: 128 + SIGINT.
pub const STATUS: u8 = 130;

/// Whether Ctrl-C was pressed.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    /// A run is under way and looks at `asked` between its steps.
    running: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the system installs no handler.
    pub fn listen() -> Result<Self> {
        let interrupt = Self::default();
        let heard = interrupt.clone();
        ctrlc::set_handler(move || heard.hear()).map_err(|error| {
            Error::bad_input(format!(
                "cannot listen for Ctrl-C ({error}); run it in a terminal"
            ))
        })?;
        Ok(interrupt)
    }

    /// From now on the first Ctrl-C is left to [`Self::is_asked`].
    pub fn run_begins(&self) {
        self.running.store(true, Ordering::SeqCst);
    }

    /// Whether the run shall end.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    fn hear(&self) {
        if !self.running.load(Ordering::SeqCst) || self.asked.swap(true, Ordering::SeqCst) {
            // Nothing to do if the terminal is gone: the process ends anyway.
            let _ = crossterm::execute!(std::io::stderr(), cursor::Show);
            std::process::exit(STATUS.into());
        }
    }
}
