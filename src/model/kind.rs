//! Kinds of events, in numbered groups. A number is never reused, and hosts ignore numbers that they do not know.

macro_rules! kinds {
    ($($variant:ident = $number:literal, $name:literal;)*) => {
        /// What an event is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[allow(missing_docs, reason = "the C header describes each kind where a host programmer reads it")]
        pub enum Kind { $($variant = $number,)* }

        impl Kind {
            /// Every kind there is, in the order of the table.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)*];

            /// The name as it stands in the header, without `PARLOR_EVENT_`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }

            /// The kind with this number.
            #[must_use]
            pub const fn from_number(number: i32) -> Option<Kind> {
                match number { $($number => Some(Kind::$variant),)* _ => None }
            }
        }
    };
}

kinds! {
    State = 1, "STATE";
    RequestDone = 2, "REQUEST_DONE";
    Dropped = 3, "DROPPED";
    Gap = 4, "GAP";
    CredentialNeeded = 5, "CREDENTIAL_NEEDED";
    Log = 6, "LOG";
    ChatStarted = 100, "CHAT_STARTED";
    ChatClosed = 101, "CHAT_CLOSED";
    Message = 102, "MESSAGE";
    TextDelta = 103, "TEXT_DELTA";
    Sentence = 104, "SENTENCE";
    ReplyStarted = 105, "REPLY_STARTED";
    ReplyEnded = 106, "REPLY_ENDED";
    Reasoning = 107, "REASONING";
    AiState = 108, "AI_STATE";
    Characters = 109, "CHARACTERS";
    Speaker = 110, "SPEAKER";
    Transcript = 111, "TRANSCRIPT";
    Typing = 112, "TYPING";
    Receipt = 113, "RECEIPT";
    Unread = 114, "UNREAD";
    Presence = 115, "PRESENCE";
    Audio = 200, "AUDIO";
    AudioEnded = 201, "AUDIO_ENDED";
    VoiceActivity = 202, "VOICE_ACTIVITY";
    Microphone = 203, "MICROPHONE";
    Cue = 204, "CUE";
    ToolCall = 300, "TOOL_CALL";
    Trigger = 301, "TRIGGER";
    Service = 900, "SERVICE";
    Frame = 901, "FRAME";
}

impl Kind {
    /// Whether a full queue may drop events of this kind. Nothing else is ever dropped.
    #[must_use]
    pub const fn droppable(self) -> bool {
        matches!(self, Kind::TextDelta | Kind::Typing | Kind::Cue | Kind::Log)
    }

    /// Whether a host may mask this kind out. What happens to the client itself is always told.
    #[must_use]
    pub const fn maskable(self) -> bool {
        !matches!(self, Kind::State | Kind::RequestDone | Kind::Dropped | Kind::Gap | Kind::CredentialNeeded)
    }

    const fn bit(self) -> u64 {
        let number = self as i32;
        // Each group of a hundred gets its own run of bits: 1-6, 8-23, 24-31, 32-39, 40-47.
        let index = match number {
            0..=99 => number,
            100..=199 => number - 100 + 8,
            200..=299 => number - 200 + 24,
            300..=399 => number - 300 + 32,
            _ => number - 900 + 40,
        };
        1 << index
    }
}

/// A set of kinds: what a host wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindSet(u64);

impl KindSet {
    /// Everything but FRAME, which doubles the traffic and is for debugging.
    pub const DEFAULT: KindSet = KindSet(!Kind::Frame.bit());

    /// Whether the set holds the kind.
    #[must_use]
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Reads the option `events.kinds`: a list of names divided by commas. `all` stands for every kind, a leading `-`
    /// removes one; a list that starts with a removal starts from the default. Kinds that can not be masked stay in.
    ///
    /// # Errors
    /// The name that is not a kind.
    pub fn parse(list: &str) -> Result<KindSet, String> {
        let mut set = KindSet::DEFAULT.0;
        let mut first = true;
        for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (remove, name) = match item.strip_prefix('-') {
                Some(name) => (true, name),
                None => (false, item),
            };
            if first && !remove {
                set = 0;
            }
            first = false;
            let bits = if name.eq_ignore_ascii_case("all") {
                u64::MAX
            } else {
                let kind = Kind::ALL.iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
                kind.ok_or_else(|| name.to_owned())?.bit()
            };
            set = if remove { set & !bits } else { set | bits };
        }
        for kind in Kind::ALL.iter().filter(|kind| !kind.maskable()) {
            set |= kind.bit();
        }
        Ok(KindSet(set))
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, KindSet};

    #[test]
    fn every_kind_has_its_own_bit_and_number() {
        let mut seen = 0u64;
        for kind in Kind::ALL {
            assert_eq!(seen & kind.bit(), 0, "{}", kind.name());
            seen |= kind.bit();
            assert_eq!(Kind::from_number(*kind as i32), Some(*kind));
        }
        assert_eq!(Kind::from_number(9999), None);
    }

    #[test]
    fn masks() {
        let only = KindSet::parse("SENTENCE, message").expect("both are kinds");
        assert!(only.has(Kind::Sentence) && only.has(Kind::Message) && !only.has(Kind::AiState));
        assert!(only.has(Kind::State) && only.has(Kind::RequestDone), "what happens to the client is always told");
        let less = KindSet::parse("-TYPING").expect("a kind");
        assert!(!less.has(Kind::Typing) && less.has(Kind::Message) && !less.has(Kind::Frame));
        assert!(KindSet::parse("all").expect("all").has(Kind::Frame));
        assert!(KindSet::parse("").expect("empty").has(Kind::Message));
        assert_eq!(KindSet::parse("SENTENCES"), Err("SENTENCES".to_owned()));
    }
}
