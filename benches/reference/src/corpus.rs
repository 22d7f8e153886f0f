//! The traffic: sentence_ready, dialogue_received and ai_state_changed in turn, as the Voxta Gateway writes them, a
//! mean of 205 bytes, some with escapes and some beyond ASCII.

const TEXTS: [&str; 8] = [
    "I have been waiting for you all morning, you know.",
    "Oh, absolutely. The lighthouse is still standing, and so am I!",
    "She said \\\"never again\\\", and then she laughed about it.",
    "Then we should leave before the tide comes in, shouldn't we?",
    "Ça va très bien, merci, et l'été fut doux à Besançon.",
    "First line of the note.\\nSecond line of the same note here.",
    "Tea is ready now.",
    "それは本当に美しい夜でした。また会いましょうね。",
];
const STATES: [&str; 3] = ["idle", "thinking", "speaking"];

/// How many different messages there are before they repeat.
const PERIOD: usize = 3 * 8 * 64;

fn message(n: usize) -> String {
    let turn = n / 3;
    let text = TEXTS[turn % TEXTS.len()];
    let message_id = format!("{:08x}-2f1c-4b7e-9a61-{:012x}", turn * 2_654_435_761 % 0xffff_ffff, turn);
    let character_id = "6227dc38-f656-413f-bba8-773380bad9d9";
    let time = 1_794_000_000.25 + n as f64 / 64.0;
    match n % 3 {
        0 => format!(
            r#"{{"type":"sentence_ready","data":{{"text":"{text}","character_id":"{character_id}","message_id":"{message_id}"}},"timestamp":{time}}}"#
        ),
        1 => format!(
            r#"{{"type":"dialogue_received","data":{{"message_id":"{message_id}","text":"{text}","character_id":"{character_id}","source":"ai","author":null}},"timestamp":{time}}}"#
        ),
        _ => format!(
            r#"{{"type":"ai_state_changed","data":{{"old_state":"{}","new_state":"{}"}},"timestamp":{time}}}"#,
            STATES[turn % 3],
            STATES[(turn + 1) % 3]
        ),
    }
}

/// Every frame of one period, ready to be written, and where each begins.
pub(crate) struct Corpus {
    pub(crate) bytes: Vec<u8>,
    pub(crate) starts: Vec<usize>,
    /// The mean length of a message, without its frame's header.
    pub(crate) mean: usize,
}

impl Corpus {
    pub(crate) fn render() -> Corpus {
        let mut corpus = Corpus { bytes: Vec::new(), starts: Vec::new(), mean: 0 };
        for message in (0..PERIOD).map(message) {
            corpus.starts.push(corpus.bytes.len());
            corpus.mean += message.len();
            frame(&mut corpus.bytes, 1, message.as_bytes());
        }
        corpus.mean /= PERIOD;
        corpus
    }
}

/// Appends one unmasked frame.
pub(crate) fn frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    match payload.len() {
        short @ 0..126 => out.push(short as u8),
        long => {
            out.push(126);
            out.extend_from_slice(&(long as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}
