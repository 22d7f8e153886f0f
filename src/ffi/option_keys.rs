//! The numbers of the options, made from the table in src/model by `PARLOR_UPDATE_HEADER=1 cargo test --test abi header`.

/// "protocol" (text; default gateway; since 0.1): The service to talk to: gateway, voxta, tokenbowl, centrifugo,
/// voicelive or toolchat.
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
/// are read with parlor_event_get. Saves most of the decoding in a flood of events.
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

/// "audio.rate" (8000 to 192000; default 48000; since 0.1): The rate at which parlor_audio_read() gives speech, in
/// frames a second, where parlor_audio_open() is not told one: that of the sound device.
pub const PARLOR_OPT_AUDIO_RATE: i32 = 40;

/// "audio.channels" (1 to 8; default 2; since 0.1): How many channels parlor_audio_read() gives, where
/// parlor_audio_open() is not told. Speech has one, so each gets the same.
pub const PARLOR_OPT_AUDIO_CHANNELS: i32 = 41;

/// "audio.latency_ms" (0 to 10000; default 80; since 0.1): How much speech of a reply must have come before it
/// begins to be heard, against a network that is uneven.
pub const PARLOR_OPT_AUDIO_LATENCY_MS: i32 = 42;

/// "audio.buffer_ms" (1000 to 3600000; default 300000; since 0.1): How much speech may wait for
/// parlor_audio_read(). What is more is dropped, and counted.
pub const PARLOR_OPT_AUDIO_BUFFER_MS: i32 = 43;

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

/// "voxta.microphone_send_rate" (0 to 48000; default 16000; since 0.1): The sample rate, 8000 to 48000, at which
/// the server gets what the microphone has picked up: 16000 is what it works with. 0 sends it as it is given.
pub const PARLOR_OPT_VOXTA_MICROPHONE_SEND_RATE: i32 = 1117;

/// "voxta.barge_in" (0 or 1; default 0; since 0.1): Interrupt the reply when the server hears the user begin to
/// speak.
pub const PARLOR_OPT_VOXTA_BARGE_IN: i32 = 1115;

/// "voxta.send_transcript" (0 or 1; default 0; since 0.1): Say what the server has heard as the user's message,
/// which the server does not do by itself.
pub const PARLOR_OPT_VOXTA_SEND_TRANSCRIPT: i32 = 1116;

/// "voicelive.dialect" (azure, openai; default azure; since 0.1): Which of the two services is spoken. A URL that
/// is OpenAI's own says so itself.
pub const PARLOR_OPT_VOICELIVE_DIALECT: i32 = 1200;

/// "voicelive.model" (text; default ""; since 0.1): The model, or with Azure OpenAI the name of the deployment.
pub const PARLOR_OPT_VOICELIVE_MODEL: i32 = 1201;

/// "voicelive.agent_name" (text; default ""; since 0.1): The agent to talk to instead of a model; it needs
/// voicelive.agent_project too.
pub const PARLOR_OPT_VOICELIVE_AGENT_NAME: i32 = 1202;

/// "voicelive.agent_project" (text; default ""; since 0.1): The project of that agent.
pub const PARLOR_OPT_VOICELIVE_AGENT_PROJECT: i32 = 1203;

/// "voicelive.agent_version" (text; default ""; since 0.1): Which version of the agent; empty is its latest.
pub const PARLOR_OPT_VOICELIVE_AGENT_VERSION: i32 = 1204;

/// "voicelive.conversation_id" (text; default ""; since 0.1): The agent's conversation to go on with; empty begins
/// one.
pub const PARLOR_OPT_VOICELIVE_CONVERSATION_ID: i32 = 1205;

/// "voicelive.agent_client_id" (text; default ""; since 0.1): The client id of the identity by which the agent
/// signs in (agent-authentication-identity-client-id).
pub const PARLOR_OPT_VOICELIVE_AGENT_CLIENT_ID: i32 = 1206;

/// "voicelive.foundry_resource" (text; default ""; since 0.1): The Foundry resource of the agent where it is
/// another one (foundry-resource-override).
pub const PARLOR_OPT_VOICELIVE_FOUNDRY_RESOURCE: i32 = 1207;

/// "voicelive.api_version" (text; default ""; since 0.1): The version of the service's interface; empty is
/// 2026-07-15 with azure and none with openai.
pub const PARLOR_OPT_VOICELIVE_API_VERSION: i32 = 1208;

/// "voicelive.profile" (text; default ""; since 0.1): For a model of your own: byom-azure-openai-realtime or
/// byom-azure-openai-chat-completion.
pub const PARLOR_OPT_VOICELIVE_PROFILE: i32 = 1209;

/// "voicelive.features" (text; default ""; since 0.1): Flags of previews, as the service writes them:
/// client_ec_reference:true.
pub const PARLOR_OPT_VOICELIVE_FEATURES: i32 = 1210;

/// "voicelive.query" (secret text; default ""; since 0.1): Further query parameters, as a JSON object of texts.
/// They count more than those of other options and of the URL.
pub const PARLOR_OPT_VOICELIVE_QUERY: i32 = 1211;

/// "voicelive.auth" (auto, key, bearer, token, query; default auto; since 0.1): How the credential travels: `key`
/// in the header api-key, `bearer` in the header Authorization, `token` the same and asked for anew before each
/// further connection, `query` in the URL, where logs can show it. `auto` is key with Azure and bearer with OpenAI.
pub const PARLOR_OPT_VOICELIVE_AUTH: i32 = 1212;

/// "voicelive.session" (text; default ""; since 0.1): The session to begin with, as a JSON object. The client is
/// READY when the service has confirmed it, and repeats it after a reconnect.
pub const PARLOR_OPT_VOICELIVE_SESSION: i32 = 1213;

/// "voicelive.restore_history" (0 or 1; default 0; since 0.1): After a reconnect, put the text of the conversation
/// so far into the new session.
pub const PARLOR_OPT_VOICELIVE_RESTORE_HISTORY: i32 = 1214;

/// "voicelive.tool_response" (0 or 1; default 1; since 0.1): Ask for a response when every tool call of a reply has
/// its result and the reply is done.
pub const PARLOR_OPT_VOICELIVE_TOOL_RESPONSE: i32 = 1215;

/// "voicelive.truncate" (0 or 1; default 1; since 0.1): When a reply is interrupted while it is played, tell the
/// service how much of it was heard.
pub const PARLOR_OPT_VOICELIVE_TRUNCATE: i32 = 1216;

/// "voicelive.expiry_warning_ms" (0 to 86400000; default 60000; since 0.1): How long before the session's end the
/// client tells that it is near; 0 is never.
pub const PARLOR_OPT_VOICELIVE_EXPIRY_WARNING_MS: i32 = 1217;

/// "toolchat.profile" (text; default current; since 0.1): Which generation of the service is spoken: current,
/// documented, or a JSON object that names a base and the members of it to replace.
pub const PARLOR_OPT_TOOLCHAT_PROFILE: i32 = 1400;

/// "toolchat.server_key" (secret text; default ""; since 0.1): The key of the chat server, which the ticket request
/// carries beside the user's token (option credential).
pub const PARLOR_OPT_TOOLCHAT_SERVER_KEY: i32 = 1401;

/// "toolchat.user_id" (text; default ""; since 0.1): The user that the ticket is for, where the profile asks for
/// one.
pub const PARLOR_OPT_TOOLCHAT_USER_ID: i32 = 1402;

/// "toolchat.entity_id" (text; default ""; since 0.1): The entity that the conversation is about.
pub const PARLOR_OPT_TOOLCHAT_ENTITY_ID: i32 = 1403;

/// "toolchat.entity_type" (text; default ""; since 0.1): What kind of entity that is: BRAND, ACCOUNT or USER.
pub const PARLOR_OPT_TOOLCHAT_ENTITY_TYPE: i32 = 1404;

/// "toolchat.conversation" (text; default ""; since 0.1): The conversation to go on with; empty begins one, whose
/// id the service then tells.
pub const PARLOR_OPT_TOOLCHAT_CONVERSATION: i32 = 1405;

/// "toolchat.ticket_timeout_ms" (0 to 86400000; default 10000; since 0.1): How long a ticket, or the check of one,
/// may take; 0 is no limit.
pub const PARLOR_OPT_TOOLCHAT_TICKET_TIMEOUT_MS: i32 = 1406;

/// "toolchat.tools_timeout_ms" (0 to 86400000; default 10000; since 0.1): How long the service may take to confirm
/// the tools of a new session; 0 is no limit.
pub const PARLOR_OPT_TOOLCHAT_TOOLS_TIMEOUT_MS: i32 = 1407;

/// "toolchat.tool_timeout_ms" (0 to 86400000; default 60000; since 0.1): How long a tool of the host may take
/// before the service is told that it failed; 0 is no limit. A tool can have its own with timeoutMs.
pub const PARLOR_OPT_TOOLCHAT_TOOL_TIMEOUT_MS: i32 = 1408;

/// "toolchat.results_kept" (1 to 100000; default 1024; since 0.1): How many answered tool calls are remembered, so
/// that one that is asked for again is answered and not executed again.
pub const PARLOR_OPT_TOOLCHAT_RESULTS_KEPT: i32 = 1409;

/// "toolchat.validate_arguments" (0 or 1; default 0; since 0.1): Answer a tool call whose arguments do not fit the
/// schema of the tool with an error, instead of handing it to the host. Only a library built with the feature
/// schema can: see parlor_features.
pub const PARLOR_OPT_TOOLCHAT_VALIDATE_ARGUMENTS: i32 = 1410;

/// "toolchat.builtin_tools" (0 or 1; default 1; since 0.1): Acknowledge render_ui and ask_user_question, which the
/// service offers by itself, and tell the host by TRIGGER; a tool of the host of that name goes first.
pub const PARLOR_OPT_TOOLCHAT_BUILTIN_TOOLS: i32 = 1411;

/// "centrifugo.tokens" (ask, fixed; default ask; since 0.1): What to do when a token ends or is refused as expired:
/// `ask` the host with CREDENTIAL_NEEDED; `fixed`, there is only the one, so the client fails.
pub const PARLOR_OPT_CENTRIFUGO_TOKENS: i32 = 1300;

/// "centrifugo.subscriptions" (text; default ""; since 0.1): The channels to subscribe to with every connection: a
/// JSON array of names, or of objects as parlor_client_subscribe takes them.
pub const PARLOR_OPT_CENTRIFUGO_SUBSCRIPTIONS: i32 = 1301;

/// "centrifugo.data" (text; default ""; since 0.1): What to send to the service's connect handler, as JSON.
pub const PARLOR_OPT_CENTRIFUGO_DATA: i32 = 1302;

/// "centrifugo.name" (text; default parlor; since 0.1): What the client calls itself in the connect command: at
/// most 16 characters.
pub const PARLOR_OPT_CENTRIFUGO_NAME: i32 = 1303;

/// "centrifugo.command_timeout_ms" (100 to 3600000; default 5000; since 0.1): How long the service may take to
/// answer a connect, subscribe, unsubscribe or refresh command before the client connects again.
pub const PARLOR_OPT_CENTRIFUGO_COMMAND_TIMEOUT_MS: i32 = 1304;

/// "centrifugo.ping_grace_ms" (100 to 3600000; default 10000; since 0.1): How much later than announced a ping of
/// the service may come before the link counts as lost.
pub const PARLOR_OPT_CENTRIFUGO_PING_GRACE_MS: i32 = 1305;

/// "tokenbowl.generation" (auto, a, b; default auto; since 0.1): Which server to expect: `b`, REST and Centrifugo
/// (2.x); `a`, a plain WebSocket (up to 1.1.5); `auto` asks for a connection token, and takes a 404 for `a`.
pub const PARLOR_OPT_TOKENBOWL_GENERATION: i32 = 1320;

/// "tokenbowl.ws_url" (text; default ""; since 0.1): The WebSocket to use instead of the one that the server names,
/// which may be known inside its own network only.
pub const PARLOR_OPT_TOKENBOWL_WS_URL: i32 = 1321;

/// "tokenbowl.auth" (key, session; default key; since 0.1): What the credential is: an API `key`, sent as
/// X-API-Key, or a Stytch `session`, sent as a bearer token.
pub const PARLOR_OPT_TOKENBOWL_AUTH: i32 = 1322;

/// "tokenbowl.key_in_query" (0 or 1; default 0; since 0.1): Generation a: send the key in the query of the
/// WebSocket, as old clients do, instead of a header. It ends up in logs.
pub const PARLOR_OPT_TOKENBOWL_KEY_IN_QUERY: i32 = 1323;

/// "tokenbowl.rate_per_second" (0 to 100000; default 10; since 0.1): How many REST calls a second are sent on
/// average; the others wait. 0 is no limit.
pub const PARLOR_OPT_TOKENBOWL_RATE_PER_SECOND: i32 = 1324;

/// "tokenbowl.burst" (1 to 100000; default 20; since 0.1): How many REST calls may be sent at once before that
/// limit counts.
pub const PARLOR_OPT_TOKENBOWL_BURST: i32 = 1325;

/// "tokenbowl.gap_fill" (0 or 1; default 1; since 0.1): Fetch the messages of the time without a link over REST.
pub const PARLOR_OPT_TOKENBOWL_GAP_FILL: i32 = 1326;

/// "tokenbowl.gap_overlap_ms" (0 to 3600000; default 5000; since 0.1): How far before the last known message the
/// fetch begins, since clocks tie; what is known already is not told again.
pub const PARLOR_OPT_TOKENBOWL_GAP_OVERLAP_MS: i32 = 1327;

/// "tokenbowl.silence_ms" (100 to 3600000; default 60000; since 0.1): Generation a: how long after the last ping of
/// the server the link counts as dead. The server forgets a connection without closing it.
pub const PARLOR_OPT_TOKENBOWL_SILENCE_MS: i32 = 1328;
