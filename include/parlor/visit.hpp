// Events by kind: each kind has a type of its own, and a visitor takes the kinds that it wants.
//
//     for (parlor::event e : batch)
//       parlor::visit(e, parlor::match{
//         [](parlor::on::sentence s) { say(s.name(), s.text()); },
//         [](parlor::on::state s) { show(s.state()); },
//       });
//
// Kinds without a function are passed over, also those that later versions bring. A function for parlor::event takes
// all that have none of their own.
#ifndef PARLOR_VISIT_HPP
#define PARLOR_VISIT_HPP

#include <chrono>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "event.hpp"

namespace parlor {

namespace detail {

struct counted : event {
  using event::event;
  std::int64_t count() const noexcept { return value(); }
};
struct switched : event {
  using event::event;
  /// Whether it begins; else it ends.
  bool on() const noexcept { return value() != 0; }
};
struct state_fields : event {
  using event::event;
  client_state state() const noexcept { return static_cast<client_state>(value()); }
  /// Whether the client will do nothing more by itself.
  bool over() const noexcept { return state() == client_state::closed || state() == client_state::failed; }
};
struct request_fields : event {
  using event::event;
  bool ok() const noexcept { return !failed(); }
  /// The HTTP status, or 0 where there was none.
  std::int64_t http_status() const noexcept { return value(); }
};
struct gap_fields : event {
  using event::event;
  /// How long the link was down.
  std::chrono::milliseconds duration() const noexcept { return std::chrono::milliseconds(value()); }
};
struct log_fields : event {
  using event::event;
  log_level level() const noexcept { return static_cast<log_level>(value()); }
};
struct ai_fields : event {
  using event::event;
  ai_activity activity() const noexcept { return static_cast<ai_activity>(value()); }
};
struct audio_fields : event {
  using event::event;
  /// "pcm16", or what the service has encoded it with.
  std::string_view format() const noexcept { return name(); }
  /// 0 where the format says it.
  std::int64_t sample_rate() const noexcept { return value(); }
};
struct cue_fields : event {
  using event::event;
  /// When, counted from the beginning of the speech.
  std::chrono::milliseconds at() const noexcept { return std::chrono::milliseconds(value()); }
};
struct call_fields : event {
  using event::event;
  /// What it is called with, as JSON.
  std::string_view arguments() const noexcept { return text(); }
};

/// What the events of a kind can tell beyond what all can.
template <event_kind Kind>
struct fields_of { using type = event; };
template <> struct fields_of<event_kind::state> { using type = state_fields; };
template <> struct fields_of<event_kind::request_done> { using type = request_fields; };
template <> struct fields_of<event_kind::dropped> { using type = counted; };
template <> struct fields_of<event_kind::gap> { using type = gap_fields; };
template <> struct fields_of<event_kind::log> { using type = log_fields; };
template <> struct fields_of<event_kind::ai_state> { using type = ai_fields; };
template <> struct fields_of<event_kind::characters> { using type = counted; };
template <> struct fields_of<event_kind::speaker> { using type = switched; };
template <> struct fields_of<event_kind::typing> { using type = switched; };
template <> struct fields_of<event_kind::unread> { using type = counted; };
template <> struct fields_of<event_kind::presence> { using type = switched; };
template <> struct fields_of<event_kind::audio> { using type = audio_fields; };
template <> struct fields_of<event_kind::voice_activity> { using type = switched; };
template <> struct fields_of<event_kind::microphone> { using type = switched; };
template <> struct fields_of<event_kind::cue> { using type = cue_fields; };
template <> struct fields_of<event_kind::tool_call> { using type = call_fields; };
template <> struct fields_of<event_kind::trigger> { using type = call_fields; };

}  // namespace detail

/// An event that is known to be of one kind. parlor::on has a short name for each.
template <event_kind Kind>
class event_of : public detail::fields_of<Kind>::type {
 public:
  explicit event_of(event from) noexcept : detail::fields_of<Kind>::type(from.raw()) {}
};

/// The event as one of this kind. Ask for its kind first.
template <event_kind Kind>
event_of<Kind> as(event from) noexcept { return event_of<Kind>(from); }

namespace on {
#define PARLOR_CPP_ALIAS(kind) using kind = event_of<event_kind::kind>;
PARLOR_CPP_KINDS(PARLOR_CPP_ALIAS)
#undef PARLOR_CPP_ALIAS
}  // namespace on

/// The name of a kind in lower case; "unknown" for kinds that are younger than this header.
inline const char* name(event_kind kind) noexcept {
  switch (kind) {
#define PARLOR_CPP_NAME(kind) \
  case event_kind::kind: return #kind;
    PARLOR_CPP_KINDS(PARLOR_CPP_NAME)
#undef PARLOR_CPP_NAME
  }
  return "unknown";
}

/// Several functions as one visitor.
template <class... Functions>
struct match : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
match(Functions...) -> match<Functions...>;

namespace detail {

template <class Event, class Visitor>
void offer(event from, Visitor& visitor) {
  if constexpr (std::is_invocable_v<Visitor&, Event>) visitor(Event(from));
  // Without a use, an argument is a warning.
  (void)from, (void)visitor;
}

}  // namespace detail

/// Gives the event to the function of the visitor that takes its kind, if there is one.
template <class Visitor>
void visit(event from, Visitor&& visitor) {
  switch (from.kind()) {
#define PARLOR_CPP_CASE(kind) \
  case event_kind::kind: return detail::offer<event_of<event_kind::kind>>(from, visitor);
    PARLOR_CPP_KINDS(PARLOR_CPP_CASE)
#undef PARLOR_CPP_CASE
  }
  detail::offer<event>(from, visitor);
}

}  // namespace parlor

#endif  // PARLOR_VISIT_HPP
