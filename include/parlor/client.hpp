// The client: one conversation with one service, over as many connections as it takes.
#ifndef PARLOR_CLIENT_HPP
#define PARLOR_CLIENT_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "actions.hpp"
#include "options.hpp"
#include "visit.hpp"

namespace parlor {

namespace detail {

/// Waiting is limited by what the library takes as a limit; beyond that it is for ever anyway.
template <class Rep, class Period>
std::uint32_t wait_of(std::chrono::duration<Rep, Period> time) noexcept {
  return static_cast<std::uint32_t>(milliseconds_up(time, static_cast<double>(PARLOR_OLDEST - 1)));
}

}  // namespace detail

/// A client that this object owns: it ends with it. Everything that can be said and asked is in client_ref.
///
/// Events come by take(), which needs no callback; or to the visitor that the client was made with, inside poll() or on
/// the library's own thread (opt::delivery).
class client : public client_ref {
 public:
  /// No client. Every call answers PARLOR_ERR_BAD_HANDLE.
  client() = default;
  client(client&& other) noexcept { std::swap(raw_, other.raw_); }
  client& operator=(client&& other) noexcept {
    client(std::move(other)).swap(*this);
    return *this;
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() { destroy(); }

  /// A client whose events are taken with take(). It does nothing before connect().
  [[nodiscard]] static result<client> create(const options& from) {
    if (!from.ok()) return from.error();
    return made(from, nullptr, nullptr, nullptr);
  }

  /// A client with a visitor for its events: a function for parlor::event, a match, or std::ref(handlers). It is
  /// kept until the last event has come. No exception may leave it: one that tries ends the program.
  template <class Visitor>
  [[nodiscard]] static result<client> create(const options& from, Visitor&& visitor) {
    using kept = std::decay_t<Visitor>;
    if (!from.ok()) return from.error();
    kept* const own = new (std::nothrow) kept(std::forward<Visitor>(visitor));
    if (own == nullptr) return parlor::error(status_code::resources, "no memory for the visitor of the events");
    return made(from, &called<kept>, own, &gone<kept>);
  }

  /// Ends the client at once: when this returns no event is delivered any more. Inside its own callback the answer is
  /// `deferred`, and the end comes when that callback returns. close() is the polite way.
  status_code destroy() noexcept {
    return static_cast<status_code>(::parlor_client_destroy(std::exchange(raw_, nullptr)));
  }

  /// The oldest events that came together; waits for them as long as it takes.
  [[nodiscard]] result<batch> take() { return take_for(PARLOR_FOREVER); }
  /// The same, and no events when the time is over. Without any time it is everything that waits.
  template <class Rep, class Period>
  [[nodiscard]] result<batch> take(std::chrono::duration<Rep, Period> longest) {
    return take_for(detail::wait_of(longest));
  }
  /// The oldest events that came together, without a wait: for event loops, which see to everything else in between.
  [[nodiscard]] result<batch> take_oldest() { return take_for(PARLOR_OLDEST); }

  /// Takes a batch of events and gives each to the visitor. How many there were; 0 when the time is over.
  template <class Rep, class Period, class Visitor>
  result<std::size_t> dispatch(std::chrono::duration<Rep, Period> longest, Visitor&& visitor) {
    const result<batch> taken = take(longest);
    if (!taken) return taken.error();
    for (event each : *taken) visit(each, visitor);
    return taken->size();
  }

  /// Runs the visitor of create() for the events that wait, on this thread; never waits. Once a frame, for instance
  /// with at most 64 events and 2 ms; 0 is no limit. How many there were.
  result<std::size_t> poll(std::uint32_t most = 0, std::chrono::microseconds budget = {}) {
    std::uint32_t count = 0;
    const auto longest = budget.count() <= 0 ? 0 : budget.count() < INT32_MAX ? budget.count() : INT32_MAX;
    const parlor_status status = ::parlor_client_poll(raw_, most, static_cast<std::uint32_t>(longest), &count);
    if (status < 0) return parlor::error::of(status);
    return static_cast<std::size_t>(count);
  }

  void swap(client& other) noexcept { std::swap(raw_, other.raw_); }

 private:
  static result<client> made(const options& from, parlor_event_fn on_event, void* userdata, parlor_free_fn gone) {
    client one;
    const parlor_status status = ::parlor_client_new(from.raw(), on_event, userdata, gone, &one.raw_);
    if (status < 0) return parlor::error::of(status);
    return one;
  }

  // An exception must not pass through the library; noexcept sees to that.
  template <class Kept>
  static void called(const parlor_event* raw, void* userdata) noexcept {
    visit(event(*raw), *static_cast<Kept*>(userdata));
  }
  template <class Kept>
  static void gone(void* userdata) noexcept {
    delete static_cast<Kept*>(userdata);
  }

  result<batch> take_for(std::uint32_t timeout) {
    parlor_batch* taken = nullptr;
    const parlor_status status = ::parlor_client_take(raw_, timeout, &taken);
    if (status < 0) return parlor::error::of(status);
    return batch(taken);
  }
};

}  // namespace parlor

#endif  // PARLOR_CLIENT_HPP
