//! The session as the service tells it.

use serde_json::{Map, Value, json};

use super::audio::bytes_per_ms;

/// The session of one connection.
pub(super) struct Session {
    pub(super) openai: bool,
    pub(super) value: Map<String, Value>,
}

impl Session {
    pub(super) fn new(openai: bool, id: &str, model: &str, agent: Option<&str>, expires_at: u64) -> Self {
        let vad = json!({"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
            "create_response": true, "interrupt_response": true});
        let value = if openai {
            json!({"type": "realtime", "object": "realtime.session", "id": id, "model": model,
                "output_modalities": ["audio"], "instructions": "", "tools": [], "tool_choice": "auto",
                "max_output_tokens": "inf", "tracing": null, "truncation": "auto", "prompt": null,
                "expires_at": expires_at, "audio": {
                    "input": {"format": {"type": "audio/pcm", "rate": 24000}, "transcription": null,
                        "noise_reduction": null, "turn_detection": vad},
                    "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin", "speed": 1.0}},
                "include": null})
        } else {
            let mut value = json!({"id": id, "object": "realtime.session", "model": model,
                "modalities": ["text", "audio"],
                "instructions": "", "voice": {"type": "azure-standard", "name": "en-US-AvaNeural"},
                "input_audio_format": "pcm16", "input_audio_sampling_rate": 24000, "output_audio_format": "pcm16",
                "turn_detection": vad, "input_audio_noise_reduction": null, "input_audio_echo_cancellation": null,
                "input_audio_transcription": null, "output_audio_timestamp_types": null, "animation": null,
                "avatar": null, "tools": [], "tool_choice": "auto", "temperature": 0.8,
                "max_response_output_tokens": "inf", "expires_at": expires_at});
            if let Some(agent) = agent {
                value["agent"] = json!({"type": "agent", "name": agent, "description": null,
                    "agent_id": agent, "thread_id": "thread_1"});
            }
            value
        };
        let Value::Object(value) = value else { unreachable!("both are objects") };
        Self { openai, value }
    }

    /// Takes a change; what is wrong with it comes back as the name of the member and a sentence.
    pub(super) fn update(&mut self, change: &Map<String, Value>) -> Result<(), (String, String)> {
        if self.openai && !matches!(change.get("type").and_then(Value::as_str), Some("realtime" | "transcription")) {
            return Err(("session.type".to_owned(), "Missing required parameter: 'session.type'.".to_owned()));
        }
        let wrong = |name: &str| (format!("session.{name}"), format!("Unknown parameter: 'session.{name}'."));
        let foreign = if self.openai { "modalities" } else { "audio" };
        if change.contains_key(foreign) {
            return Err(wrong(foreign));
        }
        if let Some(voice) = change.get("voice").and_then(|voice| voice.get("rate"))
            && !voice.is_string()
        {
            return Err(("session.voice.rate".to_owned(), "Invalid type for 'session.voice.rate'.".to_owned()));
        }
        if change.get("instructions").and_then(Value::as_str) == Some("refuse me") {
            return Err(("session.instructions".to_owned(), "These instructions are not acceptable.".to_owned()));
        }
        for (name, value) in change {
            match (name.as_str(), value) {
                ("audio", Value::Object(sides)) => {
                    for (side, members) in sides {
                        let Some(members) = members.as_object() else { continue };
                        for (name, value) in members {
                            self.audio_mut(side, name, value);
                        }
                    }
                }
                ("model", _) => {}
                _ => drop(self.value.insert(name.clone(), value.clone())),
            }
        }
        Ok(())
    }

    fn audio_mut(&mut self, side: &str, name: &str, value: &Value) {
        let audio = self.value.entry("audio").or_insert_with(|| json!({}));
        audio[side][name] = value.clone();
    }

    pub(super) fn turn_detection(&self) -> &Value {
        if self.openai {
            return self.value.get("audio").map_or(&Value::Null, |audio| &audio["input"]["turn_detection"]);
        }
        self.value.get("turn_detection").unwrap_or(&Value::Null)
    }

    pub(super) fn transcribes(&self) -> bool {
        let setting = if self.openai {
            self.value.get("audio").map_or(&Value::Null, |audio| &audio["input"]["transcription"])
        } else {
            self.value.get("input_audio_transcription").unwrap_or(&Value::Null)
        };
        !setting.is_null()
    }

    /// Whether replies are spoken, where the request for one does not say.
    pub(super) fn speaks(&self) -> bool {
        let name = if self.openai { "output_modalities" } else { "modalities" };
        has(self.value.get(name), "audio")
    }

    pub(super) fn visemes(&self) -> bool {
        has(self.value.get("animation").and_then(|animation| animation.get("outputs")), "viseme_id")
    }

    pub(super) fn timestamps(&self) -> bool {
        has(self.value.get("output_audio_timestamp_types"), "word")
    }

    /// The name of the format that the client speaks in.
    pub(super) fn input_format(&self) -> String {
        let format = if self.openai {
            self.value.get("audio").map_or(&Value::Null, |audio| &audio["input"]["format"]["type"])
        } else {
            self.value.get("input_audio_format").unwrap_or(&Value::Null)
        };
        format.as_str().unwrap_or("pcm16").to_owned()
    }

    /// The tool that is to be called for a question, with arguments made of the words of it; where the session has one.
    pub(super) fn tool_for(&self, question: &str) -> Option<(String, Value)> {
        let tools = self.value.get("tools")?.as_array()?;
        let choice = self.value.get("tool_choice").unwrap_or(&Value::Null);
        let function =
            |tool: &&Value| tool["type"] == "function" && (!choice.is_object() || tool["name"] == choice["name"]);
        let tool = tools.iter().find(function).filter(|_| choice != "none")?;
        // A name is a word with a capital within a sentence.
        let name =
            question.split(|c: char| !c.is_alphabetic()).skip(1).filter(|word| word.starts_with(char::is_uppercase));
        let name = name.last().unwrap_or_default();
        let wanted = tool["parameters"]["properties"].as_object();
        let arguments = wanted.into_iter().flatten().map(|(member, _)| (member.clone(), Value::from(name)));
        Some((tool["name"].as_str()?.to_owned(), Value::Object(arguments.collect())))
    }

    pub(super) fn blendshapes(&self) -> bool {
        has(self.value.get("animation").and_then(|animation| animation.get("outputs")), "blendshapes")
    }

    pub(super) fn input_bytes_per_ms(&self) -> usize {
        if self.openai {
            return self.nested("input");
        }
        bytes_per_ms(&self.input_format(), self.value.get("input_audio_sampling_rate").and_then(Value::as_u64))
    }

    pub(super) fn output_bytes_per_ms(&self) -> usize {
        if self.openai {
            return self.nested("output");
        }
        bytes_per_ms(self.value.get("output_audio_format").and_then(Value::as_str).unwrap_or("pcm16"), None)
    }

    fn nested(&self, side: &str) -> usize {
        let format = self.value.get("audio").map_or(&Value::Null, |audio| &audio[side]["format"]);
        bytes_per_ms(format["type"].as_str().unwrap_or("audio/pcm"), format["rate"].as_u64())
    }
}

fn has(list: Option<&Value>, word: &str) -> bool {
    list.and_then(Value::as_array).is_some_and(|list| list.iter().any(|one| one == word))
}
