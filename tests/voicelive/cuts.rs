//! Spoken turns whose link is cut at a random point: somebody speaks, a tool is called, its result is spoken about.

use std::collections::BTreeMap;
use std::time::Duration;

use parlor::model::{Action, Kind, RequestId, State, Status};
use parlor::sim::voicelive::{Turn, VoiceLiveSim};
use serde_json::json;

use crate::host::{Host, PATIENCE, pcm, sim};

/// What the tool answers, which is long, so that there is something to cut.
fn result(run: usize) -> String {
    format!("run {run} {}", "la ".repeat(20).trim())
}

/// What is counted over all runs.
#[derive(Default)]
struct Figures {
    /// How many cuts fell into each part of a turn.
    where_cut: BTreeMap<&'static str, usize>,
    gaps: usize,
    restored: usize,
    results: usize,
    told_again: usize,
    old_bytes: usize,
    spoken_again: usize,
}

/// One turn as the host sees it.
#[derive(Default)]
struct Run {
    answered: Option<RequestId>,
    taken: Option<Status>,
    said: bool,
    gaps: usize,
    /// Replies that began before the cut, and those that are alive.
    old: Vec<String>,
    live: Vec<String>,
    back: bool,
}

impl Run {
    fn part(&self) -> &'static str {
        match self {
            Run { said: true, .. } => "5 behind the reply",
            Run { taken: Some(_), .. } => "4 in the reply about the result",
            Run { answered: Some(_), .. } => "3 between the call and its result",
            Run { live, .. } if !live.is_empty() => "2 in the reply that calls",
            Run { .. } => "1 in the user's speech",
        }
    }

    fn over(&self) -> bool {
        self.said && self.back && self.gaps > 0 && self.taken.is_some()
    }
}

fn cut(sim: &VoiceLiveSim, dice: &mut fastrand::Rng) {
    match dice.u32(0..4) {
        0 => sim.reset_all(),
        1 => sim.each(parlor::sim::Peer::drop_link),
        2 => sim.close_all(1011, "by chance"),
        _ => sim.close_all(1001, "session_expired"),
    }
}

/// Plays one turn: `point` says after how many pieces of speech, or of events behind them, the link is cut.
fn play(sim: &VoiceLiveSim, host: &mut Host, run: usize, dice: &mut fastrand::Rng, figures: &mut Figures) {
    let speech = [pcm(200, true), pcm(600, false)].concat();
    let pieces: Vec<&[u8]> = speech.chunks(960).collect();
    let point = dice.usize(0..pieces.len() + 90);
    let turns = || vec![Turn::Tool("count".into(), json!({ "run": run }))];
    sim.set_turns(turns());
    sim.record().clear();
    let (mut state, mut cut_yet) = (Run::default(), false);
    for (at, piece) in pieces.iter().enumerate() {
        if at == point {
            *figures.where_cut.entry(state.part()).or_default() += 1;
            cut_yet = true;
            cut(sim, dice);
        }
        // A microphone does not know that the link is gone; what it picks up meanwhile is refused, and lost.
        if let Err(error) = host.client.send_audio(piece) {
            assert!(cut_yet && error.status == Status::WrongState, "{error}");
        }
    }
    let mut seen = pieces.len();
    while !state.over() {
        let Some(told) = host.next(PATIENCE) else {
            panic!("run {run}, cut at {point}: nothing more came; {} {:?}", state.part(), state.taken)
        };
        let mut speak_again = false;
        match told.kind {
            Kind::ToolCall => {
                assert!(state.answered.is_none(), "run {run}: the tool was called twice");
                state.answered = Some(host.answer(&told.id, &result(run)));
            }
            Kind::RequestDone if Some(told.request) == state.answered => {
                assert_eq!(told.status, Status::Ok, "run {run}, cut at {point}: {}", told.text);
                assert_eq!(state.taken.replace(told.status), None);
            }
            Kind::ReplyStarted => state.live.push(told.id.clone()),
            Kind::Audio if state.old.contains(&told.id) => figures.old_bytes += told.data.len(),
            Kind::ReplyEnded if told.status == Status::Ok => {
                state.said |= told.text.contains(&format!("The tool says {}.", result(run)));
                speak_again = cut_yet && state.back && state.answered.is_none();
            }
            Kind::Gap => {
                state.gaps += 1;
                figures.gaps += 1;
            }
            Kind::State if told.value == State::Reconnecting as i64 => state.old.append(&mut state.live),
            Kind::State if told.value == State::Ready as i64 && cut_yet => {
                state.back = true;
                speak_again = state.answered.is_none();
            }
            _ => {}
        }
        seen += 1;
        if !cut_yet && (seen >= point || state.said) {
            *figures.where_cut.entry(state.part()).or_default() += 1;
            cut_yet = true;
            cut(sim, dice);
        }
        if speak_again {
            // What was said was lost before the tool was called: a person says it again.
            figures.spoken_again += 1;
            sim.set_turns(turns());
            host.client.send_audio(&speech).unwrap();
        }
    }
    assert_eq!(state.gaps, 1, "run {run}, cut at {point}");
    let session = sim.session();
    assert_eq!(session["instructions"], "Stay.", "run {run}");
    assert_eq!(session["tools"][0]["name"], "count", "run {run}");
    figures.restored += 1;
    figures.results += 1;
    let outputs = crate::host::sent(sim).iter().filter(|sent| sent["item"]["output"] == result(run).as_str()).count();
    assert!((1..=2).contains(&outputs), "run {run}: the result was sent {outputs} times");
    figures.told_again += outputs - 1;
}

#[test]
fn a_cut_at_any_point_of_a_spoken_turn_loses_no_result_and_plays_nothing_old() {
    let runs: usize = std::env::var("PARLOR_VOICELIVE_CUTS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(200);
    let seed: u64 = std::env::var("PARLOR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    println!("seed {seed}");
    let sim = sim(|config| {
        config.pace = Duration::from_micros(300);
        config.word_ms = 20;
    });
    let session =
        json!({"instructions": "Stay.", "turn_detection": {"type": "server_vad", "silence_duration_ms": 500}});
    let session = session.to_string();
    let set = [("voicelive.session", session.as_str()), ("retry.max_attempts", "0"), ("retry.max_ms", "5")];
    let fresh = || {
        let mut host = Host::ready(&sim.http_url(), &set);
        let tools = host.act(Action::SetTools { json: r#"[{"name":"count"}]"#.into() });
        assert_eq!(host.done(tools).status, Status::Ok);
        host
    };
    let mut host = fresh();
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut figures = Figures::default();
    for run in 0..runs {
        // The quota of the service is thirty connections a minute, which this test is not about: every so often the
        // client is a new one.
        if run % 25 == 24 {
            drop(std::mem::replace(&mut host, fresh()));
        }
        play(&sim, &mut host, run, &mut dice, &mut figures);
    }
    println!("{runs} spoken turns, each cut once:");
    for (part, count) in &figures.where_cut {
        println!("  {count:>4} cuts {}", &part[2..]);
    }
    println!(
        "  {} sessions restored, {} GAPs, {} results of tools taken ({} told again to a new session), {} bytes of old \
         speech behind a cut, {} times said again",
        figures.restored, figures.gaps, figures.results, figures.told_again, figures.old_bytes, figures.spoken_again
    );
    assert_eq!((figures.restored, figures.gaps, figures.results), (runs, runs, runs));
    assert_eq!(figures.old_bytes, 0);
}
