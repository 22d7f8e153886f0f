//! `reference serve` is the server of the benchmarks; `reference bare URL N` and `reference typed URL N` are the two
//! clients that parlor is measured against.

mod client;
mod corpus;
mod decode;
mod measure;
mod serve;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["serve"] => serve::run(),
        ["bare", url, events] => events.parse().map_err(Into::into).and_then(|events| client::run(url, events, false)),
        ["typed", url, events] => events.parse().map_err(Into::into).and_then(|events| client::run(url, events, true)),
        _ => Err("usage: reference serve | bare URL EVENTS | typed URL EVENTS".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reference: {error}");
            ExitCode::FAILURE
        }
    }
}
