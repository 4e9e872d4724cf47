//! A loop whose turns are shared by threads that somebody else started.
//!
//! In a browser a thread is a worker, which JavaScript starts and which enters [`Pool::serve`]. It is
//! also the reason why this is no `rayon`: where a worker dies, nothing unwinds, and whoever waits
//! for it would wait for ever. Here JavaScript calls [`Pool::fail`], and the wait ends with a panic.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Looks at a counter before a thread lies down to sleep: some ten microseconds. Loops follow each
/// other closely, and to wake a thread takes longer than most of their turns.
const LOOKS: u32 = 1 << 14;

/// Threads that wait for loops to help with.
#[derive(Default)]
pub struct Pool {
    state: Mutex<State>,
    /// [`State::round`], for those who are still awake.
    round: AtomicUsize,
    /// [`State::inside`], likewise.
    inside: AtomicUsize,
    /// A loop began, or the pool was closed.
    begun: Condvar,
    /// A helper left the loop, or died in it.
    left: Condvar,
}

#[derive(Default)]
struct State {
    /// Threads in [`Pool::serve`].
    helpers: usize,
    /// The loop that runs.
    task: Option<&'static Task<'static>>,
    /// Counts the loops, so that a helper takes part in each once.
    round: usize,
    /// Helpers that hold a reference to the task.
    inside: usize,
    has_failed: bool,
    is_closed: bool,
}

/// A loop.
struct Task<'a> {
    turn: &'a (dyn Fn(usize) + Sync),
    count: usize,
    next: AtomicUsize,
}

impl Task<'_> {
    /// Takes turns until none is left.
    fn work(&self) {
        // The counter orders nothing but itself: what turns wrote is handed over by the mutex.
        let take = || self.next.fetch_add(1, Ordering::Relaxed);
        let mut i = take();
        while i < self.count {
            (self.turn)(i);
            i = take();
        }
    }
}

impl Pool {
    /// A pool without threads.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                helpers: 0,
                task: None,
                round: 0,
                inside: 0,
                has_failed: false,
                is_closed: false,
            }),
            round: AtomicUsize::new(0),
            inside: AtomicUsize::new(0),
            begun: Condvar::new(),
            left: Condvar::new(),
        }
    }

    /// Threads that a loop has: those that serve, and the one that begins it.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.lock().helpers + 1
    }

    /// Helps with every loop until the pool is closed; returns at once where it is.
    pub fn serve(&self) {
        self.lock().helpers += 1;
        let mut seen = 0;
        while let Some(task) = self.enter(&mut seen) {
            let inside = Inside(self);
            task.work();
            drop(inside);
        }
    }

    /// Waits for a loop after the one that was `seen`, and holds its task; none where the pool is
    /// closed.
    fn enter(&self, seen: &mut usize) -> Option<&'static Task<'static>> {
        loop {
            look(|| self.round.load(Ordering::Relaxed) != *seen);
            let idle = |state: &mut State| state.round == *seen && !state.is_closed;
            let waited = self.begun.wait_while(self.lock(), idle);
            let mut state = waited.unwrap_or_else(PoisonError::into_inner);
            if state.is_closed {
                state.helpers -= 1;
                return None;
            }
            *seen = state.round;
            if let Some(task) = state.task {
                state.inside += 1;
                self.inside.store(state.inside, Ordering::Relaxed);
                return Some(task);
            }
        }
    }

    /// Sends the helpers home; loops go on without them, and nobody waits for them.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.begun.notify_all();
    }

    /// Lets helpers in again.
    pub fn open(&self) {
        self.lock().is_closed = false;
    }

    /// Tells that a helper died. A loop that it took part in never ends, so it panics instead.
    pub fn fail(&self) {
        self.lock().has_failed = true;
        self.left.notify_all();
    }

    /// The results of `part(0)` to `part(count - 1)`, in this order.
    pub fn map<T: Send>(&self, count: usize, part: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let places: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
        self.run(count, &|i| *lock(&places[i]) = Some(part(i)));
        let results = places.into_iter().map(|place| {
            let place = place.into_inner().unwrap_or_else(PoisonError::into_inner);
            place.expect("every turn was taken")
        });
        results.collect()
    }

    /// Calls `each` with the number of every part of `parts`, and the part.
    pub fn for_each<T: Send>(&self, parts: Vec<T>, each: impl Fn(usize, T) + Sync) {
        let places: Vec<Mutex<Option<T>>> = parts.into_iter().map(Some).map(Mutex::new).collect();
        self.run(places.len(), &|i| {
            let part = lock(&places[i]).take();
            each(i, part.expect("a turn is taken once"));
        });
    }

    /// Calls `turn` with every number below `count`, each once, on all threads; returns when all have
    /// returned. While another loop runs, within it or beside it, this thread does all of this one.
    fn run(&self, count: usize, turn: &(dyn Fn(usize) + Sync)) {
        let task = Task {
            turn,
            count,
            next: AtomicUsize::new(0),
        };
        let shared = self.share(&task);
        task.work();
        drop(shared);
    }

    /// Offers the task to the helpers until what is returned is dropped.
    fn share<'a>(&'a self, task: &'a Task<'a>) -> Option<Shared<'a>> {
        let mut state = self.lock();
        if state.task.is_some() || state.helpers == 0 {
            return None;
        }
        #[expect(
            unsafe_code,
            reason = "the compiler cannot see that no helper keeps the reference"
        )]
        // SAFETY: `Shared` takes the task back when it is dropped, which does not return while a
        // helper holds it. `run` drops it while `task` lives, also when a turn panics.
        let task = unsafe { std::mem::transmute::<&Task<'_>, &'static Task<'static>>(task) };
        state.task = Some(task);
        state.round += 1;
        self.round.store(state.round, Ordering::Relaxed);
        drop(state);
        self.begun.notify_all();
        Some(Shared(self))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// No state is left half changed by a panic, so a poisoned mutex is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits a little for something. What happened is for the mutex to tell, which also orders it.
fn look(has_happened: impl Fn() -> bool) {
    for _ in 0..LOOKS {
        if has_happened() {
            return;
        }
        spin_loop();
    }
}

/// While it lives, helpers may work on a task.
struct Shared<'a>(&'a Pool);

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        self.0.lock().task = None;
        // Nobody can come in any more.
        look(|| self.0.inside.load(Ordering::Relaxed) == 0);
        let state = self.0.lock();
        let busy = |state: &mut State| state.inside > 0 && !state.has_failed;
        let waited = self.0.left.wait_while(state, busy);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.inside > 0 {
            give_up();
        }
    }
}

/// While it lives, its thread holds a reference to the task.
struct Inside<'a>(&'a Pool);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        // A helper whose turn panicked stays inside: its turn was not made.
        match std::thread::panicking() {
            true => state.has_failed = true,
            false => state.inside -= 1,
        }
        self.0.inside.store(state.inside, Ordering::Relaxed);
        drop(state);
        self.0.left.notify_all();
    }
}

/// Panics, for the message, and never unwinds: a dead helper may have left the task half done.
fn give_up() -> ! {
    let panic = || panic!("a thread of the pool failed; its own message is in the console");
    let _ = std::panic::catch_unwind(panic);
    std::process::abort();
}
