//! `--watch`: the canvas as it fills, on stderr.

mod layout;
mod paint;

use std::io::{IsTerminal, Write};
use std::time::Instant;

use crossterm::{cursor, execute, queue, terminal};
use unmask_engine::session::{Run, StepFrame};

use layout::{Cell, Row, Shade, rows, window};
use paint::paint;

/// An animation under way. The cursor is hidden until it ends or is dropped.
pub struct Watch {
    prompt: String,
    /// Of the canvas before the first step, where every path begins.
    initial: Vec<Shade>,
    shades: Vec<Shade>,
    path: Option<u32>,
    pieces: Vec<String>,
    mask_id: u32,
    is_coloured: bool,
    /// Lines on the screen that the next frame replaces.
    drawn: u16,
    began: Instant,
    status: String,
    committed: u32,
}

impl Watch {
    /// Shows the canvas before the first step; `None` when stderr is no terminal.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn begin(prompt: Option<&str>, run: &Run, mask_id: u32) -> std::io::Result<Option<Self>> {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if is_dumb || !std::io::stderr().is_terminal() {
            return Ok(None);
        }
        let shades: Vec<Shade> = run.ids().iter().map(|&id| shade(id, mask_id)).collect();
        let mut watch = Self {
            prompt: prompt.unwrap_or_default().to_owned(),
            initial: shades.clone(),
            shades,
            path: None,
            pieces: run.pieces().to_vec(),
            mask_id,
            is_coloured: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            drawn: 0,
            began: Instant::now(),
            status: String::new(),
            committed: 0,
        };
        execute!(std::io::stderr(), cursor::Hide)?;
        watch.draw(true)?;
        Ok(Some(watch))
    }

    /// Shows the canvas after a step.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn show(&mut self, frame: &StepFrame, run: &Run) -> std::io::Result<()> {
        if frame.path != self.path {
            self.path = frame.path;
            self.shades.clone_from(&self.initial);
        }
        for shade in &mut self.shades {
            shade.settle();
        }
        for commit in &frame.committed {
            self.shades[commit.position as usize] = Shade::fresh(commit.confidence);
        }
        for commit in &frame.revised {
            self.shades[commit.position as usize] = match commit.id == self.mask_id {
                true => shade(commit.id, self.mask_id),
                false => Shade::fresh(commit.confidence),
            };
        }
        for splice in &frame.spliced {
            let gone = splice.at as usize..(splice.at + splice.removed) as usize;
            let shades = splice.inserted.iter().map(|&id| shade(id, self.mask_id));
            self.shades.splice(gone, shades);
        }
        for padding in &frame.filled {
            self.shades[padding.position as usize] = Shade::Given;
        }
        self.pieces = run.pieces().to_vec();
        self.committed = run.committed();
        self.status = self.status_of(frame);
        self.draw(true)
    }

    /// Leaves the whole canvas on the screen if it `stays`, else removes the animation.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn end(mut self, stays: bool) -> std::io::Result<()> {
        if stays {
            return self.draw(false);
        }
        let mut out = std::io::stderr();
        self.clear(&mut out)?;
        out.flush()
    }

    fn status_of(&self, frame: &StepFrame) -> String {
        let forwards = f64::from(frame.forwards.max(1));
        let seconds = self.began.elapsed().as_secs_f64().max(1e-3);
        format!(
            "step {} · {} masks left · {:.1} tokens a forward · {:.1} tokens a second",
            frame.step,
            frame.masks_left,
            f64::from(self.committed) / forwards,
            f64::from(self.committed) / seconds,
        )
    }

    /// Replaces what is on the screen, by what fits on it if `is_windowed`.
    fn draw(&mut self, is_windowed: bool) -> std::io::Result<()> {
        // A terminal that does not know its size says 0 by 0.
        let size = terminal::size().ok().filter(|(columns, _)| *columns > 0);
        let (columns, lines) = size.unwrap_or((80, 24));
        let canvas = self.rows(columns.into());
        // One line is for the status, one stays free for the cursor.
        let room = match is_windowed {
            true => usize::from(lines).saturating_sub(2).max(1),
            false => canvas.len(),
        };
        let shown = &canvas[window(&canvas, room)];
        let mut out = std::io::BufWriter::new(std::io::stderr().lock());
        self.clear(&mut out)?;
        for row in shown {
            paint(&mut out, row, self.is_coloured)?;
        }
        let status: String = self.status.chars().take(columns.into()).collect();
        paint(&mut out, &vec![(Shade::Status, status)], self.is_coloured)?;
        self.drawn = u16::try_from(shown.len() + 1).unwrap_or(u16::MAX);
        out.flush()
    }

    fn rows(&self, width: usize) -> Vec<Row> {
        let prompt = std::iter::once(Cell {
            text: &self.prompt,
            shade: Shade::Given,
        });
        let canvas = self.pieces.iter().zip(&self.shades);
        let canvas = canvas.map(|(text, &shade)| Cell { text, shade });
        rows(prompt.chain(canvas), width)
    }

    fn clear(&mut self, out: &mut impl Write) -> std::io::Result<()> {
        if self.drawn > 0 {
            queue!(out, cursor::MoveToPreviousLine(self.drawn))?;
        }
        self.drawn = 0;
        queue!(out, terminal::Clear(terminal::ClearType::FromCursorDown))
    }
}

/// How a token is drawn that no step committed.
fn shade(id: u32, mask_id: u32) -> Shade {
    match id == mask_id {
        true => Shade::Mask,
        false => Shade::Given,
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Best effort: the terminal may be gone.
        let _ = execute!(std::io::stderr(), cursor::Show);
    }
}
