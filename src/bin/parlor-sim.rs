//! Runs a simulator from a shell: a service to talk to where there is none.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use parlor::sim::centrifugo::{self, CentrifugoSim};
use parlor::sim::gateway::{self, GatewaySim};
use parlor::sim::tokenbowl::{self, Generation, TokenBowlSim};
use parlor::sim::toolchat::{self, ToolchatSim};
use parlor::sim::voicelive::{self, VoiceLiveSim};
use parlor::sim::voxta::{self, VoxtaSim};
use parlor::sim::{Direction, FloodPlan, Scene, Sim, StageConfig, Tap, summary};
use tokio::signal::unix::{SignalKind, signal};

/// Simulates a conversational service on 127.0.0.1.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    service: Service,
}

#[derive(Subcommand)]
enum Service {
    /// A Voxta Gateway: WebSocket events and HTTP actions.
    Gateway(Common),
    /// A Voxta server: a SignalR hub.
    Voxta(Common),
    /// Token Bowl Chat: REST, and a Centrifugo that recovers nothing. Users are alice, bob, vera and root; the key of
    /// each is the name in hex, repeated up to 64 digits.
    Tokenbowl(Common),
    /// The generation of Token Bowl Chat before that: a plain WebSocket.
    TokenbowlA(Common),
    /// A Centrifugo server that allows and recovers everything; tokens are signed with `secret`.
    Centrifugo(Common),
    /// Azure Voice Live at /voice-live/realtime, OpenAI Realtime at /v1/realtime.
    Voicelive(Common),
    /// A chat that is entered with a ticket and calls tools.
    Toolchat(Common),
}

#[derive(Args)]
struct Common {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// What happens in the conversation.
    #[arg(long, value_enum)]
    script: Option<Script>,
    /// How many times faster than life the conversation runs.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Open the control paths under /sim/.
    #[arg(long)]
    control: bool,
    /// Pour this many events into every client that subscribes (gateway only).
    #[arg(long, value_name = "EVENTS")]
    flood: Option<u64>,
    /// Do not log what passes.
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Script {
    /// A short conversation with an app trigger, an interruption and a forced reconnect.
    Demo,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = tokio::runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
        runtime.block_on(async {
            match cli.service {
                Service::Gateway(common) => run_gateway(common).await,
                Service::Voxta(common) => run_voxta(common).await,
                Service::Tokenbowl(common) => run_tokenbowl(common, Generation::B).await,
                Service::TokenbowlA(common) => run_tokenbowl(common, Generation::A).await,
                Service::Centrifugo(common) => run_centrifugo(common).await,
                Service::Voicelive(common) => run_voicelive(common).await,
                Service::Toolchat(common) => run_toolchat(common).await,
            }
        })
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bad(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

fn cannot_listen(error: io::Error, port: u16) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on 127.0.0.1:{port}: {error}; --port 0 takes a free port"))
}

impl Common {
    fn stage(&self) -> StageConfig {
        let tap: Option<Tap> = (!self.quiet).then(|| Arc::new(log) as Tap);
        StageConfig { port: self.port, tls: None, control: self.control, tap }
    }

    /// A time of the script at the asked speed.
    fn paced(&self, life: Duration) -> io::Result<Duration> {
        if !(self.speed.is_finite() && self.speed > 0.0) {
            return Err(bad("--speed must be a number above 0"));
        }
        Duration::try_from_secs_f64(life.as_secs_f64() / self.speed).map_err(|_| bad("--speed is too small"))
    }
}

async fn run_gateway(common: Common) -> io::Result<()> {
    let mut config = gateway::Config { stage: common.stage(), ..gateway::Config::default() };
    config.pace = common.paced(Duration::from_millis(350))?;
    if common.script == Some(Script::Demo) {
        config.replies = gateway::demo();
        config.playback = gateway::Playback::Auto(common.paced(Duration::from_millis(600))?);
    }
    config.flood = common.flood.map(FloodPlan::of);
    let sim = GatewaySim::start(config).await.map_err(|error| cannot_listen(error, common.port))?;
    until_signal(&sim).await
}

async fn run_voxta(common: Common) -> io::Result<()> {
    if common.flood.is_some() {
        return Err(bad("--flood is for the gateway only"));
    }
    let mut config = voxta::Config { stage: common.stage(), ..voxta::Config::default() };
    config.pace = common.paced(Duration::from_millis(350))?;
    if common.script == Some(Script::Demo) {
        config.replies = voxta::demo();
        config.speech = true;
    }
    let sim = VoxtaSim::start(config).await.map_err(|error| cannot_listen(error, common.port))?;
    until_signal(&sim).await
}

async fn run_voicelive(common: Common) -> io::Result<()> {
    if common.flood.is_some() {
        return Err(bad("--flood is for the gateway only"));
    }
    let mut config = voicelive::Config { stage: common.stage(), ..voicelive::Config::default() };
    config.pace = common.paced(Duration::from_millis(100))?;
    if common.script == Some(Script::Demo) {
        config.turns = voicelive::demo();
    }
    let sim = VoiceLiveSim::start(config).await.map_err(|error| cannot_listen(error, common.port))?;
    until_signal(&sim).await
}

async fn run_toolchat(common: Common) -> io::Result<()> {
    if common.flood.is_some() {
        return Err(bad("--flood is for the gateway only"));
    }
    let mut config = toolchat::Config { stage: common.stage(), ..toolchat::Config::default() };
    config.pace = common.paced(Duration::from_millis(60))?;
    if common.script == Some(Script::Demo) {
        config.runs = toolchat::demo();
    }
    let sim = ToolchatSim::start(config).await.map_err(|error| cannot_listen(error, common.port))?;
    until_signal(&sim).await
}

async fn run_tokenbowl(common: Common, generation: Generation) -> io::Result<()> {
    if common.flood.is_some() {
        return Err(bad("--flood is for the gateway only"));
    }
    let demo = common.script == Some(Script::Demo);
    let config = tokenbowl::Config { stage: common.stage(), generation, demo, ..tokenbowl::Config::default() };
    let sim = TokenBowlSim::start(config).await.map_err(|error| cannot_listen(error, common.port))?;
    until_signal(&sim).await
}

async fn run_centrifugo(common: Common) -> io::Result<()> {
    if common.flood.is_some() || common.script.is_some() {
        return Err(bad("--flood and --script are not for centrifugo"));
    }
    let config = centrifugo::Config { stage: common.stage(), ..centrifugo::Config::default() };
    let sim = CentrifugoSim::start(config).await.map_err(|error| cannot_listen(error, common.port))?;
    until_signal(&sim).await
}

/// Says where it listens and waits for SIGINT or SIGTERM.
async fn until_signal<S: Scene>(sim: &Sim<S>) -> io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    {
        let mut out = io::stdout().lock();
        writeln!(out, "listening on {}", sim.http_url())?;
        out.flush()?;
    }
    futures_util::future::select(Box::pin(interrupt.recv()), Box::pin(terminate.recv())).await;
    Ok(())
}

fn log(direction: Direction, connection: u64, text: &str) {
    let arrow = match direction {
        Direction::In => "<-",
        Direction::Out => "->",
    };
    for line in summary(text) {
        // A closed stderr is no reason to stop serving.
        let _ = writeln!(io::stderr(), "{arrow} #{connection} {line}");
    }
}
