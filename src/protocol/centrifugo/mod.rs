//! A Centrifugo server, or anything built on the centrifuge library, as it is: channels, publications, calls.
//!
//! **A connection:** dial, connect command, and with its answer CONNECTED. In the very next step, so that the host hears
//! of CONNECTED first, come the service's own subscriptions with what they recovered, the host's own are subscribed to,
//! and the client is READY.
//!
//! **Gaps** are told by channel: only what a recovery could not bring back is one.

mod endpoint;
mod face;
mod plan;

pub(super) use self::endpoint::websocket;
use self::face::Face;
use self::plan::Plan;
use super::centrifuge::{Call, Engine, LAND, Settings, TICK};
use super::wire::push_json_str;
use super::{Checker, Cx, Dial, Input, Loss, Outcome, Protocol, SocketId};
use crate::model::{Action, Error, Options, RequestId, Secret, Status, Tag, key};

const SOCKET: SocketId = 0;

/// Makes the protocol from its options.
///
/// # Errors
/// An option that can not be used, and what it should be.
pub(super) fn make(options: &Options) -> Result<Box<dyn Protocol>, Error> {
    let settings = Settings {
        socket: SOCKET,
        name: options.str(key::CENTRIFUGO_NAME).to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data: plan::json_option("centrifugo.data", options.str(key::CENTRIFUGO_DATA))?,
        command_timeout: crate::model::millis(options.i64(key::CENTRIFUGO_COMMAND_TIMEOUT_MS).unsigned_abs()),
        ping_grace: crate::model::millis(options.i64(key::CENTRIFUGO_PING_GRACE_MS).unsigned_abs()),
    };
    Ok(Box::new(Centrifugo {
        url: websocket(options.str(key::URL), "option url")?,
        wishes: plan::wishes(options.str(key::CENTRIFUGO_SUBSCRIPTIONS))?,
        token: Secret::new(options.str(key::CREDENTIAL)),
        engine: Engine::new(settings),
        face: Face::new(options.i64(key::CENTRIFUGO_TOKENS) == 0),
    }))
}

struct Centrifugo {
    url: String,
    /// Subscriptions of the options that have not been handed to the engine yet.
    wishes: Vec<super::centrifuge::Wish>,
    token: Secret,
    engine: Engine,
    face: Face,
}

impl Centrifugo {
    fn land(&mut self, cx: &mut Cx<'_>) {
        if self.engine.land(&mut self.face, cx) && self.engine.is_up() {
            cx.ready(true);
        }
    }

    fn carry_out(&mut self, request: RequestId, plan: Plan, cx: &mut Cx<'_>) {
        let engine = &mut self.engine;
        match plan {
            Plan::Publish { channel, data } => {
                engine.call(request, &Call::Publish { channel: &channel, data: &data }, cx);
            }
            Plan::Rpc { method, data } => engine.call(request, &Call::Rpc { method: &method, data: &data }, cx),
            Plan::Send { data } => engine.send(request, &data, cx),
            Plan::Presence { channel } => engine.call(request, &Call::Presence { channel: &channel }, cx),
            Plan::PresenceStats { channel } => engine.call(request, &Call::PresenceStats { channel: &channel }, cx),
            Plan::History { channel, limit, since, reverse } => {
                let call = Call::History { channel: &channel, limit: &limit, since: &since, reverse };
                engine.call(request, &call, cx);
            }
            Plan::Subscribe(wish) => engine.subscribe(request, wish, cx),
            Plan::Unsubscribe { channel } => engine.unsubscribe(request, &channel, &mut self.face, cx),
            Plan::ChannelToken { channel, token } => engine.channel_token(request, &channel, &token, cx),
            Plan::Token(token) => {
                self.token = token;
                let wanted = std::mem::take(&mut self.face.token_wanted);
                cx.finish(request, Outcome::ok());
                if wanted {
                    engine.refresh(self.token.reveal(), cx);
                }
            }
        }
    }
}

impl Protocol for Centrifugo {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        if self.face.token_dropped && self.token.reveal().is_empty() {
            let text = "the token is not valid any more; hand over a fresh one with parlor_client_set_credential";
            return cx.lost(Loss::RetryWithCredential { error: Error::new(Status::Unauthorized, text) });
        }
        self.face.token_dropped = false;
        self.face.token_wanted = false;
        self.engine.begin(cx.now);
        for wish in std::mem::take(&mut self.wishes) {
            // No request waits for these; number 0 is nobody's.
            self.engine.subscribe(0, wish, cx);
        }
        cx.dial(SOCKET, Dial { url: self.url.clone(), headers: Vec::new() });
        cx.mirror_changed();
    }

    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>) {
        self.land(cx);
        match input {
            Input::Opened { .. } => self.engine.opened(self.token.reveal(), cx),
            Input::Text { text, .. } => self.engine.text(text, &mut self.face, cx),
            Input::Binary { data, .. } => {
                // The protocol allows JSON in binary frames as well.
                let text = String::from_utf8_lossy(data);
                self.engine.text(&text, &mut self.face, cx);
            }
            Input::Closed { failure, .. } => self.engine.closed(failure, &mut self.face, cx),
            Input::Timer(TICK) => self.engine.tick(&mut self.face, cx),
            Input::Timer(LAND | _) | Input::Http { .. } => {}
            Input::Abandoned(request) => self.engine.abandoned(request),
        }
        if self.face.token_dropped {
            self.token = Secret::default();
        }
    }

    fn act(&mut self, request: RequestId, _tag: Tag, action: Action, cx: &mut Cx<'_>) {
        self.land(cx);
        match plan::plan(&action) {
            Ok(plan) => self.carry_out(request, plan, cx),
            Err(error) => cx.finish(request, Outcome::failed(error)),
        }
    }

    fn end(&mut self, cx: &mut Cx<'_>) {
        self.engine.end(&mut self.face, cx);
    }

    fn mirror(&self, out: &mut String) {
        out.push_str("{\"service\":");
        push_json_str(out, "centrifugo");
        out.push(',');
        self.engine.mirror(out);
        out.push('}');
    }

    fn check(&self) -> Checker {
        |action| plan::plan(action).map(drop)
    }

    fn tells_gaps(&self) -> bool {
        true
    }
}
