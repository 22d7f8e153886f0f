//! Microsoft's own live tests of azure-ai-voicelive, taken from its source package, with the simulator as the service.
//!
//! Those that end as soon as they have seen what they want are run; with `PARLOR_LIVE_SUITE=all` also those that listen for a
//! fixed time. Prints `SKIPPED` and the reason where the packages can not be had.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use parlor::sim::StageConfig;
use parlor::sim::voicelive::{Config, VoiceLiveSim};

const SOURCE: &str = "azure-ai-voicelive==1.3.1";
const PACKAGES: [&str; 8] = [
    SOURCE,
    "aiohttp",
    "pytest",
    "pytest-asyncio",
    "pytest-xdist",
    "opentelemetry-sdk",
    "azure-core-tracing-opentelemetry",
    "azure-identity",
];

/// Takes the tests out of the archive, without the folder that all of it is in.
const UNPACK: &str = "
import sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    for member in archive.getmembers():
        member.name = member.name.partition('/')[2]
        if member.name.startswith('tests/') and member.name.endswith('.py'):
            archive.extract(member, sys.argv[2])
";

/// The tests that wait for an event and no longer.
const PROMPT: &str = "lifecycle or retrieve_item or truncate_item or audio_transcription or tool_choice or \
                      tool_call_parameter or telemetry or long_tts or (test_realtime_service and basic and phi4)";

/// The Python of an environment with the packages, and the tests; or `None` after saying why not.
fn suite() -> Option<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = root.join("target/venv-voicelive-live");
    let done = Command::new(root.join("scripts/venv.sh")).arg(&dir).args(PACKAGES).output().unwrap();
    if done.status.code() == Some(77) {
        print!("{}", String::from_utf8_lossy(&done.stdout));
        return None;
    }
    assert!(done.status.success(), "scripts/venv.sh: {}", String::from_utf8_lossy(&done.stderr));
    let python = dir.join("bin/python");
    let source = dir.join("source");
    if !source.join("tests/live").is_dir() {
        let pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
        let only = ["--no-binary", "azure-ai-voicelive", "--dest"];
        let done = Command::new(&python).args(pip).args(only).arg(&dir).arg(SOURCE).output().unwrap();
        if !done.status.success() {
            println!(
                "SKIPPED: pip could not download the source of {SOURCE}: {}",
                String::from_utf8_lossy(&done.stderr)
            );
            return None;
        }
        std::fs::create_dir_all(&source).unwrap();
        // Only its tests: the package itself is the installed one.
        let archive = dir.join("azure_ai_voicelive-1.3.1.tar.gz");
        let done = Command::new(&python).args(["-c", UNPACK]).arg(archive).arg(&source).output().unwrap();
        assert!(done.status.success(), "unpacking: {}", String::from_utf8_lossy(&done.stderr));
    }
    Some((python, source))
}

#[test]
fn the_live_tests_of_the_official_client_are_content() {
    let Some((python, source)) = suite() else { return };
    let sim = VoiceLiveSim::spawn(Config {
        stage: StageConfig::default(),
        credential: Some("secret".into()),
        // A slow speaker: some of the tests want to hear a second of audio for every word.
        word_ms: 1000,
        pace: Duration::from_millis(1),
        calls_tools: true,
        ..Config::default()
    })
    .unwrap();
    let all = std::env::var("PARLOR_LIVE_SUITE").is_ok_and(|wanted| wanted == "all");
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/voicelive_live");
    let mut pytest = Command::new(python);
    pytest
        .args(["-m", "pytest", "tests/live", "-q", "--no-header", "--tb=short", "-rs", "-o", "asyncio_mode=auto"])
        .args(["-p", "patience", "-p", "no:cacheprovider", "-W", "ignore"])
        .args(["-n", if all { "6" } else { "2" }])
        .current_dir(&source)
        .env("PYTHONPATH", format!("{}:{}", plugin.display(), source.display()))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("AI_SERVICES_ENDPOINT", sim.http_url())
        .env("AI_SERVICES_KEY", "secret")
        .env("PARLOR_ASSETS", source.join("tests/asset"));
    if !all {
        pytest.args(["-k", PROMPT]);
    }
    let done = pytest.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let summary = said.lines().last().unwrap_or_default();
    println!(
        "{}: {summary}",
        if all { "all live tests" } else { "the live tests that do not listen for a fixed time" }
    );
    for line in said.lines().filter(|line| line.starts_with("SKIPPED")) {
        println!("  {line}");
    }
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
}
