// Functions for events, registered by kind and by request.
#ifndef PARLOR_HANDLERS_HPP
#define PARLOR_HANDLERS_HPP

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "visit.hpp"

namespace parlor {

namespace detail {

/// A function that takes an event; unlike std::function it may be one that can only be moved.
class event_function {
 public:
  template <class Event, class Function>
  static event_function of(Function&& function) {
    using kept = std::decay_t<Function>;
    struct holder final : base {
      explicit holder(Function&& from) : function(std::forward<Function>(from)) {}
      void call(event from) override { function(Event(from)); }
      kept function;
    };
    return event_function(std::make_unique<holder>(std::forward<Function>(function)));
  }
  void operator()(event from) { base_->call(from); }

 private:
  struct base {
    base() = default;
    base(const base&) = delete;
    base& operator=(const base&) = delete;
    virtual ~base() = default;
    virtual void call(event from) = 0;
  };
  explicit event_function(std::unique_ptr<base> from) : base_(std::move(from)) {}
  std::unique_ptr<base> base_;
};

}  // namespace detail

/// Functions by kind, and one for the end of each request that wants one. It is a visitor: dispatch(1s, handlers), or
/// create(options, std::ref(handlers)).
///
/// Register kinds before events come. done() may be called from any thread at any time.
class handlers {
 public:
  /// A function for the events of a kind; several are called in the order in which they were registered.
  template <event_kind Kind, class Function>
  handlers& on(Function&& function) {
    static_assert(std::is_invocable_v<std::decay_t<Function>&, event_of<Kind>>, "it does not take events of this kind");
    kinds_[Kind].push_back(detail::event_function::of<event_of<Kind>>(std::forward<Function>(function)));
    return *this;
  }
  /// A function for the events of all kinds that have none.
  template <class Function>
  handlers& otherwise(Function&& function) {
    otherwise_.push_back(detail::event_function::of<event>(std::forward<Function>(function)));
    return *this;
  }
  /// A tag for a request, and what to do when that ends: client.say("Hello", {}, handlers.done([](auto end) { … })).
  template <class Function>
  std::uint64_t done(Function&& function) {
    const std::lock_guard<std::mutex> turn(lock_);
    const std::uint64_t tag = ++last_tag_;
    ends_.emplace(tag, detail::event_function::of<event_of<event_kind::request_done>>(std::forward<Function>(function)));
    return tag;
  }

  void operator()(event from) {
    if (from.kind() == event_kind::request_done) finish(from);
    const auto found = kinds_.find(from.kind());
    for (detail::event_function& each : found != kinds_.end() ? found->second : otherwise_) each(from);
  }

 private:
  void finish(event from) {
    std::unique_lock<std::mutex> turn(lock_);
    auto end = ends_.extract(from.tag());
    // The function may ask for something more, and with that for a tag.
    turn.unlock();
    if (!end.empty()) end.mapped()(from);
  }

  std::map<event_kind, std::vector<detail::event_function>> kinds_;
  std::vector<detail::event_function> otherwise_;
  std::mutex lock_;
  std::map<std::uint64_t, detail::event_function> ends_;
  // Far from the small numbers that a program would choose itself.
  std::uint64_t last_tag_ = std::uint64_t{1} << 63;
};

}  // namespace parlor

#endif  // PARLOR_HANDLERS_HPP
