//! Loops on threads of this process.

use std::collections::HashSet;
use std::process::Command;
use std::sync::{Barrier, Mutex};
use std::{env, thread};

use unmask_pool::Pool;

/// Calls `work` with a pool of so many threads.
fn with_threads(threads: usize, work: impl FnOnce(&Pool)) {
    let pool = Pool::new();
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| pool.serve());
        }
        while pool.threads() < threads {
            thread::yield_now();
        }
        work(&pool);
        pool.close();
    });
    assert_eq!(pool.threads(), 1, "all went home");
}

#[test]
fn results_are_in_order_on_any_number_of_threads() {
    for threads in 1..=4 {
        with_threads(threads, |pool| {
            for count in [0, 1, 2, 3, 100] {
                let squares: Vec<usize> = (0..count).map(|i| i * i).collect();
                for _ in 0..50 {
                    assert_eq!(pool.map(count, |i| i * i), squares);
                }
            }
        });
    }
}

#[test]
fn every_part_is_worked_on_once() {
    with_threads(3, |pool| {
        let mut numbers = vec![1; 1000];
        let parts: Vec<&mut [usize]> = numbers.chunks_mut(7).collect();
        pool.for_each(parts, |i, part| part.iter_mut().for_each(|n| *n += i));
        let expected: Vec<usize> = (0..1000).map(|i| 1 + i / 7).collect();
        assert_eq!(numbers, expected);
    });
}

#[test]
fn all_threads_take_part() {
    with_threads(3, |pool| {
        // Turns that wait for each other end only where each has a thread of its own.
        let barrier = Barrier::new(3);
        let threads = pool.map(3, |_| {
            barrier.wait();
            thread::current().id()
        });
        assert_eq!(threads.into_iter().collect::<HashSet<_>>().len(), 3);
    });
}

#[test]
fn a_closed_pool_works_alone_until_it_is_opened() {
    let pool = Pool::new();
    pool.close();
    pool.serve();
    assert_eq!(pool.map(3, |i| i), [0, 1, 2]);
    pool.open();
    thread::scope(|scope| {
        scope.spawn(|| pool.serve());
        while pool.threads() < 2 {
            thread::yield_now();
        }
        let barrier = Barrier::new(2);
        pool.for_each(vec![(); 2], |_, ()| {
            barrier.wait();
        });
        pool.close();
    });
}

#[test]
fn a_loop_within_a_turn_is_its_threads_own() {
    with_threads(3, |pool| {
        let inner = |i: usize| {
            let threads = pool.map(8, |_| thread::current().id());
            assert!(threads.iter().all(|id| *id == thread::current().id()));
            i
        };
        assert_eq!(pool.map(20, inner), (0..20).collect::<Vec<_>>());
    });
}

#[test]
fn loops_of_several_threads_do_not_mix() {
    with_threads(2, |pool| {
        thread::scope(|scope| {
            for n in 0..4 {
                scope.spawn(move || {
                    for _ in 0..200 {
                        assert_eq!(pool.map(5, |i| i + n), [n, n + 1, n + 2, n + 3, n + 4]);
                    }
                });
            }
        });
    });
}

#[test]
fn a_panic_of_the_callers_own_turn_waits_for_the_others() {
    with_threads(2, |pool| {
        let barrier = Barrier::new(2);
        let caller = thread::current().id();
        let finished = Mutex::new(false);
        let turns = || {
            pool.map(2, |_| {
                barrier.wait();
                assert!(thread::current().id() != caller, "planned");
                thread::sleep(std::time::Duration::from_millis(20));
                *finished.lock().unwrap() = true;
            })
        };
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(turns));
        assert!(outcome.is_err());
        assert!(*finished.lock().unwrap(), "the helper was waited for");
        assert_eq!(pool.map(3, |i| i), [0, 1, 2], "the pool works on");
    });
}

/// What the process of this test prints when it is started again with `variable` set.
fn again(test: &str, variable: &str) -> (bool, String) {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]);
    let output = child.env(variable, "1").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), printed)
}

#[test]
fn a_dead_helper_ends_the_loop_with_a_message() {
    const DIES: &str = "UNMASK_POOL_TEST_DIES";
    if env::var_os(DIES).is_none() {
        let (passed, printed) = again("a_dead_helper_ends_the_loop_with_a_message", DIES);
        assert!(!passed, "{printed}");
        assert!(printed.contains("a thread of the pool failed"), "{printed}");
        return;
    }
    let pool: &'static Pool = Box::leak(Box::default());
    let caller = thread::current().id();
    thread::spawn(|| pool.serve());
    while pool.threads() < 2 {
        thread::yield_now();
    }
    let barrier = Barrier::new(2);
    pool.map(2, |_| {
        barrier.wait();
        if thread::current().id() != caller {
            // As a worker that trapped: it never returns, and somebody else tells.
            pool.fail();
            thread::park();
        }
    });
    unreachable!("the loop cannot have ended");
}
