//! The numbers of the options, made from the table in src/model by `PARLOR_UPDATE_HEADER=1 cargo test --test abi header`.

/// "protocol" (text; default gateway; since 0.1): The service to talk to: gateway or voxta.
pub const PARLOR_OPT_PROTOCOL: i32 = 1;

/// "url" (text; default ""; since 0.1): Where the service is: http, https, ws or wss, with a base path where there
/// is one. Empty stands for http://localhost:8081 with the protocol gateway, http://127.0.0.1:5384 with voxta.
pub const PARLOR_OPT_URL: i32 = 2;

/// "credential" (secret text; default ""; since 0.1): The key or token of the service, where it wants one.
pub const PARLOR_OPT_CREDENTIAL: i32 = 3;

/// "headers" (secret text; default ""; since 0.1): Further HTTP headers for every request and upgrade, as a JSON
/// object of texts.
pub const PARLOR_OPT_HEADERS: i32 = 4;

/// "user_agent" (text; default ""; since 0.1): The User-Agent header; empty stands for parlor/VERSION.
pub const PARLOR_OPT_USER_AGENT: i32 = 5;

/// "delivery" (queue, thread; default queue; since 0.1): How events reach the host: `queue`, the host takes or
/// polls them; `thread`, the library's thread parlor-events calls the callback.
pub const PARLOR_OPT_DELIVERY: i32 = 10;

/// "events.kinds" (text; default ""; since 0.1): The kinds to deliver: names divided by commas, `all` for every
/// kind, a leading `-` removes one. Empty is everything but FRAME. What happens to the client itself is always
/// told.
pub const PARLOR_OPT_EVENTS_KINDS: i32 = 11;

/// "events.lazy" (0 or 1; default 0; since 0.1): Deliver only kind, type and json of service events; their fields
/// are read with parlor_event_get. Costs a fifth of the processor time in a flood.
pub const PARLOR_OPT_EVENTS_LAZY: i32 = 12;

/// "queue.max_events" (16 to 1000000; default 4096; since 0.1): How many events may wait for the host.
pub const PARLOR_OPT_QUEUE_MAX_EVENTS: i32 = 20;

/// "queue.max_bytes" (65536 to 1073741824; default 16777216; since 0.1): How many bytes of events may wait for the
/// host.
pub const PARLOR_OPT_QUEUE_MAX_BYTES: i32 = 21;

/// "queue.overflow" (disconnect, pause; default disconnect; since 0.1): What to do when the queue is full of events
/// that may not be dropped: `disconnect` lets go of the link and comes back with a GAP when the host has drained
/// the queue; `pause` stops reading, which some services answer by stalling everybody.
pub const PARLOR_OPT_QUEUE_OVERFLOW: i32 = 22;

/// "log.level" (off, error, warn, info, debug, trace; default off; since 0.1): Which log records become LOG events.
/// Where it is not set, the environment variable PARLOR_LOG is asked.
pub const PARLOR_OPT_LOG_LEVEL: i32 = 30;

/// "connect.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long name lookup and TCP connect (through
/// the proxy, where there is one) may take; 0 is no limit.
pub const PARLOR_OPT_CONNECT_TIMEOUT_MS: i32 = 100;

/// "handshake.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long TLS and the WebSocket upgrade may
/// take; 0 is no limit.
pub const PARLOR_OPT_HANDSHAKE_TIMEOUT_MS: i32 = 101;

/// "answer.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long the service may take from the open
/// socket to its first answer; 0 is no limit.
pub const PARLOR_OPT_ANSWER_TIMEOUT_MS: i32 = 102;

/// "idle.timeout_ms" (0 to 86400000; default 60000; since 0.1): How long the service may be silent, pings and pongs
/// included, before the link counts as lost; 0 is no limit.
pub const PARLOR_OPT_IDLE_TIMEOUT_MS: i32 = 103;

/// "keepalive.interval_ms" (0 to 86400000; default 20000; since 0.1): How often a quiet link is pinged; 0 is never.
pub const PARLOR_OPT_KEEPALIVE_INTERVAL_MS: i32 = 104;

/// "request.timeout_ms" (0 to 86400000; default 30000; since 0.1): How long a request may take before it ends with
/// PARLOR_ERR_TIMEOUT; 0 is no limit.
pub const PARLOR_OPT_REQUEST_TIMEOUT_MS: i32 = 105;

/// "request.max_pending" (1 to 100000; default 1024; since 0.1): How many requests may be pending at once.
pub const PARLOR_OPT_REQUEST_MAX_PENDING: i32 = 106;

/// "frame.max_bytes" (1024 to 1073741824; default 16777216; since 0.1): The largest message or HTTP body that is
/// taken from the service.
pub const PARLOR_OPT_FRAME_MAX_BYTES: i32 = 107;

/// "retry.max_attempts" (0 to 1000000; default 0; since 0.1): How many attempts in a row may fail before the client
/// gives up; 0 is no limit.
pub const PARLOR_OPT_RETRY_MAX_ATTEMPTS: i32 = 120;

/// "retry.initial_ms" (1 to 3600000; default 500; since 0.1): The longest wait before the second attempt; each wait
/// is drawn evenly from 0 to its longest.
pub const PARLOR_OPT_RETRY_INITIAL_MS: i32 = 121;

/// "retry.max_ms" (1 to 3600000; default 30000; since 0.1): The longest wait that the growth may reach.
pub const PARLOR_OPT_RETRY_MAX_MS: i32 = 122;

/// "retry.factor_percent" (100 to 1000; default 200; since 0.1): How the longest wait grows from attempt to
/// attempt.
pub const PARLOR_OPT_RETRY_FACTOR_PERCENT: i32 = 123;

/// "retry.stable_ms" (0 to 86400000; default 10000; since 0.1): How long a link must have held before the attempts
/// are counted anew.
pub const PARLOR_OPT_RETRY_STABLE_MS: i32 = 124;

/// "proxy" (secret text; default ""; since 0.1): The proxy: an http, https, socks5 or socks5h URL, `none` for no
/// proxy; empty asks the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY).
pub const PARLOR_OPT_PROXY: i32 = 140;

/// "ip.family" (any, 4, 6; default any; since 0.1): Which addresses of a host are tried.
pub const PARLOR_OPT_IP_FAMILY: i32 = 141;

/// "tls.roots" (platform, webpki; default platform; since 0.1): Which certificate authorities are trusted: the
/// platform's (Mozilla's where it has none), or always Mozilla's.
pub const PARLOR_OPT_TLS_ROOTS: i32 = 150;

/// "tls.ca_pem" (text; default ""; since 0.1): Further certificate authorities, as PEM text.
pub const PARLOR_OPT_TLS_CA_PEM: i32 = 151;

/// "tls.ca_file" (text; default ""; since 0.1): Further certificate authorities, as the path of a PEM file.
pub const PARLOR_OPT_TLS_CA_FILE: i32 = 152;

/// "tls.pin_sha256" (text; default ""; since 0.1): The SHA-256 of the public key (SubjectPublicKeyInfo) that the
/// server's certificate must carry, in hex or base64; on top of the usual checks.
pub const PARLOR_OPT_TLS_PIN_SHA256: i32 = 153;

/// "tls.insecure_accept_any" (0 or 1; default 0; since 0.1): Accept any certificate. For a laboratory only: whoever
/// is on the way can then read and change everything.
pub const PARLOR_OPT_TLS_INSECURE_ACCEPT_ANY: i32 = 154;

/// "offline.max_requests" (0 to 100000; default 0; since 0.1): How many say and set_context requests may wait for a
/// chat; 0 refuses them at once with PARLOR_ERR_WRONG_STATE.
pub const PARLOR_OPT_OFFLINE_MAX_REQUESTS: i32 = 160;

/// "offline.ttl_ms" (0 to 86400000; default 60000; since 0.1): How long such a request may wait before it ends with
/// PARLOR_ERR_EXPIRED; 0 is no limit.
pub const PARLOR_OPT_OFFLINE_TTL_MS: i32 = 161;

/// "gateway.client_id" (text; default ""; since 0.1): The name by which the gateway knows this client; empty draws
/// one that is kept for the life of the client. While the gateway may still hold a dead socket of that name, or
/// another client uses it, a suffix is added: name~2, name~3.
pub const PARLOR_OPT_GATEWAY_CLIENT_ID: i32 = 1000;

/// "gateway.exact_client_id" (0 or 1; default 0; since 0.1): Never add a suffix to the client id. Where the gateway
/// still holds an old socket of that id, the client then closes and connects again until it is heard; where another
/// client keeps taking the id, it fails with PARLOR_ERR_REPLACED.
pub const PARLOR_OPT_GATEWAY_EXACT_CLIENT_ID: i32 = 1001;

/// "gateway.events" (text; default all; since 0.1): The gateway events to deliver, divided by commas, or `all`;
/// empty is none. The client always subscribes to what its mirror needs as well, and keeps that to itself.
pub const PARLOR_OPT_GATEWAY_EVENTS: i32 = 1002;

/// "gateway.filters" (text; default ""; since 0.1): For events with a source, which sources to deliver: a JSON
/// object of event name to array of sources.
pub const PARLOR_OPT_GATEWAY_FILTERS: i32 = 1003;

/// "voxta.session" (first, own, chat; default first; since 0.1): Which chat of the server this client takes part
/// in: the first that there is, only one that it has started or resumed itself, or the one of voxta.chat_id. While
/// that one lives, no other takes its place unless this client asks for it.
pub const PARLOR_OPT_VOXTA_SESSION: i32 = 1100;

/// "voxta.chat_id" (text; default ""; since 0.1): The chat to take part in, for `chat`.
pub const PARLOR_OPT_VOXTA_CHAT_ID: i32 = 1101;

/// "voxta.resume" (0 or 1; default 0; since 0.1): After a lost link, resume the chat where the server does not run
/// it any more.
pub const PARLOR_OPT_VOXTA_RESUME: i32 = 1102;

/// "voxta.client" (text; default parlor; since 0.1): The name by which this client introduces itself.
pub const PARLOR_OPT_VOXTA_CLIENT: i32 = 1103;

/// "voxta.scope" (text; default role:app; since 0.1): The scopes to ask for, divided by commas.
pub const PARLOR_OPT_VOXTA_SCOPE: i32 = 1104;

/// "voxta.capabilities" (text; default ""; since 0.1): Capabilities to introduce this client with, as a JSON
/// object; its members replace those that follow from the other options.
pub const PARLOR_OPT_VOXTA_CAPABILITIES: i32 = 1105;

/// "voxta.app_label" (text; default ""; since 0.1): With a label, the client registers as an app under it
/// (registerApp).
pub const PARLOR_OPT_VOXTA_APP_LABEL: i32 = 1106;

/// "voxta.negotiate" (0 or 1; default 0; since 0.1): Negotiate over HTTP before the socket is opened, for servers
/// behind a service that distributes connections.
pub const PARLOR_OPT_VOXTA_NEGOTIATE: i32 = 1107;

/// "voxta.auth" (bearer, query; default bearer; since 0.1): How the credential travels: as an Authorization header,
/// or as access_token in the query of the sockets, for proxies that drop the header.
pub const PARLOR_OPT_VOXTA_AUTH: i32 = 1108;

/// "voxta.pairing" (0 or 1; default 0; since 0.1): Where the server wants a key and there is none that it takes,
/// ask it for a code that a person enters there: CREDENTIAL_NEEDED then has the code as its name and the address as
/// its text, and the client connects by itself once that is done.
pub const PARLOR_OPT_VOXTA_PAIRING: i32 = 1109;

/// "voxta.ping_ms" (0 to 86400000; default 10000; since 0.1): How often the hub is pinged; 0 is never.
pub const PARLOR_OPT_VOXTA_PING_MS: i32 = 1110;

/// "voxta.silence_ms" (0 to 86400000; default 30000; since 0.1): How long the hub may send nothing, its own pings
/// included, before the link counts as lost; 0 is no limit.
pub const PARLOR_OPT_VOXTA_SILENCE_MS: i32 = 1111;

/// "voxta.speech" (none, encoded, pcm; default none; since 0.1): What to do about the speech of replies: nothing,
/// fetch it and deliver it as the server encodes it, or deliver it as PCM.
pub const PARLOR_OPT_VOXTA_SPEECH: i32 = 1112;

/// "voxta.acknowledge" (auto, library, host; default auto; since 0.1): Who tells the server that a reply is being
/// spoken, without which a chat stalls: the library as soon as it can, or the host with parlor_client_playback().
/// `auto` is the library where voxta.speech is none, else the host.
pub const PARLOR_OPT_VOXTA_ACKNOWLEDGE: i32 = 1113;

/// "voxta.microphone_rate" (0 to 48000; default 0; since 0.1): The sample rate, 8000 to 48000, of the 16-bit mono
/// PCM given to parlor_client_send_audio(); 0 is no microphone.
pub const PARLOR_OPT_VOXTA_MICROPHONE_RATE: i32 = 1114;

/// "voxta.barge_in" (0 or 1; default 0; since 0.1): Interrupt the reply when the server hears the user begin to
/// speak.
pub const PARLOR_OPT_VOXTA_BARGE_IN: i32 = 1115;

/// "voxta.send_transcript" (0 or 1; default 0; since 0.1): Say what the server has heard as the user's message,
/// which the server does not do by itself.
pub const PARLOR_OPT_VOXTA_SEND_TRANSCRIPT: i32 = 1116;
