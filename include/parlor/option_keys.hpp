// The options of parlor.h, each with the type of what it takes.
// Made from parlor.h by `make header`; do not edit it.
#ifndef PARLOR_OPTION_KEYS_HPP
#define PARLOR_OPTION_KEYS_HPP

#include "options.hpp"

namespace parlor {

/// The keys of the options: options.set(opt::url, "http://…").
namespace opt {
/// "protocol" (text; default gateway; since 0.1): The service to talk to: gateway, voxta, tokenbowl, centrifugo,
/// voicelive or toolchat.
inline constexpr text_key protocol{PARLOR_OPT_PROTOCOL};
/// "url" (text; default ""; since 0.1): Where the service is: http, https, ws or wss, with a base path where there
/// is one. Empty stands for http://localhost:8081 with the protocol gateway, http://127.0.0.1:5384 with voxta.
inline constexpr text_key url{PARLOR_OPT_URL};
/// "credential" (secret text; default ""; since 0.1): The key or token of the service, where it wants one.
inline constexpr text_key credential{PARLOR_OPT_CREDENTIAL};
/// "headers" (secret text; default ""; since 0.1): Further HTTP headers for every request and upgrade, as a JSON
/// object of texts.
inline constexpr text_key headers{PARLOR_OPT_HEADERS};
/// "user_agent" (text; default ""; since 0.1): The User-Agent header; empty stands for parlor/VERSION.
inline constexpr text_key user_agent{PARLOR_OPT_USER_AGENT};
/// "delivery" (queue, thread; default queue; since 0.1): How events reach the host: `queue`, the host takes or
/// polls them; `thread`, the library's thread parlor-events calls the callback.
inline constexpr enum_key<delivery_mode> delivery{PARLOR_OPT_DELIVERY};
/// "events.kinds" (text; default ""; since 0.1): The kinds to deliver: names divided by commas, `all` for every
/// kind, a leading `-` removes one. Empty is everything but FRAME. What happens to the client itself is always
/// told.
inline constexpr text_key events_kinds{PARLOR_OPT_EVENTS_KINDS};
/// "events.lazy" (0 or 1; default 0; since 0.1): Deliver only kind, type and json of service events; their fields
/// are read with parlor_event_get. Saves most of the decoding in a flood of events.
inline constexpr flag_key events_lazy{PARLOR_OPT_EVENTS_LAZY};
/// "queue.max_events" (16 to 1000000; default 4096; since 0.1): How many events may wait for the host.
inline constexpr number_key queue_max_events{PARLOR_OPT_QUEUE_MAX_EVENTS};
/// "queue.max_bytes" (65536 to 1073741824; default 16777216; since 0.1): How many bytes of events may wait for the
/// host.
inline constexpr number_key queue_max_bytes{PARLOR_OPT_QUEUE_MAX_BYTES};
/// "queue.overflow" (disconnect, pause; default disconnect; since 0.1): What to do when the queue is full of events
/// that may not be dropped: `disconnect` lets go of the link and comes back with a GAP when the host has drained
/// the queue; `pause` stops reading, which some services answer by stalling everybody.
inline constexpr enum_key<overflow_policy> queue_overflow{PARLOR_OPT_QUEUE_OVERFLOW};
/// "audio.rate" (8000 to 192000; default 48000; since 0.1): The rate at which parlor_audio_read() gives speech, in
/// frames a second, where parlor_audio_open() is not told one: that of the sound device.
inline constexpr number_key audio_rate{PARLOR_OPT_AUDIO_RATE};
/// "audio.channels" (1 to 8; default 2; since 0.1): How many channels parlor_audio_read() gives, where
/// parlor_audio_open() is not told. Speech has one, so each gets the same.
inline constexpr number_key audio_channels{PARLOR_OPT_AUDIO_CHANNELS};
/// "audio.latency_ms" (0 to 10000; default 80; since 0.1): How much speech of a reply must have come before it
/// begins to be heard, against a network that is uneven.
inline constexpr time_key audio_latency_ms{PARLOR_OPT_AUDIO_LATENCY_MS};
/// "audio.buffer_ms" (1000 to 3600000; default 300000; since 0.1): How much speech may wait for
/// parlor_audio_read(). What is more is dropped, and counted.
inline constexpr time_key audio_buffer_ms{PARLOR_OPT_AUDIO_BUFFER_MS};
/// "log.level" (off, error, warn, info, debug, trace; default off; since 0.1): Which log records become LOG events.
/// Where it is not set, the environment variable PARLOR_LOG is asked.
inline constexpr enum_key<log_level> log_level{PARLOR_OPT_LOG_LEVEL};
/// "connect.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long name lookup and TCP connect (through
/// the proxy, where there is one) may take; 0 is no limit.
inline constexpr time_key connect_timeout_ms{PARLOR_OPT_CONNECT_TIMEOUT_MS};
/// "handshake.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long TLS and the WebSocket upgrade may
/// take; 0 is no limit.
inline constexpr time_key handshake_timeout_ms{PARLOR_OPT_HANDSHAKE_TIMEOUT_MS};
/// "answer.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long the service may take from the open
/// socket to its first answer; 0 is no limit.
inline constexpr time_key answer_timeout_ms{PARLOR_OPT_ANSWER_TIMEOUT_MS};
/// "idle.timeout_ms" (0 to 86400000; default 60000; since 0.1): How long the service may be silent, pings and pongs
/// included, before the link counts as lost; 0 is no limit.
inline constexpr time_key idle_timeout_ms{PARLOR_OPT_IDLE_TIMEOUT_MS};
/// "keepalive.interval_ms" (0 to 86400000; default 20000; since 0.1): How often a quiet link is pinged; 0 is never.
inline constexpr time_key keepalive_interval_ms{PARLOR_OPT_KEEPALIVE_INTERVAL_MS};
/// "request.timeout_ms" (0 to 86400000; default 30000; since 0.1): How long a request may take before it ends with
/// PARLOR_ERR_TIMEOUT; 0 is no limit.
inline constexpr time_key request_timeout_ms{PARLOR_OPT_REQUEST_TIMEOUT_MS};
/// "request.max_pending" (1 to 100000; default 1024; since 0.1): How many requests may be pending at once.
inline constexpr number_key request_max_pending{PARLOR_OPT_REQUEST_MAX_PENDING};
/// "frame.max_bytes" (1024 to 1073741824; default 16777216; since 0.1): The largest message or HTTP body that is
/// taken from the service.
inline constexpr number_key frame_max_bytes{PARLOR_OPT_FRAME_MAX_BYTES};
/// "retry.max_attempts" (0 to 1000000; default 0; since 0.1): How many attempts in a row may fail before the client
/// gives up; 0 is no limit.
inline constexpr number_key retry_max_attempts{PARLOR_OPT_RETRY_MAX_ATTEMPTS};
/// "retry.initial_ms" (1 to 3600000; default 500; since 0.1): The longest wait before the second attempt; each wait
/// is drawn evenly from 0 to its longest.
inline constexpr time_key retry_initial_ms{PARLOR_OPT_RETRY_INITIAL_MS};
/// "retry.max_ms" (1 to 3600000; default 30000; since 0.1): The longest wait that the growth may reach.
inline constexpr time_key retry_max_ms{PARLOR_OPT_RETRY_MAX_MS};
/// "retry.factor_percent" (100 to 1000; default 200; since 0.1): How the longest wait grows from attempt to
/// attempt.
inline constexpr number_key retry_factor_percent{PARLOR_OPT_RETRY_FACTOR_PERCENT};
/// "retry.stable_ms" (0 to 86400000; default 10000; since 0.1): How long a link must have held before the attempts
/// are counted anew.
inline constexpr time_key retry_stable_ms{PARLOR_OPT_RETRY_STABLE_MS};
/// "proxy" (secret text; default ""; since 0.1): The proxy: an http, https, socks5 or socks5h URL, `none` for no
/// proxy; empty asks the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY).
inline constexpr text_key proxy{PARLOR_OPT_PROXY};
/// "ip.family" (any, 4, 6; default any; since 0.1): Which addresses of a host are tried.
inline constexpr word_key ip_family{PARLOR_OPT_IP_FAMILY};
/// "tls.roots" (platform, webpki; default platform; since 0.1): Which certificate authorities are trusted: the
/// platform's (Mozilla's where it has none), or always Mozilla's.
inline constexpr word_key tls_roots{PARLOR_OPT_TLS_ROOTS};
/// "tls.ca_pem" (text; default ""; since 0.1): Further certificate authorities, as PEM text.
inline constexpr text_key tls_ca_pem{PARLOR_OPT_TLS_CA_PEM};
/// "tls.ca_file" (text; default ""; since 0.1): Further certificate authorities, as the path of a PEM file.
inline constexpr text_key tls_ca_file{PARLOR_OPT_TLS_CA_FILE};
/// "tls.pin_sha256" (text; default ""; since 0.1): The SHA-256 of the public key (SubjectPublicKeyInfo) that the
/// server's certificate must carry, in hex or base64; on top of the usual checks.
inline constexpr text_key tls_pin_sha256{PARLOR_OPT_TLS_PIN_SHA256};
/// "tls.insecure_accept_any" (0 or 1; default 0; since 0.1): Accept any certificate. For a laboratory only: whoever
/// is on the way can then read and change everything.
inline constexpr flag_key tls_insecure_accept_any{PARLOR_OPT_TLS_INSECURE_ACCEPT_ANY};
/// "offline.max_requests" (0 to 100000; default 0; since 0.1): How many say and set_context requests may wait for a
/// chat; 0 refuses them at once with PARLOR_ERR_WRONG_STATE.
inline constexpr number_key offline_max_requests{PARLOR_OPT_OFFLINE_MAX_REQUESTS};
/// "offline.ttl_ms" (0 to 86400000; default 60000; since 0.1): How long such a request may wait before it ends with
/// PARLOR_ERR_EXPIRED; 0 is no limit.
inline constexpr time_key offline_ttl_ms{PARLOR_OPT_OFFLINE_TTL_MS};
/// "gateway.client_id" (text; default ""; since 0.1): The name by which the gateway knows this client; empty draws
/// one that is kept for the life of the client. While the gateway may still hold a dead socket of that name, or
/// another client uses it, a suffix is added: name~2, name~3.
inline constexpr text_key gateway_client_id{PARLOR_OPT_GATEWAY_CLIENT_ID};
/// "gateway.exact_client_id" (0 or 1; default 0; since 0.1): Never add a suffix to the client id. Where the gateway
/// still holds an old socket of that id, the client then closes and connects again until it is heard; where another
/// client keeps taking the id, it fails with PARLOR_ERR_REPLACED.
inline constexpr flag_key gateway_exact_client_id{PARLOR_OPT_GATEWAY_EXACT_CLIENT_ID};
/// "gateway.events" (text; default all; since 0.1): The gateway events to deliver, divided by commas, or `all`;
/// empty is none. The client always subscribes to what its mirror needs as well, and keeps that to itself.
inline constexpr text_key gateway_events{PARLOR_OPT_GATEWAY_EVENTS};
/// "gateway.filters" (text; default ""; since 0.1): For events with a source, which sources to deliver: a JSON
/// object of event name to array of sources.
inline constexpr text_key gateway_filters{PARLOR_OPT_GATEWAY_FILTERS};
/// "voxta.session" (first, own, chat; default first; since 0.1): Which chat of the server this client takes part
/// in: the first that there is, only one that it has started or resumed itself, or the one of voxta.chat_id. While
/// that one lives, no other takes its place unless this client asks for it.
inline constexpr word_key voxta_session{PARLOR_OPT_VOXTA_SESSION};
/// "voxta.chat_id" (text; default ""; since 0.1): The chat to take part in, for `chat`.
inline constexpr text_key voxta_chat_id{PARLOR_OPT_VOXTA_CHAT_ID};
/// "voxta.resume" (0 or 1; default 0; since 0.1): After a lost link, resume the chat where the server does not run
/// it any more.
inline constexpr flag_key voxta_resume{PARLOR_OPT_VOXTA_RESUME};
/// "voxta.client" (text; default parlor; since 0.1): The name by which this client introduces itself.
inline constexpr text_key voxta_client{PARLOR_OPT_VOXTA_CLIENT};
/// "voxta.scope" (text; default role:app; since 0.1): The scopes to ask for, divided by commas.
inline constexpr text_key voxta_scope{PARLOR_OPT_VOXTA_SCOPE};
/// "voxta.capabilities" (text; default ""; since 0.1): Capabilities to introduce this client with, as a JSON
/// object; its members replace those that follow from the other options.
inline constexpr text_key voxta_capabilities{PARLOR_OPT_VOXTA_CAPABILITIES};
/// "voxta.app_label" (text; default ""; since 0.1): With a label, the client registers as an app under it
/// (registerApp).
inline constexpr text_key voxta_app_label{PARLOR_OPT_VOXTA_APP_LABEL};
/// "voxta.negotiate" (0 or 1; default 0; since 0.1): Negotiate over HTTP before the socket is opened, for servers
/// behind a service that distributes connections.
inline constexpr flag_key voxta_negotiate{PARLOR_OPT_VOXTA_NEGOTIATE};
/// "voxta.auth" (bearer, query; default bearer; since 0.1): How the credential travels: as an Authorization header,
/// or as access_token in the query of the sockets, for proxies that drop the header.
inline constexpr word_key voxta_auth{PARLOR_OPT_VOXTA_AUTH};
/// "voxta.pairing" (0 or 1; default 0; since 0.1): Where the server wants a key and there is none that it takes,
/// ask it for a code that a person enters there: CREDENTIAL_NEEDED then has the code as its name and the address as
/// its text, and the client connects by itself once that is done.
inline constexpr flag_key voxta_pairing{PARLOR_OPT_VOXTA_PAIRING};
/// "voxta.ping_ms" (0 to 86400000; default 10000; since 0.1): How often the hub is pinged; 0 is never.
inline constexpr time_key voxta_ping_ms{PARLOR_OPT_VOXTA_PING_MS};
/// "voxta.silence_ms" (0 to 86400000; default 30000; since 0.1): How long the hub may send nothing, its own pings
/// included, before the link counts as lost; 0 is no limit.
inline constexpr time_key voxta_silence_ms{PARLOR_OPT_VOXTA_SILENCE_MS};
/// "voxta.speech" (none, encoded, pcm; default none; since 0.1): What to do about the speech of replies: nothing,
/// fetch it and deliver it as the server encodes it, or deliver it as PCM.
inline constexpr word_key voxta_speech{PARLOR_OPT_VOXTA_SPEECH};
/// "voxta.acknowledge" (auto, library, host; default auto; since 0.1): Who tells the server that a reply is being
/// spoken, without which a chat stalls: the library as soon as it can, or the host with parlor_client_playback().
/// `auto` is the library where voxta.speech is none, else the host.
inline constexpr word_key voxta_acknowledge{PARLOR_OPT_VOXTA_ACKNOWLEDGE};
/// "voxta.microphone_rate" (0 to 48000; default 0; since 0.1): The sample rate, 8000 to 48000, of the 16-bit mono
/// PCM given to parlor_client_send_audio(); 0 is no microphone.
inline constexpr number_key voxta_microphone_rate{PARLOR_OPT_VOXTA_MICROPHONE_RATE};
/// "voxta.microphone_send_rate" (0 to 48000; default 16000; since 0.1): The sample rate, 8000 to 48000, at which
/// the server gets what the microphone has picked up: 16000 is what it works with. 0 sends it as it is given.
inline constexpr number_key voxta_microphone_send_rate{PARLOR_OPT_VOXTA_MICROPHONE_SEND_RATE};
/// "voxta.barge_in" (0 or 1; default 0; since 0.1): Interrupt the reply when the server hears the user begin to
/// speak.
inline constexpr flag_key voxta_barge_in{PARLOR_OPT_VOXTA_BARGE_IN};
/// "voxta.send_transcript" (0 or 1; default 0; since 0.1): Say what the server has heard as the user's message,
/// which the server does not do by itself.
inline constexpr flag_key voxta_send_transcript{PARLOR_OPT_VOXTA_SEND_TRANSCRIPT};
/// "voicelive.dialect" (azure, openai; default azure; since 0.1): Which of the two services is spoken. A URL that
/// is OpenAI's own says so itself.
inline constexpr word_key voicelive_dialect{PARLOR_OPT_VOICELIVE_DIALECT};
/// "voicelive.model" (text; default ""; since 0.1): The model, or with Azure OpenAI the name of the deployment.
inline constexpr text_key voicelive_model{PARLOR_OPT_VOICELIVE_MODEL};
/// "voicelive.agent_name" (text; default ""; since 0.1): The agent to talk to instead of a model; it needs
/// voicelive.agent_project too.
inline constexpr text_key voicelive_agent_name{PARLOR_OPT_VOICELIVE_AGENT_NAME};
/// "voicelive.agent_project" (text; default ""; since 0.1): The project of that agent.
inline constexpr text_key voicelive_agent_project{PARLOR_OPT_VOICELIVE_AGENT_PROJECT};
/// "voicelive.agent_version" (text; default ""; since 0.1): Which version of the agent; empty is its latest.
inline constexpr text_key voicelive_agent_version{PARLOR_OPT_VOICELIVE_AGENT_VERSION};
/// "voicelive.conversation_id" (text; default ""; since 0.1): The agent's conversation to go on with; empty begins
/// one.
inline constexpr text_key voicelive_conversation_id{PARLOR_OPT_VOICELIVE_CONVERSATION_ID};
/// "voicelive.agent_client_id" (text; default ""; since 0.1): The client id of the identity by which the agent
/// signs in (agent-authentication-identity-client-id).
inline constexpr text_key voicelive_agent_client_id{PARLOR_OPT_VOICELIVE_AGENT_CLIENT_ID};
/// "voicelive.foundry_resource" (text; default ""; since 0.1): The Foundry resource of the agent where it is
/// another one (foundry-resource-override).
inline constexpr text_key voicelive_foundry_resource{PARLOR_OPT_VOICELIVE_FOUNDRY_RESOURCE};
/// "voicelive.api_version" (text; default ""; since 0.1): The version of the service's interface; empty is
/// 2026-07-15 with azure and none with openai.
inline constexpr text_key voicelive_api_version{PARLOR_OPT_VOICELIVE_API_VERSION};
/// "voicelive.profile" (text; default ""; since 0.1): For a model of your own: byom-azure-openai-realtime or
/// byom-azure-openai-chat-completion.
inline constexpr text_key voicelive_profile{PARLOR_OPT_VOICELIVE_PROFILE};
/// "voicelive.features" (text; default ""; since 0.1): Flags of previews, as the service writes them:
/// client_ec_reference:true.
inline constexpr text_key voicelive_features{PARLOR_OPT_VOICELIVE_FEATURES};
/// "voicelive.query" (secret text; default ""; since 0.1): Further query parameters, as a JSON object of texts.
/// They count more than those of other options and of the URL.
inline constexpr text_key voicelive_query{PARLOR_OPT_VOICELIVE_QUERY};
/// "voicelive.auth" (auto, key, bearer, token, query; default auto; since 0.1): How the credential travels: `key`
/// in the header api-key, `bearer` in the header Authorization, `token` the same and asked for anew before each
/// further connection, `query` in the URL, where logs can show it. `auto` is key with Azure and bearer with OpenAI.
inline constexpr word_key voicelive_auth{PARLOR_OPT_VOICELIVE_AUTH};
/// "voicelive.session" (text; default ""; since 0.1): The session to begin with, as a JSON object. The client is
/// READY when the service has confirmed it, and repeats it after a reconnect.
inline constexpr text_key voicelive_session{PARLOR_OPT_VOICELIVE_SESSION};
/// "voicelive.restore_history" (0 or 1; default 0; since 0.1): After a reconnect, put the text of the conversation
/// so far into the new session.
inline constexpr flag_key voicelive_restore_history{PARLOR_OPT_VOICELIVE_RESTORE_HISTORY};
/// "voicelive.tool_response" (0 or 1; default 1; since 0.1): Ask for a response when every tool call of a reply has
/// its result and the reply is done.
inline constexpr flag_key voicelive_tool_response{PARLOR_OPT_VOICELIVE_TOOL_RESPONSE};
/// "voicelive.truncate" (0 or 1; default 1; since 0.1): When a reply is interrupted while it is played, tell the
/// service how much of it was heard.
inline constexpr flag_key voicelive_truncate{PARLOR_OPT_VOICELIVE_TRUNCATE};
/// "voicelive.expiry_warning_ms" (0 to 86400000; default 60000; since 0.1): How long before the session's end the
/// client tells that it is near; 0 is never.
inline constexpr time_key voicelive_expiry_warning_ms{PARLOR_OPT_VOICELIVE_EXPIRY_WARNING_MS};
/// "toolchat.profile" (text; default current; since 0.1): Which generation of the service is spoken: current,
/// documented, or a JSON object that names a base and the members of it to replace.
inline constexpr text_key toolchat_profile{PARLOR_OPT_TOOLCHAT_PROFILE};
/// "toolchat.server_key" (secret text; default ""; since 0.1): The key of the chat server, which the ticket request
/// carries beside the user's token (option credential).
inline constexpr text_key toolchat_server_key{PARLOR_OPT_TOOLCHAT_SERVER_KEY};
/// "toolchat.user_id" (text; default ""; since 0.1): The user that the ticket is for, where the profile asks for
/// one.
inline constexpr text_key toolchat_user_id{PARLOR_OPT_TOOLCHAT_USER_ID};
/// "toolchat.entity_id" (text; default ""; since 0.1): The entity that the conversation is about.
inline constexpr text_key toolchat_entity_id{PARLOR_OPT_TOOLCHAT_ENTITY_ID};
/// "toolchat.entity_type" (text; default ""; since 0.1): What kind of entity that is: BRAND, ACCOUNT or USER.
inline constexpr text_key toolchat_entity_type{PARLOR_OPT_TOOLCHAT_ENTITY_TYPE};
/// "toolchat.conversation" (text; default ""; since 0.1): The conversation to go on with; empty begins one, whose
/// id the service then tells.
inline constexpr text_key toolchat_conversation{PARLOR_OPT_TOOLCHAT_CONVERSATION};
/// "toolchat.ticket_timeout_ms" (0 to 86400000; default 10000; since 0.1): How long a ticket, or the check of one,
/// may take; 0 is no limit.
inline constexpr time_key toolchat_ticket_timeout_ms{PARLOR_OPT_TOOLCHAT_TICKET_TIMEOUT_MS};
/// "toolchat.tools_timeout_ms" (0 to 86400000; default 10000; since 0.1): How long the service may take to confirm
/// the tools of a new session; 0 is no limit.
inline constexpr time_key toolchat_tools_timeout_ms{PARLOR_OPT_TOOLCHAT_TOOLS_TIMEOUT_MS};
/// "toolchat.tool_timeout_ms" (0 to 86400000; default 60000; since 0.1): How long a tool of the host may take
/// before the service is told that it failed; 0 is no limit. A tool can have its own with timeoutMs.
inline constexpr time_key toolchat_tool_timeout_ms{PARLOR_OPT_TOOLCHAT_TOOL_TIMEOUT_MS};
/// "toolchat.results_kept" (1 to 100000; default 1024; since 0.1): How many answered tool calls are remembered, so
/// that one that is asked for again is answered and not executed again.
inline constexpr number_key toolchat_results_kept{PARLOR_OPT_TOOLCHAT_RESULTS_KEPT};
/// "toolchat.validate_arguments" (0 or 1; default 0; since 0.1): Answer a tool call whose arguments do not fit the
/// schema of the tool with an error, instead of handing it to the host. Only a library built with the feature
/// schema can: see parlor_features.
inline constexpr flag_key toolchat_validate_arguments{PARLOR_OPT_TOOLCHAT_VALIDATE_ARGUMENTS};
/// "toolchat.builtin_tools" (0 or 1; default 1; since 0.1): Acknowledge render_ui and ask_user_question, which the
/// service offers by itself, and tell the host by TRIGGER; a tool of the host of that name goes first.
inline constexpr flag_key toolchat_builtin_tools{PARLOR_OPT_TOOLCHAT_BUILTIN_TOOLS};
/// "centrifugo.tokens" (ask, fixed; default ask; since 0.1): What to do when a token ends or is refused as expired:
/// `ask` the host with CREDENTIAL_NEEDED; `fixed`, there is only the one, so the client fails.
inline constexpr word_key centrifugo_tokens{PARLOR_OPT_CENTRIFUGO_TOKENS};
/// "centrifugo.subscriptions" (text; default ""; since 0.1): The channels to subscribe to with every connection: a
/// JSON array of names, or of objects as parlor_client_subscribe takes them.
inline constexpr text_key centrifugo_subscriptions{PARLOR_OPT_CENTRIFUGO_SUBSCRIPTIONS};
/// "centrifugo.data" (text; default ""; since 0.1): What to send to the service's connect handler, as JSON.
inline constexpr text_key centrifugo_data{PARLOR_OPT_CENTRIFUGO_DATA};
/// "centrifugo.name" (text; default parlor; since 0.1): What the client calls itself in the connect command: at
/// most 16 characters.
inline constexpr text_key centrifugo_name{PARLOR_OPT_CENTRIFUGO_NAME};
/// "centrifugo.command_timeout_ms" (100 to 3600000; default 5000; since 0.1): How long the service may take to
/// answer a connect, subscribe, unsubscribe or refresh command before the client connects again.
inline constexpr time_key centrifugo_command_timeout_ms{PARLOR_OPT_CENTRIFUGO_COMMAND_TIMEOUT_MS};
/// "centrifugo.ping_grace_ms" (100 to 3600000; default 10000; since 0.1): How much later than announced a ping of
/// the service may come before the link counts as lost.
inline constexpr time_key centrifugo_ping_grace_ms{PARLOR_OPT_CENTRIFUGO_PING_GRACE_MS};
/// "tokenbowl.generation" (auto, a, b; default auto; since 0.1): Which server to expect: `b`, REST and Centrifugo
/// (2.x); `a`, a plain WebSocket (up to 1.1.5); `auto` asks for a connection token, and takes a 404 for `a`.
inline constexpr word_key tokenbowl_generation{PARLOR_OPT_TOKENBOWL_GENERATION};
/// "tokenbowl.ws_url" (text; default ""; since 0.1): The WebSocket to use instead of the one that the server names,
/// which may be known inside its own network only.
inline constexpr text_key tokenbowl_ws_url{PARLOR_OPT_TOKENBOWL_WS_URL};
/// "tokenbowl.auth" (key, session; default key; since 0.1): What the credential is: an API `key`, sent as
/// X-API-Key, or a Stytch `session`, sent as a bearer token.
inline constexpr word_key tokenbowl_auth{PARLOR_OPT_TOKENBOWL_AUTH};
/// "tokenbowl.key_in_query" (0 or 1; default 0; since 0.1): Generation a: send the key in the query of the
/// WebSocket, as old clients do, instead of a header. It ends up in logs.
inline constexpr flag_key tokenbowl_key_in_query{PARLOR_OPT_TOKENBOWL_KEY_IN_QUERY};
/// "tokenbowl.rate_per_second" (0 to 100000; default 10; since 0.1): How many REST calls a second are sent on
/// average; the others wait. 0 is no limit.
inline constexpr number_key tokenbowl_rate_per_second{PARLOR_OPT_TOKENBOWL_RATE_PER_SECOND};
/// "tokenbowl.burst" (1 to 100000; default 20; since 0.1): How many REST calls may be sent at once before that
/// limit counts.
inline constexpr number_key tokenbowl_burst{PARLOR_OPT_TOKENBOWL_BURST};
/// "tokenbowl.gap_fill" (0 or 1; default 1; since 0.1): Fetch the messages of the time without a link over REST.
inline constexpr flag_key tokenbowl_gap_fill{PARLOR_OPT_TOKENBOWL_GAP_FILL};
/// "tokenbowl.gap_overlap_ms" (0 to 3600000; default 5000; since 0.1): How far before the last known message the
/// fetch begins, since clocks tie; what is known already is not told again.
inline constexpr time_key tokenbowl_gap_overlap_ms{PARLOR_OPT_TOKENBOWL_GAP_OVERLAP_MS};
/// "tokenbowl.silence_ms" (100 to 3600000; default 60000; since 0.1): Generation a: how long after the last ping of
/// the server the link counts as dead. The server forgets a connection without closing it.
inline constexpr time_key tokenbowl_silence_ms{PARLOR_OPT_TOKENBOWL_SILENCE_MS};
}  // namespace opt

}  // namespace parlor

#endif  // PARLOR_OPTION_KEYS_HPP
