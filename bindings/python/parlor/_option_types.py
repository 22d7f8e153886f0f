"""The options of a client as keyword arguments.

Made from include/parlor.h by `make bindings`. Do not edit it.
"""
from typing import Any, Iterable, Literal, Mapping, Sequence, TypedDict, Union

Json = Union[str, Mapping[str, Any], Sequence[Any]]


class Options(TypedDict, total=False):
    """Each option of docs/options.md, with _ in place of the dots."""

    headers: Json
    """Further HTTP headers for every request and upgrade, as a JSON object of texts."""

    user_agent: str
    """The User-Agent header; empty stands for parlor/VERSION."""

    events_kinds: Union[str, Iterable[str]]
    """The kinds to deliver: names divided by commas, `all` for every kind, a leading `-` removes one. Empty is everything but FRAME. What happens to the client itself is always told."""

    events_lazy: bool
    """Deliver only kind, type and json of service events; their fields are read with parlor_event_get. Saves most of the decoding in a flood of events."""

    queue_max_events: int
    """How many events may wait for the host."""

    queue_max_bytes: int
    """How many bytes of events may wait for the host."""

    queue_overflow: Literal["disconnect", "pause"]
    """What to do when the queue is full of events that may not be dropped: `disconnect` lets go of the link and comes back with a GAP when the host has drained the queue; `pause` stops reading, which some services answer by stalling everybody."""

    audio_rate: int
    """The rate at which parlor_audio_read() gives speech, in frames a second, where parlor_audio_open() is not told one: that of the sound device."""

    audio_channels: int
    """How many channels parlor_audio_read() gives, where parlor_audio_open() is not told. Speech has one, so each gets the same."""

    audio_latency_ms: int
    """How much speech of a reply must have come before it begins to be heard, against a network that is uneven."""

    audio_buffer_ms: int
    """How much speech may wait for parlor_audio_read(). What is more is dropped, and counted."""

    log_level: Literal["off", "error", "warn", "info", "debug", "trace"]
    """Which log records become LOG events. Where it is not set, the environment variable PARLOR_LOG is asked."""

    connect_timeout_ms: int
    """How long name lookup and TCP connect (through the proxy, where there is one) may take; 0 is no limit."""

    handshake_timeout_ms: int
    """How long TLS and the WebSocket upgrade may take; 0 is no limit."""

    answer_timeout_ms: int
    """How long the service may take from the open socket to its first answer; 0 is no limit."""

    idle_timeout_ms: int
    """How long the service may be silent, pings and pongs included, before the link counts as lost; 0 is no limit."""

    keepalive_interval_ms: int
    """How often a quiet link is pinged; 0 is never."""

    request_timeout_ms: int
    """How long a request may take before it ends with PARLOR_ERR_TIMEOUT; 0 is no limit."""

    request_max_pending: int
    """How many requests may be pending at once."""

    frame_max_bytes: int
    """The largest message or HTTP body that is taken from the service."""

    retry_max_attempts: int
    """How many attempts in a row may fail before the client gives up; 0 is no limit."""

    retry_initial_ms: int
    """The longest wait before the second attempt; each wait is drawn evenly from 0 to its longest."""

    retry_max_ms: int
    """The longest wait that the growth may reach."""

    retry_factor_percent: int
    """How the longest wait grows from attempt to attempt."""

    retry_stable_ms: int
    """How long a link must have held before the attempts are counted anew."""

    proxy: str
    """The proxy: an http, https, socks5 or socks5h URL, `none` for no proxy; empty asks the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY)."""

    ip_family: Literal["any", "4", "6"]
    """Which addresses of a host are tried."""

    tls_roots: Literal["platform", "webpki"]
    """Which certificate authorities are trusted: the platform's (Mozilla's where it has none), or always Mozilla's."""

    tls_ca_pem: str
    """Further certificate authorities, as PEM text."""

    tls_ca_file: str
    """Further certificate authorities, as the path of a PEM file."""

    tls_pin_sha256: str
    """The SHA-256 of the public key (SubjectPublicKeyInfo) that the server's certificate must carry, in hex or base64; on top of the usual checks."""

    tls_insecure_accept_any: bool
    """Accept any certificate. For a laboratory only: whoever is on the way can then read and change everything."""

    offline_max_requests: int
    """How many say and set_context requests may wait for a chat; 0 refuses them at once with PARLOR_ERR_WRONG_STATE."""

    offline_ttl_ms: int
    """How long such a request may wait before it ends with PARLOR_ERR_EXPIRED; 0 is no limit."""

    gateway_client_id: str
    """The name by which the gateway knows this client; empty draws one that is kept for the life of the client. While the gateway may still hold a dead socket of that name, or another client uses it, a suffix is added: name~2, name~3."""

    gateway_exact_client_id: bool
    """Never add a suffix to the client id. Where the gateway still holds an old socket of that id, the client then closes and connects again until it is heard; where another client keeps taking the id, it fails with PARLOR_ERR_REPLACED."""

    gateway_events: Union[str, Iterable[str]]
    """The gateway events to deliver, divided by commas, or `all`; empty is none. The client always subscribes to what its mirror needs as well, and keeps that to itself."""

    gateway_filters: Json
    """For events with a source, which sources to deliver: a JSON object of event name to array of sources."""

    voxta_session: Literal["first", "own", "chat"]
    """Which chat of the server this client takes part in: the first that there is, only one that it has started or resumed itself, or the one of voxta.chat_id. While that one lives, no other takes its place unless this client asks for it."""

    voxta_chat_id: str
    """The chat to take part in, for `chat`."""

    voxta_resume: bool
    """After a lost link, resume the chat where the server does not run it any more."""

    voxta_client: str
    """The name by which this client introduces itself."""

    voxta_scope: Union[str, Iterable[str]]
    """The scopes to ask for, divided by commas."""

    voxta_capabilities: Json
    """Capabilities to introduce this client with, as a JSON object; its members replace those that follow from the other options."""

    voxta_app_label: str
    """With a label, the client registers as an app under it (registerApp)."""

    voxta_negotiate: bool
    """Negotiate over HTTP before the socket is opened, for servers behind a service that distributes connections."""

    voxta_auth: Literal["bearer", "query"]
    """How the credential travels: as an Authorization header, or as access_token in the query of the sockets, for proxies that drop the header."""

    voxta_pairing: bool
    """Where the server wants a key and there is none that it takes, ask it for a code that a person enters there: CREDENTIAL_NEEDED then has the code as its name and the address as its text, and the client connects by itself once that is done."""

    voxta_ping_ms: int
    """How often the hub is pinged; 0 is never."""

    voxta_silence_ms: int
    """How long the hub may send nothing, its own pings included, before the link counts as lost; 0 is no limit."""

    voxta_speech: Literal["none", "encoded", "pcm"]
    """What to do about the speech of replies: nothing, fetch it and deliver it as the server encodes it, or deliver it as PCM."""

    voxta_acknowledge: Literal["auto", "library", "host"]
    """Who tells the server that a reply is being spoken, without which a chat stalls: the library as soon as it can, or the host with parlor_client_playback(). `auto` is the library where voxta.speech is none, else the host."""

    voxta_microphone_rate: int
    """The sample rate, 8000 to 48000, of the 16-bit mono PCM given to parlor_client_send_audio(); 0 is no microphone."""

    voxta_microphone_send_rate: int
    """The sample rate, 8000 to 48000, at which the server gets what the microphone has picked up: 16000 is what it works with. 0 sends it as it is given."""

    voxta_barge_in: bool
    """Interrupt the reply when the server hears the user begin to speak."""

    voxta_send_transcript: bool
    """Say what the server has heard as the user's message, which the server does not do by itself."""

    voicelive_dialect: Literal["azure", "openai"]
    """Which of the two services is spoken. A URL that is OpenAI's own says so itself."""

    voicelive_model: str
    """The model, or with Azure OpenAI the name of the deployment."""

    voicelive_agent_name: str
    """The agent to talk to instead of a model; it needs voicelive.agent_project too."""

    voicelive_agent_project: str
    """The project of that agent."""

    voicelive_agent_version: str
    """Which version of the agent; empty is its latest."""

    voicelive_conversation_id: str
    """The agent's conversation to go on with; empty begins one."""

    voicelive_agent_client_id: str
    """The client id of the identity by which the agent signs in (agent-authentication-identity-client-id)."""

    voicelive_foundry_resource: str
    """The Foundry resource of the agent where it is another one (foundry-resource-override)."""

    voicelive_api_version: str
    """The version of the service's interface; empty is 2026-07-15 with azure and none with openai."""

    voicelive_profile: str
    """For a model of your own: byom-azure-openai-realtime or byom-azure-openai-chat-completion."""

    voicelive_features: str
    """Flags of previews, as the service writes them: client_ec_reference:true."""

    voicelive_query: Json
    """Further query parameters, as a JSON object of texts. They count more than those of other options and of the URL."""

    voicelive_auth: Literal["auto", "key", "bearer", "token", "query"]
    """How the credential travels: `key` in the header api-key, `bearer` in the header Authorization, `token` the same and asked for anew before each further connection, `query` in the URL, where logs can show it. `auto` is key with Azure and bearer with OpenAI."""

    voicelive_session: Json
    """The session to begin with, as a JSON object. The client is READY when the service has confirmed it, and repeats it after a reconnect."""

    voicelive_restore_history: bool
    """After a reconnect, put the text of the conversation so far into the new session."""

    voicelive_tool_response: bool
    """Ask for a response when every tool call of a reply has its result and the reply is done."""

    voicelive_truncate: bool
    """When a reply is interrupted while it is played, tell the service how much of it was heard."""

    voicelive_expiry_warning_ms: int
    """How long before the session's end the client tells that it is near; 0 is never."""

    toolchat_profile: Json
    """Which generation of the service is spoken: current, documented, or a JSON object that names a base and the members of it to replace."""

    toolchat_server_key: str
    """The key of the chat server, which the ticket request carries beside the user's token (option credential)."""

    toolchat_user_id: str
    """The user that the ticket is for, where the profile asks for one."""

    toolchat_entity_id: str
    """The entity that the conversation is about."""

    toolchat_entity_type: str
    """What kind of entity that is: BRAND, ACCOUNT or USER."""

    toolchat_conversation: str
    """The conversation to go on with; empty begins one, whose id the service then tells."""

    toolchat_ticket_timeout_ms: int
    """How long a ticket, or the check of one, may take; 0 is no limit."""

    toolchat_tools_timeout_ms: int
    """How long the service may take to confirm the tools of a new session; 0 is no limit."""

    toolchat_tool_timeout_ms: int
    """How long a tool of the host may take before the service is told that it failed; 0 is no limit. A tool can have its own with timeoutMs."""

    toolchat_results_kept: int
    """How many answered tool calls are remembered, so that one that is asked for again is answered and not executed again."""

    toolchat_validate_arguments: bool
    """Answer a tool call whose arguments do not fit the schema of the tool with an error, instead of handing it to the host. Only a library built with the feature schema can: see parlor_features."""

    toolchat_builtin_tools: bool
    """Acknowledge render_ui and ask_user_question, which the service offers by itself, and tell the host by TRIGGER; a tool of the host of that name goes first."""

    centrifugo_tokens: Literal["ask", "fixed"]
    """What to do when a token ends or is refused as expired: `ask` the host with CREDENTIAL_NEEDED; `fixed`, there is only the one, so the client fails."""

    centrifugo_subscriptions: Json
    """The channels to subscribe to with every connection: a JSON array of names, or of objects as parlor_client_subscribe takes them."""

    centrifugo_data: Json
    """What to send to the service's connect handler, as JSON."""

    centrifugo_name: str
    """What the client calls itself in the connect command: at most 16 characters."""

    centrifugo_command_timeout_ms: int
    """How long the service may take to answer a connect, subscribe, unsubscribe or refresh command before the client connects again."""

    centrifugo_ping_grace_ms: int
    """How much later than announced a ping of the service may come before the link counts as lost."""

    tokenbowl_generation: Literal["auto", "a", "b"]
    """Which server to expect: `b`, REST and Centrifugo (2.x); `a`, a plain WebSocket (up to 1.1.5); `auto` asks for a connection token, and takes a 404 for `a`."""

    tokenbowl_ws_url: str
    """The WebSocket to use instead of the one that the server names, which may be known inside its own network only."""

    tokenbowl_auth: Literal["key", "session"]
    """What the credential is: an API `key`, sent as X-API-Key, or a Stytch `session`, sent as a bearer token."""

    tokenbowl_key_in_query: bool
    """Generation a: send the key in the query of the WebSocket, as old clients do, instead of a header. It ends up in logs."""

    tokenbowl_rate_per_second: int
    """How many REST calls a second are sent on average; the others wait. 0 is no limit."""

    tokenbowl_burst: int
    """How many REST calls may be sent at once before that limit counts."""

    tokenbowl_gap_fill: bool
    """Fetch the messages of the time without a link over REST."""

    tokenbowl_gap_overlap_ms: int
    """How far before the last known message the fetch begins, since clocks tie; what is known already is not told again."""

    tokenbowl_silence_ms: int
    """Generation a: how long after the last ping of the server the link counts as dead. The server forgets a connection without closing it."""
