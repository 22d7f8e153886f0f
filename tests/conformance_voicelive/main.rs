//! Conformance of Voice Live and OpenAI Realtime: what comes in, what the host is told, what goes out. Everything runs
//! without a network and with injected time. The facts are those of api-version 2026-07-15, of azure-ai-voicelive 1.3.1
//! and of openai 3.52.0.

mod actions;
mod events;
mod garbage;
mod rules;
mod stage;

#[path = "../voicelive_tables/mod.rs"]
mod tables;
