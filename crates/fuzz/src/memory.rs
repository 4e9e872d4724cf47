//! How much memory the thread uses: the system's allocator, counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

// Of each thread its own, so that tests side by side do not count for each other. What one thread
// allocates and another frees makes the numbers wander, which differences outlive.
thread_local! {
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    // A thread that ends has no counters any more, and nothing to watch.
    let _ = IN_USE.try_with(|in_use| {
        in_use.set(in_use.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(in_use.get())));
    });
}

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; this one only counts for the system's"
)]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's own promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's own promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Begins to watch for a peak.
pub(crate) fn begin() {
    PEAK.set(IN_USE.get());
}

/// Most bytes in use since [`begin`], which `before` bytes were in use at.
pub(crate) fn taken(before: isize) -> usize {
    usize::try_from(PEAK.get() - before).unwrap_or(0)
}

/// Bytes in use now.
pub(crate) fn in_use() -> isize {
    IN_USE.get()
}
