//! Plays the faults, some at a time, and writes the table.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parlor::model::{State, Status};

use crate::fault::{Fault, Scene};
use crate::kit::host::{Host, PATIENCE, Told, short};

/// How many faults are played at a time. They mostly wait.
const AT_A_TIME: usize = 4;
/// The longest that destroying may take.
const DESTROY: Duration = Duration::from_millis(1000);

/// One row.
pub(crate) struct Line {
    name: &'static str,
    skipped: Option<&'static str>,
    seen: Result<Seen, String>,
    destroyed: Result<Duration, String>,
}

struct Seen {
    events: String,
    status: Status,
    ms: u64,
}

impl Line {
    /// What is wrong with it.
    pub(crate) fn wrong(&self) -> Option<String> {
        if self.skipped.is_some() {
            return None;
        }
        let destroyed = match &self.destroyed {
            Ok(took) if *took >= DESTROY => Err(format!("destroy took {took:?}")),
            Ok(_) => Ok(()),
            Err(why) => Err(format!("in the middle: {why}")),
        };
        match (&self.seen, destroyed) {
            (Ok(_), Ok(())) => None,
            (Err(why), Ok(())) => Some(format!("  {}: {why}", self.name)),
            (Ok(_), Err(why)) => Some(format!("  {}: {why}", self.name)),
            (Err(why), Err(other)) => Some(format!("  {}: {why}; {other}", self.name)),
        }
    }
}

/// Plays all of them; the lines come in their order.
pub(crate) fn play(faults: &[Fault]) -> Vec<Line> {
    let next = AtomicUsize::new(0);
    let lines: Vec<Mutex<Option<Line>>> = faults.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = faults.iter().position(|other| std::ptr::eq(other, fault)).unwrap();
                    *lines[at].lock().unwrap() = Some(line(fault));
                }
            });
        }
    });
    lines.into_iter().map(|line| line.into_inner().unwrap().unwrap()).collect()
}

fn line(fault: &Fault) -> Line {
    if let Some(why) = fault.skip {
        return Line {
            name: fault.name,
            skipped: fault.skip,
            seen: Err(why.to_owned()),
            destroyed: Err(why.to_owned()),
        };
    }
    let seen = caught(|| watch(fault)).and_then(|seen| seen);
    let destroyed = caught(|| destroy_in_the_middle(fault));
    Line { name: fault.name, skipped: None, seen, destroyed }
}

/// A row that falls over is a wrong row, and the others go on.
fn caught<T>(play: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(play)).map_err(|panic: Box<dyn Any + Send>| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

fn begin(scene: &mut Scene) -> (Host, Instant) {
    let began = Instant::now();
    let mut host = scene.host();
    match scene.strike.take() {
        None => (host, began),
        Some(strike) => {
            host.until("READY");
            let began = Instant::now();
            strike(&mut host);
            (host, began)
        }
    }
}

fn watch(fault: &Fault) -> Result<Seen, String> {
    let mut scene = (fault.scene)();
    let (mut host, began) = begin(&mut scene);
    let told = follow(&mut host, &fault.events)?;
    let bad = told.iter().find(|told| told.status != Status::Ok);
    let deciding = bad.or(told.last()).ok_or("no events are expected")?;
    let ms = u64::try_from(deciding.at.saturating_duration_since(began).as_millis()).unwrap_or(u64::MAX);
    if !fault.within.contains(&ms) {
        return Err(format!("{} came after {ms} ms, not within {:?}", deciding.word(), fault.within));
    }
    if !deciding.text.contains(fault.says) {
        return Err(format!("\"{}\" does not say \"{}\"", deciding.text, fault.says));
    }
    let survived = ["CONNECTED", "CLOSED"].iter().all(|end| !fault.events.ends_with(end));
    if bad.is_none() && survived && host.state() != State::Ready {
        return Err(format!("the client is {} afterwards", host.state().name()));
    }
    if let Some(look) = scene.after.take() {
        look(&mut host, &told);
    }
    Ok(Seen { events: words(&told), status: deciding.status, ms })
}

/// Takes events as long as they are the ones expected.
fn follow(host: &mut Host, expected: &str) -> Result<Vec<Told>, String> {
    let mut expected = expected.split(' ').peekable();
    let mut told: Vec<Told> = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while expected.peek().is_some() {
        let Some(event) = host.next(deadline) else {
            let left: Vec<&str> = expected.collect();
            return Err(format!("\"{}\" did not come; what came: {}", left.join(" "), words(&told)));
        };
        let word = event.word();
        if told.last().is_some_and(|last| last.word() == word) && expected.peek() != Some(&word.as_str()) {
            continue;
        }
        told.push(event);
        loop {
            match expected.next() {
                Some(wanted) if wanted.trim_end_matches('?') == word => break,
                Some(wanted) if wanted.ends_with('?') => {}
                wanted => return Err(format!("{word} instead of {wanted:?}; what came: {}", words(&told))),
            }
        }
    }
    Ok(told)
}

fn words(told: &[Told]) -> String {
    told.iter().map(Told::word).collect::<Vec<_>>().join(" ")
}

fn destroy_in_the_middle(fault: &Fault) -> Duration {
    let mut scene = (fault.scene)();
    let (mut host, _) = begin(&mut scene);
    if let Some(wait) = scene.middle.take() {
        wait(&mut host);
    }
    host.destroy()
}

pub(crate) fn print(lines: &[Line]) {
    println!("| fault | events | status | ms to the event | ms to destroy in the middle |");
    println!("|---|---|---|---:|---:|");
    for line in lines {
        if let Some(why) = line.skipped {
            println!("SKIPPED {}: {why}", line.name);
            continue;
        }
        let destroyed = match &line.destroyed {
            Ok(took) => format!("{:.1}", took.as_secs_f64() * 1e3),
            Err(_) => "WRONG".to_owned(),
        };
        match &line.seen {
            Ok(Seen { events, status, ms }) => {
                println!("| {} | {events} | {} | {ms} | {destroyed} |", line.name, short(*status));
            }
            Err(why) => println!("| {} | WRONG: {} |  |  | {destroyed} |", line.name, why.replace('|', "/")),
        }
    }
}

/// The table as the guide has it: what is expected, and no times.
pub(crate) fn page(faults: &[Fault]) -> String {
    let mut page = String::from("| fault | what the host is told | status |\n|---|---|---|\n");
    for fault in faults {
        let status = fault.events.split(' ').find_map(|word| word.split_once(':'));
        let status =
            status.map_or(String::new(), |(_, status)| format!(" `PARLOR_ERR_{}`", status.trim_end_matches('?')));
        page += &format!("| {} | {} |{status} |\n", fault.name, fault.events);
    }
    page
}
