//! Kinds of events, their flags, and the numbers that they carry.

/// The client's state has changed, or another attempt has failed. value: PARLOR_STATE_; name: its name without prefix;
/// status and text: why; json: the library's own, with "attempt" and "delay_ms".
pub const PARLOR_EVENT_STATE: i32 = 1;
/// A request has ended; exactly one for each. request, tag; status and text: how; value: the HTTP status, or 0; json: the
/// service's answer.
pub const PARLOR_EVENT_REQUEST_DONE: i32 = 2;
/// The queue was full and events were dropped, of kinds that can be spared. value: how many; text; json: the library's
/// own, with "dropped" and "joined".
pub const PARLOR_EVENT_DROPPED: i32 = 3;
/// The link was down and what happened meanwhile is not known. value: for how many milliseconds; text; json: the
/// library's own.
pub const PARLOR_EVENT_GAP: i32 = 4;
/// The service has refused the credential: answer with parlor_client_set_credential(). status, text.
pub const PARLOR_EVENT_CREDENTIAL_NEEDED: i32 = 5;
/// A log record (option log.level). value: PARLOR_LOG_; name: the part of the library; text.
pub const PARLOR_EVENT_LOG: i32 = 6;

/// A chat has begun, or was found begun (PARLOR_FLAG_SNAPSHOT). id and name of the chat where the service gives them.
pub const PARLOR_EVENT_CHAT_STARTED: i32 = 100;
/// The chat is over. id of the chat where the service gives it.
pub const PARLOR_EVENT_CHAT_CLOSED: i32 = 101;
/// A whole message. text; id of the message; sender, name and role: who; time.
pub const PARLOR_EVENT_MESSAGE: i32 = 102;
/// A further piece of a reply's text. text; id of the reply; PARLOR_FLAG_COALESCED when pieces were joined.
pub const PARLOR_EVENT_TEXT_DELTA: i32 = 103;
/// A whole sentence of a reply, ready to be shown or spoken. text; id of the reply; sender, name and role: who.
/// PARLOR_FLAG_SYNTHETIC when the library has split it, since the service does not.
pub const PARLOR_EVENT_SENTENCE: i32 = 104;
/// The service has begun a reply. id of the reply; sender: who.
pub const PARLOR_EVENT_REPLY_STARTED: i32 = 105;
/// A reply is complete or was broken off. id of the reply; status; text: all of it, where the service repeats it; name:
/// why it ended, in the service's word.
pub const PARLOR_EVENT_REPLY_ENDED: i32 = 106;
/// What the service thinks before it speaks. text; id of the reply; PARLOR_FLAG_FINAL with the last piece.
pub const PARLOR_EVENT_REASONING: i32 = 107;
/// What the AI is doing has changed. value: PARLOR_AI_; name and text: the service's word for it.
pub const PARLOR_EVENT_AI_STATE: i32 = 108;
/// Who takes part has changed. value: how many; json: the list.
pub const PARLOR_EVENT_CHARACTERS: i32 = 109;
/// Somebody began or stopped speaking outside of the service. value: 1 or 0; name and sender: who.
pub const PARLOR_EVENT_SPEAKER: i32 = 110;
/// What the service has heard. text; id of the speech; PARLOR_FLAG_FINAL when it will not change any more.
pub const PARLOR_EVENT_TRANSCRIPT: i32 = 111;
/// Somebody began or stopped typing. value: 1 or 0; sender and name: who.
pub const PARLOR_EVENT_TYPING: i32 = 112;
/// A message was delivered or read. id of the message; sender: by whom; name: which of the two, in the service's word.
pub const PARLOR_EVENT_RECEIPT: i32 = 113;
/// How much is unread has changed. value: how much; id of the room.
pub const PARLOR_EVENT_UNREAD: i32 = 114;
/// Somebody has come or gone. value: 1 or 0; sender and name: who.
pub const PARLOR_EVENT_PRESENCE: i32 = 115;

/// A piece of speech. data: the bytes; name: their format ("pcm16"); value: the sample rate, or 0 where the format says
/// it; id of the reply; sender: who.
pub const PARLOR_EVENT_AUDIO: i32 = 200;
/// The speech of a reply is complete. id of the reply.
pub const PARLOR_EVENT_AUDIO_ENDED: i32 = 201;
/// The service hears somebody begin or stop speaking. value: 1 or 0; id of the speech; json: its times.
pub const PARLOR_EVENT_VOICE_ACTIVITY: i32 = 202;
/// The service wants the microphone on or off. value: 1 or 0; json: the format that it wants.
pub const PARLOR_EVENT_MICROPHONE: i32 = 203;
/// Something to do at a moment of the speech: a mouth shape, a word. name: which; value: milliseconds into the speech; id
/// of the reply.
pub const PARLOR_EVENT_CUE: i32 = 204;

/// The service calls a tool of yours; answer with parlor_client_tool_result(). id of the call; name of the tool; text:
/// its arguments as JSON.
pub const PARLOR_EVENT_TOOL_CALL: i32 = 300;
/// The service wants something done and no answer. name: what; text: its arguments as JSON.
pub const PARLOR_EVENT_TRIGGER: i32 = 301;

/// Any message of the service that has no kind of its own. type, json. PARLOR_ERR_PROTOCOL as the status when it could
/// not be read; then text or data hold what came.
pub const PARLOR_EVENT_SERVICE: i32 = 900;
/// One message on the wire, for debugging (option events.kinds). name: "in" or "out"; text or data: all of it.
pub const PARLOR_EVENT_FRAME: i32 = 901;

/// As a flag of an event: the last of its kind in a row, such as a final transcript.
pub const PARLOR_FLAG_FINAL: u32 = 1;
/// As a flag of an event: the library concluded this itself; the service sent no message of its own for it.
pub const PARLOR_FLAG_SYNTHETIC: u32 = 2;
/// As a flag of an event: learned from a snapshot, so it may have been so for a while.
pub const PARLOR_FLAG_SNAPSHOT: u32 = 4;
/// As a flag of an event: several in a row were joined into this one, because the queue was full.
pub const PARLOR_FLAG_COALESCED: u32 = 8;

/// As a state: not connected, and not trying to be.
pub const PARLOR_STATE_CLOSED: i32 = 0;
/// As a state: a first attempt is under way.
pub const PARLOR_STATE_CONNECTING: i32 = 1;
/// As a state: the service has accepted the client; it may not take part in a conversation yet.
pub const PARLOR_STATE_CONNECTED: i32 = 2;
/// As a state: the service takes part in a conversation now: a chat is active, a session is established.
pub const PARLOR_STATE_READY: i32 = 3;
/// As a state: the link was lost; another attempt is waiting or under way.
pub const PARLOR_STATE_RECONNECTING: i32 = 4;
/// As a state: given up, and the STATE event says why. parlor_client_connect() starts anew.
pub const PARLOR_STATE_FAILED: i32 = 5;

/// As the value of AI_STATE: it waits.
pub const PARLOR_AI_IDLE: i32 = 0;
/// As the value of AI_STATE: it makes a reply.
pub const PARLOR_AI_THINKING: i32 = 1;
/// As the value of AI_STATE: it speaks.
pub const PARLOR_AI_SPEAKING: i32 = 2;
