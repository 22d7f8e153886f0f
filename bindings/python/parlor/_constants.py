"""The numbers of the library.

Made from include/parlor.h by `make bindings`. Do not edit it.
"""
from enum import IntEnum, IntFlag
from typing import Dict, Tuple

VERSION_MAJOR = 0
VERSION_MINOR = 1
VERSION_PATCH = 0
VERSION_NUMBER = 256
STRLEN = 18446744073709551615
FOREVER = 4294967295
OLDEST = 4294967294
ABI_VERSION = 0


class Status(IntEnum):
    """How a call or a request went."""

    OK = 0
    """It worked."""
    DEFERRED = 1
    """Destroy was called inside this client's own callback and completes when that returns."""
    TIMED_OUT = 2
    """Nothing happened in the time given, which is not a failure."""
    ERR_INVALID_ARGUMENT = -1
    """An argument is missing or wrong."""
    ERR_BAD_HANDLE = -2
    """The handle is not one of ours, or was destroyed before."""
    ERR_BAD_UTF8 = -3
    """A text is not valid UTF-8."""
    ERR_BUFFER_TOO_SMALL = -4
    """The buffer does not hold the answer; the length needed was written."""
    ERR_WRONG_STATE = -5
    """The client is not in a state in which this can be done."""
    ERR_QUEUE_FULL = -6
    """Too many requests are pending."""
    ERR_WOULD_DEADLOCK = -7
    """This call waits for the callback that it was made from."""
    ERR_UNSUPPORTED = -8
    """The service has no such thing."""
    ERR_FORKED = -9
    """The library was started in the parent process and can not be used in this child."""
    ERR_ABI_MISMATCH = -10
    """The program was built with a header that does not fit this library."""
    ERR_RESOURCES = -11
    """A thread, a runtime or a descriptor could not be made."""
    ERR_THREADS_LEFT = -12
    """Some threads did not end in the time given."""
    ERR_NOT_FOUND = -13
    """There is no such field."""
    ERR_DNS = -100
    """The host name was not found."""
    ERR_REFUSED = -101
    """Nobody listens at that address."""
    ERR_UNREACHABLE = -102
    """The network does not lead there."""
    ERR_CONNECT_TIMEOUT = -103
    """The address did not answer in time."""
    ERR_CONNECTION_LOST = -104
    """The connection ended without a word."""
    ERR_PROXY = -105
    """The proxy refused or failed."""
    ERR_IDLE_TIMEOUT = -106
    """The other side has been silent for too long."""
    ERR_HANDSHAKE_TIMEOUT = -107
    """TLS or the WebSocket upgrade did not complete in time."""
    ERR_TOO_BIG = -108
    """A frame or a body is larger than the limit."""
    ERR_TLS = -200
    """TLS failed."""
    ERR_TLS_CERTIFICATE = -201
    """The certificate is not acceptable."""
    ERR_HTTP = -300
    """An HTTP answer that was not expected."""
    ERR_UNAUTHORIZED = -301
    """HTTP 401: the credential is missing, wrong or expired."""
    ERR_FORBIDDEN = -302
    """HTTP 403: not allowed, or the path is wrong."""
    ERR_HTTP_NOT_FOUND = -303
    """HTTP 404 or 405: there is no such thing at that path."""
    ERR_REJECTED = -304
    """HTTP 400 or 422: the service found a fault in the request."""
    ERR_RATE_LIMITED = -305
    """HTTP 429: too many requests."""
    ERR_SERVER_ERROR = -306
    """HTTP 5xx: the service failed."""
    ERR_REDIRECT = -307
    """A redirect to another origin, which is not followed."""
    ERR_CONFLICT = -308
    """HTTP 409: it clashes with what the service already has."""
    ERR_PROTOCOL = -400
    """The other side broke the protocol."""
    ERR_NO_ANSWER = -401
    """The service did not give its first answer in time."""
    ERR_REPLACED = -402
    """Another connection took this client's place."""
    ERR_SERVICE_CLOSED = -403
    """The service closed the connection."""
    ERR_SERVICE = -404
    """The service reported an error."""
    ERR_OVERFLOW = -405
    """The host did not take its events, so the link was let go."""
    ERR_CANCELLED = -500
    """The request was cancelled."""
    ERR_TIMEOUT = -501
    """The request was not answered in time."""
    ERR_LINK_LOST = -502
    """The link was lost before the answer came; whether it took effect is unknown."""
    ERR_EXPIRED = -503
    """The request waited for a chat longer than its time to live."""
    ERR_PANIC = -1000
    """A fault inside the library; the client that it touched has failed."""


class Kind(IntEnum):
    """The kind of an event."""

    STATE = 1
    """The client's state has changed, or another attempt has failed. value: PARLOR_STATE_; name: its name without prefix; status and text: why; json: the library's own, with "attempt" and "delay_ms"."""
    REQUEST_DONE = 2
    """A request has ended; exactly one for each. request, tag; status and text: how; value: the HTTP status, or 0; json: the service's answer."""
    DROPPED = 3
    """The queue was full and events were dropped, of kinds that can be spared. value: how many; text; json: the library's own, with "dropped" and "joined"."""
    GAP = 4
    """The link was down and what happened meanwhile is not known. value: for how many milliseconds; text; json: the library's own."""
    CREDENTIAL_NEEDED = 5
    """The service has refused the credential: answer with parlor_client_set_credential(). status, text."""
    LOG = 6
    """A log record (option log.level). value: PARLOR_LOG_; name: the part of the library; text."""
    CHAT_STARTED = 100
    """A chat has begun, or was found begun (PARLOR_FLAG_SNAPSHOT). id and name of the chat where the service gives them."""
    CHAT_CLOSED = 101
    """The chat is over. id of the chat where the service gives it."""
    MESSAGE = 102
    """A whole message. text; id of the message; sender, name and role: who; time."""
    TEXT_DELTA = 103
    """A further piece of a reply's text. text; id of the reply; PARLOR_FLAG_COALESCED when pieces were joined."""
    SENTENCE = 104
    """A whole sentence of a reply, ready to be shown or spoken. text; id of the reply; sender, name and role: who. PARLOR_FLAG_SYNTHETIC when the library has split it, since the service does not."""
    REPLY_STARTED = 105
    """The service has begun a reply. id of the reply; sender: who."""
    REPLY_ENDED = 106
    """A reply is complete or was broken off. id of the reply; status; text: all of it, where the service repeats it; name: why it ended, in the service's word."""
    REASONING = 107
    """What the service thinks before it speaks. text; id of the reply; PARLOR_FLAG_FINAL with the last piece."""
    AI_STATE = 108
    """What the AI is doing has changed. value: PARLOR_AI_; name and text: the service's word for it."""
    CHARACTERS = 109
    """Who takes part has changed. value: how many; json: the list."""
    SPEAKER = 110
    """Somebody began or stopped speaking outside of the service. value: 1 or 0; name and sender: who."""
    TRANSCRIPT = 111
    """What the service has heard. text; id of the speech; PARLOR_FLAG_FINAL when it will not change any more."""
    TYPING = 112
    """Somebody began or stopped typing. value: 1 or 0; sender and name: who."""
    RECEIPT = 113
    """A message was delivered or read. id of the message; sender: by whom; name: which of the two, in the service's word."""
    UNREAD = 114
    """How much is unread has changed. value: how much; id of the room."""
    PRESENCE = 115
    """Somebody has come or gone. value: 1 or 0; sender and name: who."""
    AUDIO = 200
    """A piece of speech. data: the bytes; name: their format ("pcm16"); value: the sample rate, or 0 where the format says it; id of the reply; sender: who."""
    AUDIO_ENDED = 201
    """The speech of a reply is complete. id of the reply."""
    VOICE_ACTIVITY = 202
    """The service hears somebody begin or stop speaking. value: 1 or 0; id of the speech; json: its times."""
    MICROPHONE = 203
    """The service wants the microphone on or off. value: 1 or 0; json: the format that it wants."""
    CUE = 204
    """Something to do at a moment of the speech: a mouth shape, a word. name: which; value: milliseconds into the speech; id of the reply."""
    TOOL_CALL = 300
    """The service calls a tool of yours; answer with parlor_client_tool_result(). id of the call; name of the tool; text: its arguments as JSON."""
    TRIGGER = 301
    """The service wants something done and no answer. name: what; text: its arguments as JSON."""
    SERVICE = 900
    """Any message of the service that has no kind of its own. type, json. PARLOR_ERR_PROTOCOL as the status when it could not be read; then text or data hold what came."""
    FRAME = 901
    """One message on the wire, for debugging (option events.kinds). name: "in" or "out"; text or data: all of it."""


class Flag(IntFlag):
    """Bits of an event's `flags`."""

    FINAL = 1
    """The last of its kind in a row, such as a final transcript."""
    SYNTHETIC = 2
    """The library concluded this itself; the service sent no message of its own for it."""
    SNAPSHOT = 4
    """Learned from a snapshot, so it may have been so for a while."""
    COALESCED = 8
    """Several in a row were joined into this one, because the queue was full."""


class State(IntEnum):
    """What a client is doing."""

    CLOSED = 0
    """Not connected, and not trying to be."""
    CONNECTING = 1
    """A first attempt is under way."""
    CONNECTED = 2
    """The service has accepted the client; it may not take part in a conversation yet."""
    READY = 3
    """The service takes part in a conversation now: a chat is active, a session is established."""
    RECONNECTING = 4
    """The link was lost; another attempt is waiting or under way."""
    FAILED = 5
    """Given up, and the STATE event says why. parlor_client_connect() starts anew."""


class AiState(IntEnum):
    """What the AI is doing."""

    IDLE = 0
    """It waits."""
    THINKING = 1
    """It makes a reply."""
    SPEAKING = 2
    """It speaks."""


class LogLevel(IntEnum):
    """How much is logged."""

    OFF = 0
    """As the value of PARLOR_OPT_LOG_LEVEL and of LOG events. Each level includes those before it."""
    ERROR = 1
    WARN = 2
    INFO = 3
    DEBUG = 4
    TRACE = 5


class Playback(IntEnum):
    """What a loudspeaker does."""

    STARTED = 0
    """The host's loudspeaker has begun to play it."""
    COMPLETED = 1
    """It was played to its end."""


class AudioCounter(IntEnum):
    """What an open speech counts."""

    HEARD = 0
    """Frames of speech that were read."""
    UNDERRUNS = 1
    """How often a reply was being heard and nothing more of it was there."""
    WAITING = 2
    """Frames that wait to be read."""
    DROPPED = 3
    """Frames that were dropped because more waited than the option audio.buffer_ms allows."""
    RATE = 4
    """The rate, in frames a second."""
    CHANNELS = 5
    """The number of channels."""


class Counter(IntEnum):
    """What the library counts."""

    LIVE_CLIENTS = 0
    """Clients that were made and not destroyed."""
    LIVE_OPTIONS = 1
    """Sets of options that were made and not freed."""
    LIVE_BATCHES = 2
    """Batches that were given out and not freed."""
    LIVE_THREADS = 3
    """Threads of the library."""
    DROPPED_EVENTS = 4
    """Events that full queues have dropped."""
    PANICS = 5
    """Faults inside the library that were caught."""
    LATE_ANSWERS = 6
    """Answers that came after their request had ended."""
    LIVE_AUDIO = 7
    """Audio handles that were opened and not closed."""


class Feature(IntFlag):
    """What a build of the library holds."""

    TESTKIT = 1
    """Bit of parlor_features(): this build holds the protocol "testkit", which needs no network. Never in a release."""
    SIMULATORS = 2
    """Bit of parlor_features(): this build holds the simulators of the services. Never in a release."""
    SCHEMA = 4
    """Bit of parlor_features(): this build can check the arguments of tool calls against JSON Schema, as the option PARLOR_OPT_TOOLCHAT_VALIDATE_ARGUMENTS asks for."""


class Delivery(IntEnum):
    """How events reach the host. This package always uses QUEUE."""

    QUEUE = 0
    """Events wait until the host takes or polls them."""
    THREAD = 1
    """The library's thread parlor-events calls the callback."""


class Overflow(IntEnum):
    """What to do when the queue is full."""

    DISCONNECT = 0
    """Let go of the link, and come back when the host has drained the queue."""
    PAUSE = 1
    """Stop reading until there is room."""


# Keyword argument to number, name and shape.
OPTIONS: Dict[str, Tuple[int, str, str]] = {
    "protocol": (1, "protocol", "text"),
    "url": (2, "url", "text"),
    "credential": (3, "credential", "text"),
    "headers": (4, "headers", "json"),
    "user_agent": (5, "user_agent", "text"),
    "delivery": (10, "delivery", "word"),
    "events_kinds": (11, "events.kinds", "list"),
    "events_lazy": (12, "events.lazy", "flag"),
    "queue_max_events": (20, "queue.max_events", "number"),
    "queue_max_bytes": (21, "queue.max_bytes", "number"),
    "queue_overflow": (22, "queue.overflow", "word"),
    "audio_rate": (40, "audio.rate", "number"),
    "audio_channels": (41, "audio.channels", "number"),
    "audio_latency_ms": (42, "audio.latency_ms", "number"),
    "audio_buffer_ms": (43, "audio.buffer_ms", "number"),
    "log_level": (30, "log.level", "word"),
    "connect_timeout_ms": (100, "connect.timeout_ms", "number"),
    "handshake_timeout_ms": (101, "handshake.timeout_ms", "number"),
    "answer_timeout_ms": (102, "answer.timeout_ms", "number"),
    "idle_timeout_ms": (103, "idle.timeout_ms", "number"),
    "keepalive_interval_ms": (104, "keepalive.interval_ms", "number"),
    "request_timeout_ms": (105, "request.timeout_ms", "number"),
    "request_max_pending": (106, "request.max_pending", "number"),
    "frame_max_bytes": (107, "frame.max_bytes", "number"),
    "retry_max_attempts": (120, "retry.max_attempts", "number"),
    "retry_initial_ms": (121, "retry.initial_ms", "number"),
    "retry_max_ms": (122, "retry.max_ms", "number"),
    "retry_factor_percent": (123, "retry.factor_percent", "number"),
    "retry_stable_ms": (124, "retry.stable_ms", "number"),
    "proxy": (140, "proxy", "text"),
    "ip_family": (141, "ip.family", "word"),
    "tls_roots": (150, "tls.roots", "word"),
    "tls_ca_pem": (151, "tls.ca_pem", "text"),
    "tls_ca_file": (152, "tls.ca_file", "text"),
    "tls_pin_sha256": (153, "tls.pin_sha256", "text"),
    "tls_insecure_accept_any": (154, "tls.insecure_accept_any", "flag"),
    "offline_max_requests": (160, "offline.max_requests", "number"),
    "offline_ttl_ms": (161, "offline.ttl_ms", "number"),
    "gateway_client_id": (1000, "gateway.client_id", "text"),
    "gateway_exact_client_id": (1001, "gateway.exact_client_id", "flag"),
    "gateway_events": (1002, "gateway.events", "list"),
    "gateway_filters": (1003, "gateway.filters", "json"),
    "voxta_session": (1100, "voxta.session", "word"),
    "voxta_chat_id": (1101, "voxta.chat_id", "text"),
    "voxta_resume": (1102, "voxta.resume", "flag"),
    "voxta_client": (1103, "voxta.client", "text"),
    "voxta_scope": (1104, "voxta.scope", "list"),
    "voxta_capabilities": (1105, "voxta.capabilities", "json"),
    "voxta_app_label": (1106, "voxta.app_label", "text"),
    "voxta_negotiate": (1107, "voxta.negotiate", "flag"),
    "voxta_auth": (1108, "voxta.auth", "word"),
    "voxta_pairing": (1109, "voxta.pairing", "flag"),
    "voxta_ping_ms": (1110, "voxta.ping_ms", "number"),
    "voxta_silence_ms": (1111, "voxta.silence_ms", "number"),
    "voxta_speech": (1112, "voxta.speech", "word"),
    "voxta_acknowledge": (1113, "voxta.acknowledge", "word"),
    "voxta_microphone_rate": (1114, "voxta.microphone_rate", "number"),
    "voxta_microphone_send_rate": (1117, "voxta.microphone_send_rate", "number"),
    "voxta_barge_in": (1115, "voxta.barge_in", "flag"),
    "voxta_send_transcript": (1116, "voxta.send_transcript", "flag"),
    "voicelive_dialect": (1200, "voicelive.dialect", "word"),
    "voicelive_model": (1201, "voicelive.model", "text"),
    "voicelive_agent_name": (1202, "voicelive.agent_name", "text"),
    "voicelive_agent_project": (1203, "voicelive.agent_project", "text"),
    "voicelive_agent_version": (1204, "voicelive.agent_version", "text"),
    "voicelive_conversation_id": (1205, "voicelive.conversation_id", "text"),
    "voicelive_agent_client_id": (1206, "voicelive.agent_client_id", "text"),
    "voicelive_foundry_resource": (1207, "voicelive.foundry_resource", "text"),
    "voicelive_api_version": (1208, "voicelive.api_version", "text"),
    "voicelive_profile": (1209, "voicelive.profile", "text"),
    "voicelive_features": (1210, "voicelive.features", "text"),
    "voicelive_query": (1211, "voicelive.query", "json"),
    "voicelive_auth": (1212, "voicelive.auth", "word"),
    "voicelive_session": (1213, "voicelive.session", "json"),
    "voicelive_restore_history": (1214, "voicelive.restore_history", "flag"),
    "voicelive_tool_response": (1215, "voicelive.tool_response", "flag"),
    "voicelive_truncate": (1216, "voicelive.truncate", "flag"),
    "voicelive_expiry_warning_ms": (1217, "voicelive.expiry_warning_ms", "number"),
    "toolchat_profile": (1400, "toolchat.profile", "json"),
    "toolchat_server_key": (1401, "toolchat.server_key", "text"),
    "toolchat_user_id": (1402, "toolchat.user_id", "text"),
    "toolchat_entity_id": (1403, "toolchat.entity_id", "text"),
    "toolchat_entity_type": (1404, "toolchat.entity_type", "text"),
    "toolchat_conversation": (1405, "toolchat.conversation", "text"),
    "toolchat_ticket_timeout_ms": (1406, "toolchat.ticket_timeout_ms", "number"),
    "toolchat_tools_timeout_ms": (1407, "toolchat.tools_timeout_ms", "number"),
    "toolchat_tool_timeout_ms": (1408, "toolchat.tool_timeout_ms", "number"),
    "toolchat_results_kept": (1409, "toolchat.results_kept", "number"),
    "toolchat_validate_arguments": (1410, "toolchat.validate_arguments", "flag"),
    "toolchat_builtin_tools": (1411, "toolchat.builtin_tools", "flag"),
    "centrifugo_tokens": (1300, "centrifugo.tokens", "word"),
    "centrifugo_subscriptions": (1301, "centrifugo.subscriptions", "json"),
    "centrifugo_data": (1302, "centrifugo.data", "json"),
    "centrifugo_name": (1303, "centrifugo.name", "text"),
    "centrifugo_command_timeout_ms": (1304, "centrifugo.command_timeout_ms", "number"),
    "centrifugo_ping_grace_ms": (1305, "centrifugo.ping_grace_ms", "number"),
    "tokenbowl_generation": (1320, "tokenbowl.generation", "word"),
    "tokenbowl_ws_url": (1321, "tokenbowl.ws_url", "text"),
    "tokenbowl_auth": (1322, "tokenbowl.auth", "word"),
    "tokenbowl_key_in_query": (1323, "tokenbowl.key_in_query", "flag"),
    "tokenbowl_rate_per_second": (1324, "tokenbowl.rate_per_second", "number"),
    "tokenbowl_burst": (1325, "tokenbowl.burst", "number"),
    "tokenbowl_gap_fill": (1326, "tokenbowl.gap_fill", "flag"),
    "tokenbowl_gap_overlap_ms": (1327, "tokenbowl.gap_overlap_ms", "number"),
    "tokenbowl_silence_ms": (1328, "tokenbowl.silence_ms", "number"),
}
