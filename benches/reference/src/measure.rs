//! What a client process has cost so far: processor time, context switches, allocations.

use std::ffi::CStr;

/// The counts at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    cpu_ns: u64,
    wall_ns: u64,
    voluntary: i64,
    involuntary: i64,
    allocations: u64,
}

fn clock(id: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(id, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// How often memory was allocated, where the counting library is preloaded; 0 elsewhere.
fn allocations() -> u64 {
    const NAME: &CStr = c"bench_allocations";
    // SAFETY: the symbol, where there is one, is the function of malloc_count.c with this type.
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, NAME.as_ptr());
        if found.is_null() {
            return 0;
        }
        let count: extern "C" fn() -> u64 = std::mem::transmute(found);
        count()
    }
}

impl Cost {
    pub(crate) fn now() -> Cost {
        // SAFETY: all zeros is a valid rusage, and it is a valid place for the answer.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            libc::getrusage(libc::RUSAGE_SELF, &mut usage);
            usage
        };
        Cost {
            cpu_ns: clock(libc::CLOCK_PROCESS_CPUTIME_ID),
            wall_ns: clock(libc::CLOCK_MONOTONIC),
            voluntary: usage.ru_nvcsw,
            involuntary: usage.ru_nivcsw,
            allocations: allocations(),
        }
    }

    /// Prints what `events` events have cost since this moment.
    pub(crate) fn print_since(self, events: u64, bytes: u64, text_bytes: u64) {
        let now = Cost::now();
        println!(
            "{{\"events\":{events},\"cpu_ns\":{},\"wall_ns\":{},\"voluntary\":{},\"involuntary\":{},\
             \"allocations\":{},\"bytes\":{bytes},\"text_bytes\":{text_bytes}}}",
            now.cpu_ns - self.cpu_ns,
            now.wall_ns - self.wall_ns,
            now.voluntary - self.voluntary,
            now.involuntary - self.involuntary,
            now.allocations - self.allocations,
        );
    }
}
