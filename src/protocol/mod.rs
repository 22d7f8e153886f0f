//! Protocols: pure state machines that turn what arrives into events, and what the host asks for into effects.
//!
//! A protocol does no input or output and reads no clock. The session hands it inputs with the time; it answers by
//! collecting effects in a [`Cx`]. So it runs under miri, in fuzzers, and through scripted hours within a millisecond.

mod address;
#[cfg(feature = "tokenbowl")]
mod centrifuge;
#[cfg(feature = "tokenbowl")]
mod centrifugo;
mod effect;
mod gateway;
mod loss;
mod peek;
mod sentence;
#[cfg(feature = "voxta")]
mod signalr;
#[cfg(feature = "testkit")]
mod testkit;
#[cfg(feature = "tokenbowl")]
mod tokenbowl;
#[cfg(feature = "toolchat")]
mod toolchat;
#[cfg(feature = "voicelive")]
mod voicelive;
#[cfg(feature = "voxta")]
mod voxta;
mod wire;

pub use effect::{Cx, Dial, Effect, Failure, HttpAnswer, HttpCall, Loss, Method, Outcome, Piece, SOUND, Streams};
pub use loss::{classify, status_of_http};

use crate::model::{Action, Error, Options, RequestId, Status, Tag};

/// Which of a protocol's sockets; each protocol numbers its own from 0.
pub type SocketId = u8;
/// Which of a protocol's HTTP calls; each protocol numbers its own.
pub type CallId = u64;
/// Which of a protocol's timers; each protocol numbers its own from 0.
pub type TimerId = u8;

/// Something that happened outside.
#[derive(Debug)]
pub enum Input<'a> {
    /// A socket is open: the upgrade was answered.
    Opened {
        /// Which one.
        socket: SocketId,
    },
    /// A text message, whole. The session has checked that it is UTF-8.
    Text {
        /// The socket it came from.
        socket: SocketId,
        /// The message.
        text: &'a str,
    },
    /// A binary message, whole.
    Binary {
        /// The socket it came from.
        socket: SocketId,
        /// The message.
        data: &'a [u8],
    },
    /// A socket could not be opened, or has ended. It is gone, whatever the reason.
    Closed {
        /// Which one.
        socket: SocketId,
        /// Why.
        failure: &'a Failure,
    },
    /// An HTTP call was answered, with whatever status, or failed to be.
    Http {
        /// Which one.
        call: CallId,
        /// The answer, or why there is none.
        answer: Result<HttpAnswer<'a>, &'a Failure>,
    },
    /// A timer is due. It is not set any more.
    Timer(TimerId),
    /// The host has cancelled a request, or its time ran out; it has ended already. A protocol that keeps something for
    /// it lets go of that.
    Abandoned(RequestId),
}

/// One service's side of the conversation. The session owns the protocol, calls it from one thread and keeps the retry
/// clock; whatever outlives a connection (subscriptions, a queue, the mirror) the protocol keeps in itself.
pub trait Protocol: Send {
    /// One connection attempt starts: forget the last connection and dial. Sockets, calls and timers of the last one
    /// are gone already.
    fn begin(&mut self, cx: &mut Cx<'_>);

    /// Something happened.
    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>);

    /// The host asks for something. It must end in exactly one `cx.finish`, now or later, unless [`Input::Abandoned`]
    /// comes first. Called in every state, also while there is no connection: refusing is then an answer too.
    fn act(&mut self, request: RequestId, tag: Tag, action: Action, cx: &mut Cx<'_>);

    /// Whether the service listens to a microphone at all. Asked once, before the first connection.
    fn hears(&self) -> bool {
        false
    }

    /// Whether the protocol itself says what was missed while the link was down, with GAP events that know more than the
    /// time. Where it does, the session says nothing about that. Asked at every reconnect.
    fn tells_gaps(&self) -> bool {
        false
    }

    /// What the host's microphone has picked up, to be sent as the service wants it. Only for services that hear, and
    /// only while connected. It is no request: what can not be sent is dropped, as a microphone goes on.
    fn audio(&mut self, _pcm: &[u8], _cx: &mut Cx<'_>) {}

    /// So many bytes of the streamed body of a call have been handed to the network.
    fn sent(&mut self, _call: CallId, _bytes: u64, _of: u64, _cx: &mut Cx<'_>) {}

    /// The link is gone (lost, closed by the host, let go): reset what hung on it. Emit what the host must be told
    /// about it, such as a chat that is over, and finish the requests whose answer can not come any more. The session
    /// emits STATE and GAP itself.
    fn end(&mut self, cx: &mut Cx<'_>);

    /// Says goodbye to the service in the way it wants, as a part of closing. The session closes the sockets after it.
    fn farewell(&mut self, _cx: &mut Cx<'_>) {}

    /// What the service is better served with than the defaults of the options: the number of an option and its value.
    /// What the host has set itself counts more. Asked once, before the first connection.
    fn presets(&self) -> Vec<(i32, i64)> {
        Vec::new()
    }

    /// Writes the mirror, what is known of the service's state, as one JSON object.
    fn mirror(&self, out: &mut String);

    /// Checks an action before it is queued, on the caller's thread and without the connection's state, so that a
    /// mistake is reported by the very call that makes it.
    fn check(&self) -> Checker;
}

/// Checks an action without the protocol's state. A plain function, since it runs on the host's threads.
pub type Checker = fn(&Action) -> Result<(), Error>;

/// Makes the protocol that the options name.
///
/// # Errors
/// There is no such protocol, or its options do not fit together.
pub fn create(options: &Options) -> Result<Box<dyn Protocol>, Error> {
    use crate::model::key;
    let name = options.str(key::PROTOCOL);
    for (known, make) in PROTOCOLS {
        if *known == name {
            return make(options);
        }
    }
    if let Some((_, feature)) = SERVICES.iter().find(|(service, _)| *service == name) {
        let text = format!("this library was built without {name}; build it with --features {feature}");
        return Err(Error::new(Status::Unsupported, format!("option protocol: {text}")));
    }
    let known: Vec<&str> = PROTOCOLS.iter().map(|(name, _)| *name).collect();
    Err(Error::invalid(format!("option protocol is \"{name}\", but this library speaks {}", known.join(", "))))
}

type Make = fn(&Options) -> Result<Box<dyn Protocol>, Error>;

/// Every service there is beside the gateway, and the cargo feature that brings it: a library may be built without some.
const SERVICES: &[(&str, &str)] = &[
    ("voxta", "voxta"),
    ("voicelive", "voicelive"),
    ("toolchat", "toolchat"),
    ("centrifugo", "tokenbowl"),
    ("tokenbowl", "tokenbowl"),
];

/// One line a service.
const PROTOCOLS: &[(&str, Make)] = &[
    ("gateway", gateway::make),
    #[cfg(feature = "voxta")]
    ("voxta", voxta::make),
    #[cfg(feature = "voicelive")]
    ("voicelive", voicelive::make),
    #[cfg(feature = "toolchat")]
    ("toolchat", toolchat::make),
    #[cfg(feature = "tokenbowl")]
    ("centrifugo", centrifugo::make),
    #[cfg(feature = "tokenbowl")]
    ("tokenbowl", tokenbowl::make),
    #[cfg(feature = "testkit")]
    ("testkit", testkit::make),
];
