// Every function hands its arguments on to the right parameters. In place of the library stands one that writes down
// what it is called with.
#include <parlor.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

static std::string noted;

static std::string text(const char* at, size_t length) { return "'" + std::string(at ? at : "", length) + "'"; }

static parlor_status note(const char* name, std::initializer_list<std::string> parts, uint64_t* out = nullptr) {
  noted = name;
  for (const std::string& part : parts) noted += " " + part;
  if (out != nullptr) *out = 77;
  return PARLOR_OK;
}

#define NUMBER(n) std::to_string(n)

extern "C" {
parlor_status parlor_client_connect(parlor_client*, uint64_t tag, uint64_t* out) {
  return note("connect", {NUMBER(tag)}, out);
}
parlor_status parlor_client_close(parlor_client*, uint64_t tag, uint64_t* out) {
  return note("close", {NUMBER(tag)}, out);
}
parlor_status parlor_client_say(parlor_client*, const char* t, size_t tl, const char* j, size_t jl, uint64_t tag,
                                uint64_t* out) {
  return note("say", {text(t, tl), text(j, jl), NUMBER(tag)}, out);
}
parlor_status parlor_client_interrupt(parlor_client*, const char* j, size_t jl, uint64_t tag, uint64_t* out) {
  return note("interrupt", {text(j, jl), NUMBER(tag)}, out);
}
parlor_status parlor_client_set_context(parlor_client*, const char* k, size_t kl, const char* t, size_t tl,
                                        const char* j, size_t jl, uint64_t tag, uint64_t* out) {
  return note("set_context", {text(k, kl), text(t, tl), text(j, jl), NUMBER(tag)}, out);
}
parlor_status parlor_client_set_tools(parlor_client*, const char* j, size_t jl, uint64_t tag, uint64_t* out) {
  return note("set_tools", {text(j, jl), NUMBER(tag)}, out);
}
parlor_status parlor_client_tool_result(parlor_client*, const char* i, size_t il, const char* r, size_t rl,
                                        int32_t failed, uint64_t tag, uint64_t* out) {
  return note("tool_result", {text(i, il), text(r, rl), NUMBER(failed), NUMBER(tag)}, out);
}
parlor_status parlor_client_playback(parlor_client*, int32_t phase, const char* i, size_t il, const char* s, size_t sl,
                                     const char* j, size_t jl, uint64_t tag, uint64_t* out) {
  return note("playback", {NUMBER(phase), text(i, il), text(s, sl), text(j, jl), NUMBER(tag)}, out);
}
parlor_status parlor_client_subscribe(parlor_client*, const char* j, size_t jl, uint64_t tag, uint64_t* out) {
  return note("subscribe", {text(j, jl), NUMBER(tag)}, out);
}
parlor_status parlor_client_set_credential(parlor_client*, const char* v, size_t vl, uint64_t tag, uint64_t* out) {
  return note("set_credential", {text(v, vl), NUMBER(tag)}, out);
}
parlor_status parlor_client_call(parlor_client*, const char* n, size_t nl, const char* j, size_t jl, uint64_t tag,
                                 uint64_t* out) {
  return note("call", {text(n, nl), text(j, jl), NUMBER(tag)}, out);
}
parlor_status parlor_client_cancel(parlor_client*, uint64_t request) { return note("cancel", {NUMBER(request)}); }
parlor_status parlor_client_send_audio(parlor_client*, const void*, size_t bytes) {
  return note("send_audio", {NUMBER(bytes)});
}
parlor_status parlor_client_network_changed(parlor_client*) { return note("network_changed", {}); }
parlor_status parlor_client_set_wake_fd(parlor_client*, intptr_t fd, const void* bytes, size_t length) {
  return note("set_wake_fd", {NUMBER(fd), text(static_cast<const char*>(bytes), length)});
}
parlor_status parlor_shutdown(uint32_t timeout) { return note("shutdown", {NUMBER(timeout)}); }
parlor_status parlor_client_take(parlor_client*, uint32_t timeout, parlor_batch**) {
  return note("take", {NUMBER(timeout)});
}
parlor_status parlor_client_poll(parlor_client*, uint32_t most, uint32_t budget, uint32_t*) {
  return note("poll", {NUMBER(most), NUMBER(budget)});
}
parlor_status parlor_audio_open(parlor_client*, uint32_t rate, uint32_t channels, parlor_audio** out) {
  *out = reinterpret_cast<parlor_audio*>(&noted);
  return note("audio_open", {NUMBER(rate), NUMBER(channels)});
}
parlor_status parlor_audio_read(parlor_audio*, float* frames, uint32_t count, uint32_t* heard) {
  return frames[0] = 0.5f, *heard = 5, note("audio_read", {NUMBER(count)});
}
parlor_status parlor_audio_flush(parlor_audio*) { return note("audio_flush", {}); }
parlor_status parlor_audio_position(const parlor_audio*, uint64_t* ms, char* buffer, size_t capacity, size_t* length) {
  *length = 2;
  if (capacity < 3) return PARLOR_ERR_BUFFER_TOO_SMALL;
  buffer[0] = 'r', buffer[1] = '7', *ms = 120;
  return note("audio_position", {});
}
parlor_status parlor_audio_counter(const parlor_audio*, int32_t counter, uint64_t* out) {
  return note("audio_counter", {NUMBER(counter)}, out);
}
parlor_status parlor_audio_close(parlor_audio*) { return note("audio_close", {}); }
// What the others need to be linked.
parlor_status parlor_client_destroy(parlor_client*) { return PARLOR_OK; }
parlor_status parlor_batch_events(const parlor_batch*, const parlor_event**, size_t*, size_t*) { return PARLOR_OK; }
parlor_status parlor_batch_free(parlor_batch*) { return PARLOR_OK; }
parlor_status parlor_last_error(char*, size_t, size_t* out) { return *out = 0, PARLOR_OK; }
const char* parlor_status_name(parlor_status) { return ""; }
}

static int faults = 0;

template <class Result>
static void is(const Result& result, const char* expected) {
  if (result && noted == expected) return;
  std::fprintf(stderr, "called: %s\nwanted: %s\n", noted.c_str(), expected);
  faults++;
}

int main() {
  using namespace std::chrono_literals;
  parlor::client c;
  is(c.connect(3), "connect 3");
  is(c.close(4), "close 4");
  is(c.say("t", "j", 5), "say 't' 'j' 5");
  is(c.say({}), "say '' '' 0");
  is(c.interrupt("j", 6), "interrupt 'j' 6");
  is(c.set_context("k", "t", "j", 7), "set_context 'k' 't' 'j' 7");
  is(c.set_tools("j", 8), "set_tools 'j' 8");
  is(c.tool_result("i", "r", 9), "tool_result 'i' 'r' 0 9");
  is(c.tool_failed("i", "r", 10), "tool_result 'i' 'r' 1 10");
  is(c.playback(parlor::playback_phase::started, "i", "s", "j", 11), "playback 0 'i' 's' 'j' 11");
  parlor_event raw{};
  raw.id = "id", raw.id_len = 2, raw.sender = "who", raw.sender_len = 3;
  is(c.playback(parlor::playback_phase::completed, parlor::event(raw), 12), "playback 1 'id' 'who' '' 12");
  is(c.subscribe("j", 13), "subscribe 'j' 13");
  is(c.set_credential("v", 14), "set_credential 'v' 14");
  is(c.call("n", "j", 15), "call 'n' 'j' 15");
  is(c.cancel(16), "cancel 16");
  is(c.send_audio("abcd", 4), "send_audio 4");
  is(c.send_audio(std::vector<std::int16_t>(480)), "send_audio 960");
  is(c.network_changed(), "network_changed");
  is(c.set_wake_fd(17), "set_wake_fd 17 '!'");
  is(c.clear_wake_fd(), "set_wake_fd -1 ''");
  is(c.take(), "take 4294967295");
  is(c.take(18ms), "take 18");
  is(c.take(1us), "take 1");
  is(c.take(-1ms), "take 0");
  is(c.take(std::chrono::hours::max()), "take 4294967293");
  is(c.take_oldest(), "take 4294967294");
  is(c.poll(19, 20us), "poll 19 20");
  is(c.poll(), "poll 0 0");
  is(c.poll(1, std::chrono::microseconds::max()), "poll 1 2147483647");
  is(parlor::shutdown(2s), "shutdown 2000");
  auto speech = parlor::speech::open(c, 48000, 2);
  is(speech, "audio_open 48000 2");
  float frames[1] = {0};
  const auto read = speech->read(frames, 480);
  is(read, "audio_read 480");
  is(speech->flush(), "audio_flush");
  const auto place = speech->position();
  is(place, "audio_position");
  if (frames[0] < 0.5f || read.heard != 5 || place->reply != "r7" || place->heard != 120ms) faults++;
  is(speech->count(parlor::audio_counter::waiting), "audio_counter 2");
  if (speech->count(parlor::audio_counter::heard).value_or(0) != 77) faults++;
  speech->close();
  is(parlor::result<void>(), "audio_close");
  if (c.connect().value_or(0) != 77) faults++;
  std::puts(faults == 0 ? "ok" : "not ok");
  return faults != 0;
}
