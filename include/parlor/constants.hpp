// The constants of parlor.h as enums of C++.
// Made from parlor.h by `make header`; do not edit it.
#ifndef PARLOR_CONSTANTS_HPP
#define PARLOR_CONSTANTS_HPP

#include <cstdint>

#include "../parlor.h"

namespace parlor {

/// How a call or a request went: 0 is good, a positive number is good with a remark, a negative one is an error.
enum class status_code : std::int32_t {
  /// It worked.
  ok = PARLOR_OK,
  /// Destroy was called inside this client's own callback and completes when that returns.
  deferred = PARLOR_DEFERRED,
  /// Nothing happened in the time given, which is not a failure.
  timed_out = PARLOR_TIMED_OUT,
  /// An argument is missing or wrong.
  invalid_argument = PARLOR_ERR_INVALID_ARGUMENT,
  /// The handle is not one of ours, or was destroyed before.
  bad_handle = PARLOR_ERR_BAD_HANDLE,
  /// A text is not valid UTF-8.
  bad_utf8 = PARLOR_ERR_BAD_UTF8,
  /// The buffer does not hold the answer; the length needed was written.
  buffer_too_small = PARLOR_ERR_BUFFER_TOO_SMALL,
  /// The client is not in a state in which this can be done.
  wrong_state = PARLOR_ERR_WRONG_STATE,
  /// Too many requests are pending.
  queue_full = PARLOR_ERR_QUEUE_FULL,
  /// This call waits for the callback that it was made from.
  would_deadlock = PARLOR_ERR_WOULD_DEADLOCK,
  /// The service has no such thing.
  unsupported = PARLOR_ERR_UNSUPPORTED,
  /// The library was started in the parent process and can not be used in this child.
  forked = PARLOR_ERR_FORKED,
  /// The program was built with a header that does not fit this library.
  abi_mismatch = PARLOR_ERR_ABI_MISMATCH,
  /// A thread, a runtime or a descriptor could not be made.
  resources = PARLOR_ERR_RESOURCES,
  /// Some threads did not end in the time given.
  threads_left = PARLOR_ERR_THREADS_LEFT,
  /// There is no such field.
  not_found = PARLOR_ERR_NOT_FOUND,
  /// The host name was not found.
  dns = PARLOR_ERR_DNS,
  /// Nobody listens at that address.
  refused = PARLOR_ERR_REFUSED,
  /// The network does not lead there.
  unreachable = PARLOR_ERR_UNREACHABLE,
  /// The address did not answer in time.
  connect_timeout = PARLOR_ERR_CONNECT_TIMEOUT,
  /// The connection ended without a word.
  connection_lost = PARLOR_ERR_CONNECTION_LOST,
  /// The proxy refused or failed.
  proxy = PARLOR_ERR_PROXY,
  /// The other side has been silent for too long.
  idle_timeout = PARLOR_ERR_IDLE_TIMEOUT,
  /// TLS or the WebSocket upgrade did not complete in time.
  handshake_timeout = PARLOR_ERR_HANDSHAKE_TIMEOUT,
  /// A frame or a body is larger than the limit.
  too_big = PARLOR_ERR_TOO_BIG,
  /// TLS failed.
  tls = PARLOR_ERR_TLS,
  /// The certificate is not acceptable.
  tls_certificate = PARLOR_ERR_TLS_CERTIFICATE,
  /// An HTTP answer that was not expected.
  http = PARLOR_ERR_HTTP,
  /// HTTP 401: the credential is missing, wrong or expired.
  unauthorized = PARLOR_ERR_UNAUTHORIZED,
  /// HTTP 403: not allowed, or the path is wrong.
  forbidden = PARLOR_ERR_FORBIDDEN,
  /// HTTP 404 or 405: there is no such thing at that path.
  http_not_found = PARLOR_ERR_HTTP_NOT_FOUND,
  /// HTTP 400 or 422: the service found a fault in the request.
  rejected = PARLOR_ERR_REJECTED,
  /// HTTP 429: too many requests.
  rate_limited = PARLOR_ERR_RATE_LIMITED,
  /// HTTP 5xx: the service failed.
  server_error = PARLOR_ERR_SERVER_ERROR,
  /// A redirect to another origin, which is not followed.
  redirect = PARLOR_ERR_REDIRECT,
  /// HTTP 409: it clashes with what the service already has.
  conflict = PARLOR_ERR_CONFLICT,
  /// The other side broke the protocol.
  protocol = PARLOR_ERR_PROTOCOL,
  /// The service did not give its first answer in time.
  no_answer = PARLOR_ERR_NO_ANSWER,
  /// Another connection took this client's place.
  replaced = PARLOR_ERR_REPLACED,
  /// The service closed the connection.
  service_closed = PARLOR_ERR_SERVICE_CLOSED,
  /// The service reported an error.
  service = PARLOR_ERR_SERVICE,
  /// The host did not take its events, so the link was let go.
  overflow = PARLOR_ERR_OVERFLOW,
  /// The request was cancelled.
  cancelled = PARLOR_ERR_CANCELLED,
  /// The request was not answered in time.
  timeout = PARLOR_ERR_TIMEOUT,
  /// The link was lost before the answer came; whether it took effect is unknown.
  link_lost = PARLOR_ERR_LINK_LOST,
  /// The request waited for a chat longer than its time to live.
  expired = PARLOR_ERR_EXPIRED,
  /// A fault inside the library; the client that it touched has failed.
  panic = PARLOR_ERR_PANIC,
};

/// What an event is about. Ignore kinds that you do not know: later versions bring more.
enum class event_kind : std::int32_t {
  /// The client's state has changed, or another attempt has failed. value: PARLOR_STATE_; name: its name without
  /// prefix; status and text: why; json: the library's own, with "attempt" and "delay_ms".
  state = PARLOR_EVENT_STATE,
  /// A request has ended; exactly one for each. request, tag; status and text: how; value: the HTTP status, or 0;
  /// json: the service's answer.
  request_done = PARLOR_EVENT_REQUEST_DONE,
  /// The queue was full and events were dropped, of kinds that can be spared. value: how many; text; json: the
  /// library's own, with "dropped" and "joined".
  dropped = PARLOR_EVENT_DROPPED,
  /// The link was down and what happened meanwhile is not known. value: for how many milliseconds; text; json: the
  /// library's own.
  gap = PARLOR_EVENT_GAP,
  /// The service has refused the credential: answer with parlor_client_set_credential(). status, text.
  credential_needed = PARLOR_EVENT_CREDENTIAL_NEEDED,
  /// A log record (option log.level). value: PARLOR_LOG_; name: the part of the library; text.
  log = PARLOR_EVENT_LOG,
  /// A chat has begun, or was found begun (PARLOR_FLAG_SNAPSHOT). id and name of the chat where the service gives
  /// them.
  chat_started = PARLOR_EVENT_CHAT_STARTED,
  /// The chat is over. id of the chat where the service gives it.
  chat_closed = PARLOR_EVENT_CHAT_CLOSED,
  /// A whole message. text; id of the message; sender, name and role: who; time.
  message = PARLOR_EVENT_MESSAGE,
  /// A further piece of a reply's text. text; id of the reply; PARLOR_FLAG_COALESCED when pieces were joined.
  text_delta = PARLOR_EVENT_TEXT_DELTA,
  /// A whole sentence of a reply, ready to be shown or spoken. text; id of the reply; sender, name and role: who.
  /// PARLOR_FLAG_SYNTHETIC when the library has split it, since the service does not.
  sentence = PARLOR_EVENT_SENTENCE,
  /// The service has begun a reply. id of the reply; sender: who.
  reply_started = PARLOR_EVENT_REPLY_STARTED,
  /// A reply is complete or was broken off. id of the reply; status; text: all of it, where the service repeats it;
  /// name: why it ended, in the service's word.
  reply_ended = PARLOR_EVENT_REPLY_ENDED,
  /// What the service thinks before it speaks. text; id of the reply; PARLOR_FLAG_FINAL with the last piece.
  reasoning = PARLOR_EVENT_REASONING,
  /// What the AI is doing has changed. value: PARLOR_AI_; name and text: the service's word for it.
  ai_state = PARLOR_EVENT_AI_STATE,
  /// Who takes part has changed. value: how many; json: the list.
  characters = PARLOR_EVENT_CHARACTERS,
  /// Somebody began or stopped speaking outside of the service. value: 1 or 0; name and sender: who.
  speaker = PARLOR_EVENT_SPEAKER,
  /// What the service has heard. text; id of the speech; PARLOR_FLAG_FINAL when it will not change any more.
  transcript = PARLOR_EVENT_TRANSCRIPT,
  /// Somebody began or stopped typing. value: 1 or 0; sender and name: who.
  typing = PARLOR_EVENT_TYPING,
  /// A message was delivered or read. id of the message; sender: by whom; name: which of the two, in the service's
  /// word.
  receipt = PARLOR_EVENT_RECEIPT,
  /// How much is unread has changed. value: how much; id of the room.
  unread = PARLOR_EVENT_UNREAD,
  /// Somebody has come or gone. value: 1 or 0; sender and name: who.
  presence = PARLOR_EVENT_PRESENCE,
  /// A piece of speech. data: the bytes; name: their format ("pcm16"); value: the sample rate, or 0 where the
  /// format says it; id of the reply; sender: who.
  audio = PARLOR_EVENT_AUDIO,
  /// The speech of a reply is complete. id of the reply.
  audio_ended = PARLOR_EVENT_AUDIO_ENDED,
  /// The service hears somebody begin or stop speaking. value: 1 or 0; id of the speech; json: its times.
  voice_activity = PARLOR_EVENT_VOICE_ACTIVITY,
  /// The service wants the microphone on or off. value: 1 or 0; json: the format that it wants.
  microphone = PARLOR_EVENT_MICROPHONE,
  /// Something to do at a moment of the speech: a mouth shape, a word. name: which; value: milliseconds into the
  /// speech; id of the reply.
  cue = PARLOR_EVENT_CUE,
  /// The service calls a tool of yours; answer with parlor_client_tool_result(). id of the call; name of the tool;
  /// text: its arguments as JSON.
  tool_call = PARLOR_EVENT_TOOL_CALL,
  /// The service wants something done and no answer. name: what; text: its arguments as JSON.
  trigger = PARLOR_EVENT_TRIGGER,
  /// Any message of the service that has no kind of its own. type, json. PARLOR_ERR_PROTOCOL as the status when it
  /// could not be read; then text or data hold what came.
  service = PARLOR_EVENT_SERVICE,
  /// One message on the wire, for debugging (option events.kinds). name: "in" or "out"; text or data: all of it.
  frame = PARLOR_EVENT_FRAME,
};

// Every kind, for the headers that do something with each.
#define PARLOR_CPP_KINDS(X) \
  X(state) \
  X(request_done) \
  X(dropped) \
  X(gap) \
  X(credential_needed) \
  X(log) \
  X(chat_started) \
  X(chat_closed) \
  X(message) \
  X(text_delta) \
  X(sentence) \
  X(reply_started) \
  X(reply_ended) \
  X(reasoning) \
  X(ai_state) \
  X(characters) \
  X(speaker) \
  X(transcript) \
  X(typing) \
  X(receipt) \
  X(unread) \
  X(presence) \
  X(audio) \
  X(audio_ended) \
  X(voice_activity) \
  X(microphone) \
  X(cue) \
  X(tool_call) \
  X(trigger) \
  X(service) \
  X(frame)

/// What a client is doing.
enum class client_state : std::int32_t {
  /// As a state: not connected, and not trying to be.
  closed = PARLOR_STATE_CLOSED,
  /// As a state: a first attempt is under way.
  connecting = PARLOR_STATE_CONNECTING,
  /// As a state: the service has accepted the client; it may not take part in a conversation yet.
  connected = PARLOR_STATE_CONNECTED,
  /// As a state: the service takes part in a conversation now: a chat is active, a session is established.
  ready = PARLOR_STATE_READY,
  /// As a state: the link was lost; another attempt is waiting or under way.
  reconnecting = PARLOR_STATE_RECONNECTING,
  /// As a state: given up, and the STATE event says why. parlor_client_connect() starts anew.
  failed = PARLOR_STATE_FAILED,
};

/// What the AI is doing.
enum class ai_activity : std::int32_t {
  /// As the value of AI_STATE: it waits.
  idle = PARLOR_AI_IDLE,
  /// As the value of AI_STATE: it makes a reply.
  thinking = PARLOR_AI_THINKING,
  /// As the value of AI_STATE: it speaks.
  speaking = PARLOR_AI_SPEAKING,
};

/// How much is logged.
enum class log_level : std::int32_t {
  /// As the value of PARLOR_OPT_LOG_LEVEL and of LOG events. Each level includes those before it.
  off = PARLOR_LOG_OFF,
  error = PARLOR_LOG_ERROR,
  warn = PARLOR_LOG_WARN,
  info = PARLOR_LOG_INFO,
  debug = PARLOR_LOG_DEBUG,
  trace = PARLOR_LOG_TRACE,
};

/// How events reach the program.
enum class delivery_mode : std::int32_t {
  /// As the value of PARLOR_OPT_DELIVERY: events wait until the host takes or polls them.
  queue = PARLOR_DELIVERY_QUEUE,
  /// As the value of PARLOR_OPT_DELIVERY: the library's thread parlor-events calls the callback.
  thread = PARLOR_DELIVERY_THREAD,
};

/// What to do when the queue is full.
enum class overflow_policy : std::int32_t {
  /// As the value of PARLOR_OPT_QUEUE_OVERFLOW: let go of the link, and come back when the host has drained the
  /// queue.
  disconnect = PARLOR_OVERFLOW_DISCONNECT,
  /// As the value of PARLOR_OPT_QUEUE_OVERFLOW: stop reading until there is room.
  pause = PARLOR_OVERFLOW_PAUSE,
};

/// What the loudspeaker does.
enum class playback_phase : std::int32_t {
  /// As the phase of parlor_client_playback(): the host's loudspeaker has begun to play it.
  started = PARLOR_PLAYBACK_STARTED,
  /// As the phase of parlor_client_playback(): it was played to its end.
  completed = PARLOR_PLAYBACK_COMPLETED,
};

/// What is counted.
enum class counter : std::int32_t {
  /// As the counter: clients that were made and not destroyed.
  live_clients = PARLOR_COUNTER_LIVE_CLIENTS,
  /// As the counter: sets of options that were made and not freed.
  live_options = PARLOR_COUNTER_LIVE_OPTIONS,
  /// As the counter: batches that were given out and not freed.
  live_batches = PARLOR_COUNTER_LIVE_BATCHES,
  /// As the counter: threads of the library.
  live_threads = PARLOR_COUNTER_LIVE_THREADS,
  /// As the counter: events that full queues have dropped.
  dropped_events = PARLOR_COUNTER_DROPPED_EVENTS,
  /// As the counter: faults inside the library that were caught.
  panics = PARLOR_COUNTER_PANICS,
  /// As the counter: answers that came after their request had ended.
  late_answers = PARLOR_COUNTER_LATE_ANSWERS,
  /// As the counter: audio handles that were opened and not closed.
  live_audio = PARLOR_COUNTER_LIVE_AUDIO,
};

/// What is counted of the speech that an audio thread reads.
enum class audio_counter : std::int32_t {
  /// For parlor_audio_counter(): frames of speech that were read.
  heard = PARLOR_AUDIO_HEARD,
  /// For parlor_audio_counter(): how often a reply was being heard and nothing more of it was there.
  underruns = PARLOR_AUDIO_UNDERRUNS,
  /// For parlor_audio_counter(): frames that wait to be read.
  waiting = PARLOR_AUDIO_WAITING,
  /// For parlor_audio_counter(): frames that were dropped because more waited than the option audio.buffer_ms
  /// allows.
  dropped = PARLOR_AUDIO_DROPPED,
  /// For parlor_audio_counter(): the rate, in frames a second.
  rate = PARLOR_AUDIO_RATE,
  /// For parlor_audio_counter(): the number of channels.
  channels = PARLOR_AUDIO_CHANNELS,
};

/// What a build of the library may hold.
enum class feature : std::int32_t {
  /// Bit of parlor_features(): this build holds the protocol "testkit", which needs no network. Never in a release.
  testkit = PARLOR_FEATURE_TESTKIT,
  /// Bit of parlor_features(): this build holds the simulators of the services. Never in a release.
  simulators = PARLOR_FEATURE_SIMULATORS,
  /// Bit of parlor_features(): this build can check the arguments of tool calls against JSON Schema, as the option
  /// PARLOR_OPT_TOOLCHAT_VALIDATE_ARGUMENTS asks for.
  schema = PARLOR_FEATURE_SCHEMA,
};

/// What is marked at an event.
enum class event_flag : std::uint32_t {
  /// As a flag of an event: the last of its kind in a row, such as a final transcript.
  final = PARLOR_FLAG_FINAL,
  /// As a flag of an event: the library concluded this itself; the service sent no message of its own for it.
  synthetic = PARLOR_FLAG_SYNTHETIC,
  /// As a flag of an event: learned from a snapshot, so it may have been so for a while.
  snapshot = PARLOR_FLAG_SNAPSHOT,
  /// As a flag of an event: several in a row were joined into this one, because the queue was full.
  coalesced = PARLOR_FLAG_COALESCED,
};

}  // namespace parlor

#endif  // PARLOR_CONSTANTS_HPP
