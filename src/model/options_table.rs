//! The one table of options: number, name, type, range, default, meaning. The header's constants, the setters, the docs
//! and their tests are held to it.

/// What type of value an option takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyKind {
    /// A text.
    Text,
    /// A text that is never shown.
    Secret,
    /// 0 or 1; by name also `true`, `false`, `yes`, `no`, `on`, `off`.
    Flag,
    /// A whole number in this range.
    Number(i64, i64),
    /// One of these words; as a number, its place in the list.
    Word(&'static [&'static str]),
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct KeyRow {
    /// The number in the ABI, never reused.
    pub number: i32,
    /// The name for config files; the header's constant is `PARLOR_OPT_` and this with `_` for `.`.
    pub name: &'static str,
    /// What it takes.
    pub kind: KeyKind,
    /// The value when it is not set, as it would be written in a config file.
    pub default: &'static str,
    /// The version that brought it.
    pub since: &'static str,
    /// What it does.
    pub doc: &'static str,
}

macro_rules! keys {
    ($($constant:ident = $number:literal, $name:literal, $kind:expr, $default:literal, $since:literal, $doc:literal;)*) => {
        /// The numbers of the options.
        #[allow(missing_docs, reason = "the rows of the table say it")]
        pub mod key { $(pub const $constant: i32 = $number;)* }

        /// Every option there is.
        pub const KEYS: &[KeyRow] = &[$(KeyRow {
            number: $number, name: $name, kind: $kind, default: $default, since: $since, doc: $doc,
        },)*];
    };
}

use KeyKind::{Flag, Number, Secret, Text, Word};

const MS: KeyKind = Number(0, 86_400_000);

keys! {
    PROTOCOL = 1, "protocol", Text, "gateway", "0.1",
        "The service to talk to: gateway, voxta, tokenbowl, centrifugo, voicelive or toolchat.";
    URL = 2, "url", Text, "", "0.1",
        "Where the service is: http, https, ws or wss, with a base path where there is one. Empty stands for http://localhost:8081 with the protocol gateway, http://127.0.0.1:5384 with voxta.";
    CREDENTIAL = 3, "credential", Secret, "", "0.1",
        "The key or token of the service, where it wants one.";
    HEADERS = 4, "headers", Secret, "", "0.1",
        "Further HTTP headers for every request and upgrade, as a JSON object of texts.";
    USER_AGENT = 5, "user_agent", Text, "", "0.1",
        "The User-Agent header; empty stands for parlor/VERSION.";
    DELIVERY = 10, "delivery", Word(&["queue", "thread"]), "queue", "0.1",
        "How events reach the host: `queue`, the host takes or polls them; `thread`, the library's thread parlor-events calls the callback.";
    EVENTS_KINDS = 11, "events.kinds", Text, "", "0.1",
        "The kinds to deliver: names divided by commas, `all` for every kind, a leading `-` removes one. Empty is everything but FRAME. What happens to the client itself is always told.";
    EVENTS_LAZY = 12, "events.lazy", Flag, "0", "0.1",
        "Deliver only kind, type and json of service events; their fields are read with parlor_event_get. Saves most of the decoding in a flood of events.";
    QUEUE_MAX_EVENTS = 20, "queue.max_events", Number(16, 1_000_000), "4096", "0.1",
        "How many events may wait for the host.";
    QUEUE_MAX_BYTES = 21, "queue.max_bytes", Number(65_536, 1_073_741_824), "16777216", "0.1",
        "How many bytes of events may wait for the host.";
    QUEUE_OVERFLOW = 22, "queue.overflow", Word(&["disconnect", "pause"]), "disconnect", "0.1",
        "What to do when the queue is full of events that may not be dropped: `disconnect` lets go of the link and comes back with a GAP when the host has drained the queue; `pause` stops reading, which some services answer by stalling everybody.";
    AUDIO_RATE = 40, "audio.rate", Number(8_000, 192_000), "48000", "0.1",
        "The rate at which parlor_audio_read() gives speech, in frames a second, where parlor_audio_open() is not told one: that of the sound device.";
    AUDIO_CHANNELS = 41, "audio.channels", Number(1, 8), "2", "0.1",
        "How many channels parlor_audio_read() gives, where parlor_audio_open() is not told. Speech has one, so each gets the same.";
    AUDIO_LATENCY_MS = 42, "audio.latency_ms", Number(0, 10_000), "80", "0.1",
        "How much speech of a reply must have come before it begins to be heard, against a network that is uneven.";
    AUDIO_BUFFER_MS = 43, "audio.buffer_ms", Number(1_000, 3_600_000), "300000", "0.1",
        "How much speech may wait for parlor_audio_read(). What is more is dropped, and counted.";
    LOG_LEVEL = 30, "log.level", Word(&["off", "error", "warn", "info", "debug", "trace"]), "off", "0.1",
        "Which log records become LOG events. Where it is not set, the environment variable PARLOR_LOG is asked.";
    CONNECT_TIMEOUT_MS = 100, "connect.timeout_ms", MS, "10000", "0.1",
        "How long name lookup and TCP connect (through the proxy, where there is one) may take; 0 is no limit.";
    HANDSHAKE_TIMEOUT_MS = 101, "handshake.timeout_ms", MS, "10000", "0.1",
        "How long TLS and the WebSocket upgrade may take; 0 is no limit.";
    ANSWER_TIMEOUT_MS = 102, "answer.timeout_ms", MS, "10000", "0.1",
        "How long the service may take from the open socket to its first answer; 0 is no limit.";
    IDLE_TIMEOUT_MS = 103, "idle.timeout_ms", MS, "60000", "0.1",
        "How long the service may be silent, pings and pongs included, before the link counts as lost; 0 is no limit.";
    KEEPALIVE_INTERVAL_MS = 104, "keepalive.interval_ms", MS, "20000", "0.1",
        "How often a quiet link is pinged; 0 is never.";
    REQUEST_TIMEOUT_MS = 105, "request.timeout_ms", MS, "30000", "0.1",
        "How long a request may take before it ends with PARLOR_ERR_TIMEOUT; 0 is no limit.";
    REQUEST_MAX_PENDING = 106, "request.max_pending", Number(1, 100_000), "1024", "0.1",
        "How many requests may be pending at once.";
    FRAME_MAX_BYTES = 107, "frame.max_bytes", Number(1024, 1_073_741_824), "16777216", "0.1",
        "The largest message or HTTP body that is taken from the service.";
    RETRY_MAX_ATTEMPTS = 120, "retry.max_attempts", Number(0, 1_000_000), "0", "0.1",
        "How many attempts in a row may fail before the client gives up; 0 is no limit.";
    RETRY_INITIAL_MS = 121, "retry.initial_ms", Number(1, 3_600_000), "500", "0.1",
        "The longest wait before the second attempt; each wait is drawn evenly from 0 to its longest.";
    RETRY_MAX_MS = 122, "retry.max_ms", Number(1, 3_600_000), "30000", "0.1",
        "The longest wait that the growth may reach.";
    RETRY_FACTOR_PERCENT = 123, "retry.factor_percent", Number(100, 1000), "200", "0.1",
        "How the longest wait grows from attempt to attempt.";
    RETRY_STABLE_MS = 124, "retry.stable_ms", MS, "10000", "0.1",
        "How long a link must have held before the attempts are counted anew.";
    PROXY = 140, "proxy", Secret, "", "0.1",
        "The proxy: an http, https, socks5 or socks5h URL, `none` for no proxy; empty asks the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY).";
    IP_FAMILY = 141, "ip.family", Word(&["any", "4", "6"]), "any", "0.1",
        "Which addresses of a host are tried.";
    TLS_ROOTS = 150, "tls.roots", Word(&["platform", "webpki"]), "platform", "0.1",
        "Which certificate authorities are trusted: the platform's (Mozilla's where it has none), or always Mozilla's.";
    TLS_CA_PEM = 151, "tls.ca_pem", Text, "", "0.1",
        "Further certificate authorities, as PEM text.";
    TLS_CA_FILE = 152, "tls.ca_file", Text, "", "0.1",
        "Further certificate authorities, as the path of a PEM file.";
    TLS_PIN_SHA256 = 153, "tls.pin_sha256", Text, "", "0.1",
        "The SHA-256 of the public key (SubjectPublicKeyInfo) that the server's certificate must carry, in hex or base64; on top of the usual checks.";
    TLS_INSECURE_ACCEPT_ANY = 154, "tls.insecure_accept_any", Flag, "0", "0.1",
        "Accept any certificate. For a laboratory only: whoever is on the way can then read and change everything.";
    OFFLINE_MAX_REQUESTS = 160, "offline.max_requests", Number(0, 100_000), "0", "0.1",
        "How many say and set_context requests may wait for a chat; 0 refuses them at once with PARLOR_ERR_WRONG_STATE.";
    OFFLINE_TTL_MS = 161, "offline.ttl_ms", MS, "60000", "0.1",
        "How long such a request may wait before it ends with PARLOR_ERR_EXPIRED; 0 is no limit.";
    GATEWAY_CLIENT_ID = 1000, "gateway.client_id", Text, "", "0.1",
        "The name by which the gateway knows this client; empty draws one that is kept for the life of the client. While the gateway may still hold a dead socket of that name, or another client uses it, a suffix is added: name~2, name~3.";
    GATEWAY_EXACT_CLIENT_ID = 1001, "gateway.exact_client_id", Flag, "0", "0.1",
        "Never add a suffix to the client id. Where the gateway still holds an old socket of that id, the client then closes and connects again until it is heard; where another client keeps taking the id, it fails with PARLOR_ERR_REPLACED.";
    GATEWAY_EVENTS = 1002, "gateway.events", Text, "all", "0.1",
        "The gateway events to deliver, divided by commas, or `all`; empty is none. The client always subscribes to what its mirror needs as well, and keeps that to itself.";
    GATEWAY_FILTERS = 1003, "gateway.filters", Text, "", "0.1",
        "For events with a source, which sources to deliver: a JSON object of event name to array of sources.";
    VOXTA_SESSION = 1100, "voxta.session", Word(&["first", "own", "chat"]), "first", "0.1",
        "Which chat of the server this client takes part in: the first that there is, only one that it has started or resumed itself, or the one of voxta.chat_id. While that one lives, no other takes its place unless this client asks for it.";
    VOXTA_CHAT_ID = 1101, "voxta.chat_id", Text, "", "0.1",
        "The chat to take part in, for `chat`.";
    VOXTA_RESUME = 1102, "voxta.resume", Flag, "0", "0.1",
        "After a lost link, resume the chat where the server does not run it any more.";
    VOXTA_CLIENT = 1103, "voxta.client", Text, "parlor", "0.1",
        "The name by which this client introduces itself.";
    VOXTA_SCOPE = 1104, "voxta.scope", Text, "role:app", "0.1",
        "The scopes to ask for, divided by commas.";
    VOXTA_CAPABILITIES = 1105, "voxta.capabilities", Text, "", "0.1",
        "Capabilities to introduce this client with, as a JSON object; its members replace those that follow from the other options.";
    VOXTA_APP_LABEL = 1106, "voxta.app_label", Text, "", "0.1",
        "With a label, the client registers as an app under it (registerApp).";
    VOXTA_NEGOTIATE = 1107, "voxta.negotiate", Flag, "0", "0.1",
        "Negotiate over HTTP before the socket is opened, for servers behind a service that distributes connections.";
    VOXTA_AUTH = 1108, "voxta.auth", Word(&["bearer", "query"]), "bearer", "0.1",
        "How the credential travels: as an Authorization header, or as access_token in the query of the sockets, for proxies that drop the header.";
    VOXTA_PAIRING = 1109, "voxta.pairing", Flag, "0", "0.1",
        "Where the server wants a key and there is none that it takes, ask it for a code that a person enters there: CREDENTIAL_NEEDED then has the code as its name and the address as its text, and the client connects by itself once that is done.";
    VOXTA_PING_MS = 1110, "voxta.ping_ms", MS, "10000", "0.1",
        "How often the hub is pinged; 0 is never.";
    VOXTA_SILENCE_MS = 1111, "voxta.silence_ms", MS, "30000", "0.1",
        "How long the hub may send nothing, its own pings included, before the link counts as lost; 0 is no limit.";
    VOXTA_SPEECH = 1112, "voxta.speech", Word(&["none", "encoded", "pcm"]), "none", "0.1",
        "What to do about the speech of replies: nothing, fetch it and deliver it as the server encodes it, or deliver it as PCM.";
    VOXTA_ACKNOWLEDGE = 1113, "voxta.acknowledge", Word(&["auto", "library", "host"]), "auto", "0.1",
        "Who tells the server that a reply is being spoken, without which a chat stalls: the library as soon as it can, or the host with parlor_client_playback(). `auto` is the library where voxta.speech is none, else the host.";
    VOXTA_MICROPHONE_RATE = 1114, "voxta.microphone_rate", Number(0, 48_000), "0", "0.1",
        "The sample rate, 8000 to 48000, of the 16-bit mono PCM given to parlor_client_send_audio(); 0 is no microphone.";
    VOXTA_MICROPHONE_SEND_RATE = 1117, "voxta.microphone_send_rate", Number(0, 48_000), "16000", "0.1",
        "The sample rate, 8000 to 48000, at which the server gets what the microphone has picked up: 16000 is what it works with. 0 sends it as it is given.";
    VOXTA_BARGE_IN = 1115, "voxta.barge_in", Flag, "0", "0.1",
        "Interrupt the reply when the server hears the user begin to speak.";
    VOXTA_SEND_TRANSCRIPT = 1116, "voxta.send_transcript", Flag, "0", "0.1",
        "Say what the server has heard as the user's message, which the server does not do by itself.";
    VOICELIVE_DIALECT = 1200, "voicelive.dialect", Word(&["azure", "openai"]), "azure", "0.1",
        "Which of the two services is spoken. A URL that is OpenAI's own says so itself.";
    VOICELIVE_MODEL = 1201, "voicelive.model", Text, "", "0.1",
        "The model, or with Azure OpenAI the name of the deployment.";
    VOICELIVE_AGENT_NAME = 1202, "voicelive.agent_name", Text, "", "0.1",
        "The agent to talk to instead of a model; it needs voicelive.agent_project too.";
    VOICELIVE_AGENT_PROJECT = 1203, "voicelive.agent_project", Text, "", "0.1",
        "The project of that agent.";
    VOICELIVE_AGENT_VERSION = 1204, "voicelive.agent_version", Text, "", "0.1",
        "Which version of the agent; empty is its latest.";
    VOICELIVE_CONVERSATION_ID = 1205, "voicelive.conversation_id", Text, "", "0.1",
        "The agent's conversation to go on with; empty begins one.";
    VOICELIVE_AGENT_CLIENT_ID = 1206, "voicelive.agent_client_id", Text, "", "0.1",
        "The client id of the identity by which the agent signs in (agent-authentication-identity-client-id).";
    VOICELIVE_FOUNDRY_RESOURCE = 1207, "voicelive.foundry_resource", Text, "", "0.1",
        "The Foundry resource of the agent where it is another one (foundry-resource-override).";
    VOICELIVE_API_VERSION = 1208, "voicelive.api_version", Text, "", "0.1",
        "The version of the service's interface; empty is 2026-07-15 with azure and none with openai.";
    VOICELIVE_PROFILE = 1209, "voicelive.profile", Text, "", "0.1",
        "For a model of your own: byom-azure-openai-realtime or byom-azure-openai-chat-completion.";
    VOICELIVE_FEATURES = 1210, "voicelive.features", Text, "", "0.1",
        "Flags of previews, as the service writes them: client_ec_reference:true.";
    VOICELIVE_QUERY = 1211, "voicelive.query", Secret, "", "0.1",
        "Further query parameters, as a JSON object of texts. They count more than those of other options and of the URL.";
    VOICELIVE_AUTH = 1212, "voicelive.auth", Word(&["auto", "key", "bearer", "token", "query"]), "auto", "0.1",
        "How the credential travels: `key` in the header api-key, `bearer` in the header Authorization, `token` the same and asked for anew before each further connection, `query` in the URL, where logs can show it. `auto` is key with Azure and bearer with OpenAI.";
    VOICELIVE_SESSION = 1213, "voicelive.session", Text, "", "0.1",
        "The session to begin with, as a JSON object. The client is READY when the service has confirmed it, and repeats it after a reconnect.";
    VOICELIVE_RESTORE_HISTORY = 1214, "voicelive.restore_history", Flag, "0", "0.1",
        "After a reconnect, put the text of the conversation so far into the new session.";
    VOICELIVE_TOOL_RESPONSE = 1215, "voicelive.tool_response", Flag, "1", "0.1",
        "Ask for a response when every tool call of a reply has its result and the reply is done.";
    VOICELIVE_TRUNCATE = 1216, "voicelive.truncate", Flag, "1", "0.1",
        "When a reply is interrupted while it is played, tell the service how much of it was heard.";
    VOICELIVE_EXPIRY_WARNING_MS = 1217, "voicelive.expiry_warning_ms", MS, "60000", "0.1",
        "How long before the session's end the client tells that it is near; 0 is never.";
    TOOLCHAT_PROFILE = 1400, "toolchat.profile", Text, "current", "0.1",
        "Which generation of the service is spoken: current, documented, or a JSON object that names a base and the members of it to replace.";
    TOOLCHAT_SERVER_KEY = 1401, "toolchat.server_key", Secret, "", "0.1",
        "The key of the chat server, which the ticket request carries beside the user's token (option credential).";
    TOOLCHAT_USER_ID = 1402, "toolchat.user_id", Text, "", "0.1",
        "The user that the ticket is for, where the profile asks for one.";
    TOOLCHAT_ENTITY_ID = 1403, "toolchat.entity_id", Text, "", "0.1",
        "The entity that the conversation is about.";
    TOOLCHAT_ENTITY_TYPE = 1404, "toolchat.entity_type", Text, "", "0.1",
        "What kind of entity that is: BRAND, ACCOUNT or USER.";
    TOOLCHAT_CONVERSATION = 1405, "toolchat.conversation", Text, "", "0.1",
        "The conversation to go on with; empty begins one, whose id the service then tells.";
    TOOLCHAT_TICKET_TIMEOUT_MS = 1406, "toolchat.ticket_timeout_ms", MS, "10000", "0.1",
        "How long a ticket, or the check of one, may take; 0 is no limit.";
    TOOLCHAT_TOOLS_TIMEOUT_MS = 1407, "toolchat.tools_timeout_ms", MS, "10000", "0.1",
        "How long the service may take to confirm the tools of a new session; 0 is no limit.";
    TOOLCHAT_TOOL_TIMEOUT_MS = 1408, "toolchat.tool_timeout_ms", MS, "60000", "0.1",
        "How long a tool of the host may take before the service is told that it failed; 0 is no limit. A tool can have its own with timeoutMs.";
    TOOLCHAT_RESULTS_KEPT = 1409, "toolchat.results_kept", Number(1, 100_000), "1024", "0.1",
        "How many answered tool calls are remembered, so that one that is asked for again is answered and not executed again.";
    TOOLCHAT_VALIDATE_ARGUMENTS = 1410, "toolchat.validate_arguments", Flag, "0", "0.1",
        "Answer a tool call whose arguments do not fit the schema of the tool with an error, instead of handing it to the host. Only a library built with the feature schema can: see parlor_features.";
    TOOLCHAT_BUILTIN_TOOLS = 1411, "toolchat.builtin_tools", Flag, "1", "0.1",
        "Acknowledge render_ui and ask_user_question, which the service offers by itself, and tell the host by TRIGGER; a tool of the host of that name goes first.";
    CENTRIFUGO_TOKENS = 1300, "centrifugo.tokens", Word(&["ask", "fixed"]), "ask", "0.1",
        "What to do when a token ends or is refused as expired: `ask` the host with CREDENTIAL_NEEDED; `fixed`, there is only the one, so the client fails.";
    CENTRIFUGO_SUBSCRIPTIONS = 1301, "centrifugo.subscriptions", Text, "", "0.1",
        "The channels to subscribe to with every connection: a JSON array of names, or of objects as parlor_client_subscribe takes them.";
    CENTRIFUGO_DATA = 1302, "centrifugo.data", Text, "", "0.1",
        "What to send to the service's connect handler, as JSON.";
    CENTRIFUGO_NAME = 1303, "centrifugo.name", Text, "parlor", "0.1",
        "What the client calls itself in the connect command: at most 16 characters.";
    CENTRIFUGO_COMMAND_TIMEOUT_MS = 1304, "centrifugo.command_timeout_ms", Number(100, 3_600_000), "5000", "0.1",
        "How long the service may take to answer a connect, subscribe, unsubscribe or refresh command before the client connects again.";
    CENTRIFUGO_PING_GRACE_MS = 1305, "centrifugo.ping_grace_ms", Number(100, 3_600_000), "10000", "0.1",
        "How much later than announced a ping of the service may come before the link counts as lost.";
    TOKENBOWL_GENERATION = 1320, "tokenbowl.generation", Word(&["auto", "a", "b"]), "auto", "0.1",
        "Which server to expect: `b`, REST and Centrifugo (2.x); `a`, a plain WebSocket (up to 1.1.5); `auto` asks for a connection token, and takes a 404 for `a`.";
    TOKENBOWL_WS_URL = 1321, "tokenbowl.ws_url", Text, "", "0.1",
        "The WebSocket to use instead of the one that the server names, which may be known inside its own network only.";
    TOKENBOWL_AUTH = 1322, "tokenbowl.auth", Word(&["key", "session"]), "key", "0.1",
        "What the credential is: an API `key`, sent as X-API-Key, or a Stytch `session`, sent as a bearer token.";
    TOKENBOWL_KEY_IN_QUERY = 1323, "tokenbowl.key_in_query", Flag, "0", "0.1",
        "Generation a: send the key in the query of the WebSocket, as old clients do, instead of a header. It ends up in logs.";
    TOKENBOWL_RATE = 1324, "tokenbowl.rate_per_second", Number(0, 100_000), "10", "0.1",
        "How many REST calls a second are sent on average; the others wait. 0 is no limit.";
    TOKENBOWL_BURST = 1325, "tokenbowl.burst", Number(1, 100_000), "20", "0.1",
        "How many REST calls may be sent at once before that limit counts.";
    TOKENBOWL_GAP_FILL = 1326, "tokenbowl.gap_fill", Flag, "1", "0.1",
        "Fetch the messages of the time without a link over REST.";
    TOKENBOWL_GAP_OVERLAP_MS = 1327, "tokenbowl.gap_overlap_ms", Number(0, 3_600_000), "5000", "0.1",
        "How far before the last known message the fetch begins, since clocks tie; what is known already is not told again.";
    TOKENBOWL_SILENCE_MS = 1328, "tokenbowl.silence_ms", Number(100, 3_600_000), "60000", "0.1",
        "Generation a: how long after the last ping of the server the link counts as dead. The server forgets a connection without closing it.";
}

#[cfg(test)]
mod tests {
    use super::{KEYS, KeyKind};

    #[test]
    fn rows_are_distinct_and_their_defaults_fit() {
        for (i, row) in KEYS.iter().enumerate() {
            assert!(KEYS[..i].iter().all(|other| other.number != row.number && other.name != row.name), "{}", row.name);
            assert!(row.doc.ends_with('.') && !row.since.is_empty(), "{}", row.name);
            match row.kind {
                KeyKind::Number(low, high) => {
                    let default: i64 = row.default.parse().expect("a number");
                    assert!((low..=high).contains(&default), "{}", row.name);
                }
                KeyKind::Flag => assert!(matches!(row.default, "0" | "1"), "{}", row.name),
                KeyKind::Word(words) => assert!(words.contains(&row.default), "{}", row.name),
                KeyKind::Text | KeyKind::Secret => {}
            }
        }
    }
}
