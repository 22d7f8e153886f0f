//! Floods: the load that benchmarks measure clients with.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::peer::Peer;
use super::ws;

/// How many bytes are handed to the socket at once.
const CHUNK: usize = 256 << 10;

/// How many different events there are before they come again.
const BANK: u64 = 3 * 1024;

/// What the flood consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mix {
    /// The gateway's `sentence_ready`, `dialogue_received` and `ai_state_changed` in turn, 205 bytes in the mean,
    /// part of them with escapes and non-ASCII text.
    #[default]
    Gateway,
    /// Only `sentence_ready`.
    Sentences,
}

/// So many events into a connection, as fast as it takes them, whatever it subscribed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FloodPlan {
    /// How many events.
    pub count: u64,
    /// Which ones.
    pub mix: Mix,
    /// At most so many a second, each written alone; 0 is as fast as can be, 256 KiB at a time.
    pub per_second: u32,
}

impl Default for FloodPlan {
    fn default() -> Self {
        Self { count: 100_000, mix: Mix::Gateway, per_second: 0 }
    }
}

impl FloodPlan {
    /// So many events of the gateway's mix, as fast as can be.
    pub fn of(count: u64) -> Self {
        Self { count, ..Self::default() }
    }

    /// The JSON text of one event of the flood, as the tests and benchmarks of decoders want it.
    pub fn event(&self, number: u64) -> String {
        event(self.mix, number)
    }

    pub(crate) async fn pour(self, peer: Arc<Peer>) {
        let (bank, ends) = bank(self.mix, self.count.min(BANK));
        if self.per_second > 0 {
            let gap = Duration::from_secs(1) / self.per_second;
            let mut ticks = tokio::time::interval(gap);
            for number in 0..self.count {
                ticks.tick().await;
                let index = (number % BANK) as usize;
                let start = if index == 0 { 0 } else { ends[index - 1] };
                peer.send_raw(bank.slice(start..ends[index]));
                peer.room().await;
                if peer.is_closing() {
                    return;
                }
            }
            return;
        }
        let mut left = self.count;
        while left > 0 {
            let round = left.min(BANK);
            left -= round;
            let (mut start, mut sent) = (0, 0);
            while sent < round as usize {
                // Whole frames only: other messages may come in between.
                let fit = ends[sent..round as usize].partition_point(|end| *end <= start + CHUNK).max(1);
                sent += fit;
                peer.send_raw(bank.slice(start..ends[sent - 1]));
                start = ends[sent - 1];
                peer.room().await;
                if peer.is_closing() {
                    return;
                }
            }
        }
    }
}

/// Rendered frames, and where each of them ends.
fn bank(mix: Mix, count: u64) -> (Bytes, Vec<usize>) {
    let mut frames = Vec::new();
    let mut ends = Vec::new();
    for number in 0..count {
        ws::encode(&mut frames, true, ws::TEXT, event(mix, number).as_bytes());
        ends.push(frames.len());
    }
    (frames.into(), ends)
}

const LINES: &[&str] = &[
    "The rain has not stopped since the harbour bell rang twice this morning.",
    "She said \"wait for me at the old mill\" and then the line went quiet.",
    "Über den Dächern von Köln hängt noch der Rauch, und niemand schläft.",
    "Take the left stairs;\nmind the third step, it creaks.",
    "If you follow the river long enough, you will come to a bridge made of glass.",
    "彼女は静かに頷いて、扉を閉めた。",
];

fn event(mix: Mix, number: u64) -> String {
    let line = LINES[(number / 3) as usize % LINES.len()];
    let at = 1_795_262_000.5 + number as f64 / 8.0;
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let character = "c0ffee00-0000-4000-8000-000000000001";
    let data = match (mix, number % 3) {
        (Mix::Sentences, _) | (Mix::Gateway, 0) => {
            let text = json!(line);
            return format!(
                r#"{{"type":"sentence_ready","data":{{"text":{text},"character_id":"{character}","message_id":"{id}"}},"timestamp":{at}}}"#
            );
        }
        (Mix::Gateway, 1) => {
            let text = json!(format!("{line} {line}"));
            format!(
                r#""dialogue_received","data":{{"text":{text},"source":"game","author":"Wayfarer Number {}","character_id":null}}"#,
                number % 8
            )
        }
        (Mix::Gateway, _) => {
            let states = ["idle", "thinking", "speaking"];
            let turn = (number / 3) as usize;
            format!(
                r#""ai_state_changed","data":{{"old_state":"{}","new_state":"{}"}}"#,
                states[turn % 3],
                states[(turn + 1) % 3]
            )
        }
    };
    format!(r#"{{"type":{data},"timestamp":{at}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_205_bytes_in_the_mean_and_all_of_it_is_json() {
        let plan = FloodPlan::default();
        let total: usize = (0..BANK)
            .map(|number| {
                let text = plan.event(number);
                serde_json::from_str::<serde_json::Value>(&text).unwrap();
                text.len()
            })
            .sum();
        let mean = total as f64 / BANK as f64;
        assert!((203.0..207.0).contains(&mean), "{mean}");
    }

    #[test]
    fn part_of_it_has_escapes_and_part_is_not_ascii() {
        let all: Vec<String> = (0..BANK).map(|number| event(Mix::Gateway, number)).collect();
        assert!(all.iter().any(|text| text.contains("\\\"")) && all.iter().any(|text| !text.is_ascii()));
    }
}
