// What can be said to a client and asked of it, by whoever holds a reference to it.
#ifndef PARLOR_ACTIONS_HPP
#define PARLOR_ACTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "event.hpp"

namespace parlor {

/// The number of a request, and of the REQUEST_DONE event that ends it.
using request_id = std::uint64_t;

/// A client that somebody else owns. It is a key, not a pointer: it can be copied into lambdas and other threads, and
/// answers PARLOR_ERR_BAD_HANDLE when its client is gone. Every function may be called from any thread.
///
/// Actions return at once. Their `json` is the service's own parameters, their `tag` comes back in the events of the
/// request: know them by it, since an event can come before the call has returned.
class client_ref {
 public:
  client_ref() = default;
  explicit client_ref(parlor_client* raw) noexcept : raw_(raw) {}
  parlor_client* raw() const noexcept { return raw_; }
  client_ref ref() const noexcept { return client_ref(raw_); }

  /// Connects, and stays connected until close().
  result<request_id> connect(std::uint64_t tag = 0) {
    return asked([&](request_id* id) { return ::parlor_client_connect(raw_, tag, id); });
  }
  /// Says goodbye: every request ends with an event first, then the state becomes `closed`.
  result<request_id> close(std::uint64_t tag = 0) {
    return asked([&](request_id* id) { return ::parlor_client_close(raw_, tag, id); });
  }
  /// Says something into the conversation.
  result<request_id> say(std::string_view text, std::string_view json = {}, std::uint64_t tag = 0) {
    return asked([&](request_id* id) {
      return ::parlor_client_say(raw_, text.data(), text.size(), json.data(), json.size(), tag, id);
    });
  }
  /// Makes the service stop speaking, or drop the reply that it is making.
  result<request_id> interrupt(std::string_view json = {}, std::uint64_t tag = 0) {
    return asked([&](request_id* id) {
      return ::parlor_client_interrupt(raw_, json.data(), json.size(), tag, id);
    });
  }
  /// Gives the service something to know about the situation, under a key; an empty text removes it.
  result<request_id> set_context(std::string_view key, std::string_view text, std::string_view json = {},
                                 std::uint64_t tag = 0) {
    return asked([&](request_id* id) {
      return ::parlor_client_set_context(raw_, key.data(), key.size(), text.data(), text.size(), json.data(),
                                         json.size(), tag, id);
    });
  }
  /// Sets the tools that the service may call, in place of those set before.
  result<request_id> set_tools(std::string_view json, std::uint64_t tag = 0) {
    return asked([&](request_id* id) {
      return ::parlor_client_set_tools(raw_, json.data(), json.size(), tag, id);
    });
  }
  /// Answers a TOOL_CALL event, by its id.
  result<request_id> tool_result(std::string_view id, std::string_view result, std::uint64_t tag = 0) {
    return answer(id, result, 0, tag);
  }
  /// Answers a TOOL_CALL event: the tool has failed, and this is why.
  result<request_id> tool_failed(std::string_view id, std::string_view why, std::uint64_t tag = 0) {
    return answer(id, why, 1, tag);
  }
  /// Tells the service what the loudspeaker does, for services that wait for it: the id and the sender of the event
  /// that is played.
  result<request_id> playback(playback_phase phase, std::string_view id, std::string_view sender = {},
                              std::string_view json = {}, std::uint64_t tag = 0) {
    return asked([&](request_id* request) {
      return ::parlor_client_playback(raw_, static_cast<std::int32_t>(phase), id.data(), id.size(), sender.data(),
                                      sender.size(), json.data(), json.size(), tag, request);
    });
  }
  result<request_id> playback(playback_phase phase, event played, std::uint64_t tag = 0) {
    return playback(phase, played.id(), played.sender(), {}, tag);
  }
  /// Subscribes to what the service sends only when it is asked to.
  result<request_id> subscribe(std::string_view json, std::uint64_t tag = 0) {
    return asked([&](request_id* id) {
      return ::parlor_client_subscribe(raw_, json.data(), json.size(), tag, id);
    });
  }
  /// Replaces the credential, also as the answer to a CREDENTIAL_NEEDED event.
  result<request_id> set_credential(std::string_view value, std::uint64_t tag = 0) {
    return asked([&](request_id* id) {
      return ::parlor_client_set_credential(raw_, value.data(), value.size(), tag, id);
    });
  }
  /// Calls any operation of the service by the service's own name for it. The answer is the json of REQUEST_DONE.
  result<request_id> call(std::string_view name, std::string_view json = {}, std::uint64_t tag = 0) {
    return asked([&](request_id* id) {
      return ::parlor_client_call(raw_, name.data(), name.size(), json.data(), json.size(), tag, id);
    });
  }
  /// Cancels a request; fine also when it has ended already.
  result<void> cancel(request_id request) { return done(::parlor_client_cancel(raw_, request)); }

  /// Sends what the microphone has picked up, in the format that the options set. This is no request.
  result<void> send_audio(const void* pcm, std::size_t bytes) {
    return done(::parlor_client_send_audio(raw_, pcm, bytes));
  }
  /// The same for samples in an array, a vector or a span.
  template <class Samples>
  result<void> send_audio(const Samples& samples) {
    static_assert(sizeof(*samples.data()) == 2, "samples are of 16 bits");
    return send_audio(samples.data(), samples.size() * 2);
  }

  /// The state that the client is in now.
  result<client_state> state() const {
    std::int32_t state = 0;
    const parlor_status status = ::parlor_client_get_state(raw_, &state);
    if (status < 0) return error::of(status);
    return static_cast<client_state>(state);
  }
  /// What is known of the service's state, as one JSON object.
  result<std::string> mirror() const {
    for (;;) {
      std::size_t length = 0;
      parlor_status status = ::parlor_client_mirror(raw_, nullptr, 0, &length);
      if (status < 0 && status != PARLOR_ERR_BUFFER_TOO_SMALL) return error::of(status);
      std::string text(length, '\0');
      status = ::parlor_client_mirror(raw_, &text[0], length + 1, &length);
      // It may have grown since it was asked for its length.
      if (status == PARLOR_ERR_BUFFER_TOO_SMALL) continue;
      if (status < 0) return error::of(status);
      text.resize(length);
      return text;
    }
  }
  /// Tells that the network has changed: a waiting retry happens now, and a link that looks alive is checked.
  result<void> network_changed() { return done(::parlor_client_network_changed(raw_)); }
  /// Has a descriptor of yours, non-blocking, written to when events begin to wait. An eventfd wants 8 bytes.
  result<void> set_wake_fd(std::intptr_t fd, std::string_view bytes = "!") {
    return done(::parlor_client_set_wake_fd(raw_, fd, bytes.data(), bytes.size()));
  }
  result<void> clear_wake_fd() { return done(::parlor_client_set_wake_fd(raw_, -1, nullptr, 0)); }

 protected:
  parlor_client* raw_ = nullptr;

 private:
  template <class Call>
  static result<request_id> asked(Call call) {
    request_id id = 0;
    const parlor_status status = call(&id);
    if (status < 0) return error::of(status);
    return id;
  }
  static result<void> done(parlor_status status) { return error::of(status); }
  result<request_id> answer(std::string_view id, std::string_view text, std::int32_t failed, std::uint64_t tag) {
    return asked([&](request_id* request) {
      return ::parlor_client_tool_result(raw_, id.data(), id.size(), text.data(), text.size(), failed, tag, request);
    });
  }
};

}  // namespace parlor

#endif  // PARLOR_ACTIONS_HPP
