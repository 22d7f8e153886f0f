//! What a newcomer meets: the example programs, the README and the guide. The programs are compiled as a stranger would
//! compile them, run against the simulator, and their output is compared; the texts are held to what they speak of.

#[cfg(feature = "sim")]
mod cpp;
mod guide;
mod kit;
#[cfg(feature = "sim")]
mod programs;
mod texts;
#[cfg(feature = "sim")]
mod tokenbowl;
#[cfg(feature = "sim")]
mod toolchat;
#[cfg(feature = "sim")]
mod voicelive;
#[cfg(feature = "sim")]
mod voxta;

/// Without the simulator there is nothing that the programs could talk to.
#[cfg(not(feature = "sim"))]
#[test]
fn programs() {
    println!("SKIPPED: the programs need the simulator; run with --features sim");
}
