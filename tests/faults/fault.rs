//! A fault, and the scene in which it is played.

use std::any::Any;
use std::ops::RangeInclusive;

use crate::kit::host::{Host, Told};

/// What a first connection tells when all is well.
pub(crate) const FIRST: &str = "CONNECTING CONNECTED DONE SERVICE(snapshot) CHAT_STARTED CHARACTERS READY";

/// What a client tells that has lost its link for this reason and has found it again.
pub(crate) fn and_back(reason: &str) -> String {
    format!("CHAT_CLOSED RECONNECTING:{reason} CONNECTED GAP SERVICE(snapshot) CHAT_STARTED CHARACTERS READY")
}

/// Something that goes wrong.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The events in their order, each as [`Told::word`] gives it. The same one several times in a row counts once, and
    /// one with a `?` behind it may be missing.
    pub(crate) events: String,
    /// After how many milliseconds the first event with a bad status comes, or the last one where there is none.
    pub(crate) within: RangeInclusive<u64>,
    /// What that event says to a person, in part.
    pub(crate) says: &'static str,
    pub(crate) scene: Box<dyn Fn() -> Scene + Send + Sync>,
    /// Why it can not be played on this machine.
    pub(crate) skip: Option<&'static str>,
}

impl Fault {
    pub(crate) fn new(
        name: &'static str,
        events: impl Into<String>,
        within: RangeInclusive<u64>,
        says: &'static str,
        scene: impl Fn() -> Scene + Send + Sync + 'static,
    ) -> Fault {
        Fault { name, events: events.into(), within, says, scene: Box::new(scene), skip: None }
    }

    pub(crate) fn skipped_if(mut self, so: bool, why: &'static str) -> Fault {
        self.skip = so.then_some(why);
        self
    }
}

type Step = Box<dyn FnOnce(&mut Host)>;
type Look = Box<dyn FnOnce(&mut Host, &[Told])>;

/// The other side, made anew for each time that the fault is played.
pub(crate) struct Scene {
    pub(crate) url: String,
    pub(crate) options: Vec<(&'static str, String)>,
    /// What happens to a client that is READY. Without it the fault meets the client while it connects.
    pub(crate) strike: Option<Step>,
    /// Waits until the fault has hold of the client, which is then destroyed. Without it that is done at once.
    pub(crate) middle: Option<Step>,
    /// What is looked at when the events have come.
    pub(crate) after: Option<Look>,
    keep: Vec<Box<dyn Any>>,
}

impl Scene {
    pub(crate) fn at(url: impl Into<String>) -> Scene {
        Scene { url: url.into(), options: Vec::new(), strike: None, middle: None, after: None, keep: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Scene {
        self.options.push((name, value.to_string()));
        self
    }

    pub(crate) fn strike(mut self, strike: impl FnOnce(&mut Host) + 'static) -> Scene {
        self.strike = Some(Box::new(strike));
        self
    }

    /// A client that is READY says this.
    pub(crate) fn saying(self, text: &'static str) -> Scene {
        self.strike(move |host| {
            host.say(text);
        })
    }

    pub(crate) fn middle(mut self, wait: impl FnOnce(&mut Host) + 'static) -> Scene {
        self.middle = Some(Box::new(wait));
        self
    }

    /// The client is destroyed when this event has come.
    pub(crate) fn middle_at(self, word: &'static str) -> Scene {
        self.middle(move |host| drop(host.until(word)))
    }

    pub(crate) fn after(mut self, look: impl FnOnce(&mut Host, &[Told]) + 'static) -> Scene {
        self.after = Some(Box::new(look));
        self
    }

    /// Keeps something alive as long as the scene.
    pub(crate) fn keep(mut self, thing: impl Any) -> Scene {
        self.keep.push(Box::new(thing));
        self
    }

    pub(crate) fn host(&self) -> Host {
        let options: Vec<(&str, &str)> = self.options.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Host::connecting(&self.url, &options)
    }
}
