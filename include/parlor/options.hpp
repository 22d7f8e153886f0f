// What a client is made with. Each option of parlor/option_keys.hpp takes its own type of value.
#ifndef PARLOR_OPTIONS_HPP
#define PARLOR_OPTIONS_HPP

#include <chrono>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include "error.hpp"

namespace parlor {

/// An option that takes a text.
struct text_key { std::int32_t number; };
/// An option that takes a whole number.
struct number_key { std::int32_t number; };
/// An option that takes true or false.
struct flag_key { std::int32_t number; };
/// An option that takes a time.
struct time_key { std::int32_t number; };
/// An option that takes one of some words; the library says which.
struct word_key { std::int32_t number; };
/// The same where the words have constants.
template <class Enum>
struct enum_key { std::int32_t number; };

namespace detail {

/// Milliseconds, rounded up, so that a short time is no time that is 0; from 0 to the limit.
template <class Rep, class Period>
double milliseconds_up(std::chrono::duration<Rep, Period> time, double limit) noexcept {
  const double exact = std::ceil(std::chrono::duration<double, std::milli>(time).count());
  // Written so that what is no number is 0.
  return exact > 0 ? (exact < limit ? exact : limit) : 0;
}

}  // namespace detail

/// A set of options. Setters can be chained: the first that fails is kept, and the client is then not made.
class options {
 public:
  options() {
    // The first call of every program: does the library fit the headers?
    note(::parlor_check_abi(PARLOR_ABI_VERSION, PARLOR_VERSION_NUMBER));
    if (!error_) note(::parlor_options_new(&raw_));
  }
  options(options&& other) noexcept
      : raw_(std::exchange(other.raw_, nullptr)), error_(std::move(other.error_)) {}
  options& operator=(options&& other) noexcept {
    std::swap(raw_, other.raw_);
    std::swap(error_, other.error_);
    return *this;
  }
  options(const options&) = delete;
  options& operator=(const options&) = delete;
  ~options() { ::parlor_options_free(raw_); }

  options& set(text_key key, std::string_view value) { return text(key.number, value); }
  options& set(word_key key, std::string_view value) { return text(key.number, value); }
  template <class Enum>
  options& set(enum_key<Enum> key, std::string_view value) { return text(key.number, value); }
  template <class Enum>
  options& set(enum_key<Enum> key, Enum value) { return number(key.number, static_cast<std::int64_t>(value)); }
  options& set(number_key key, std::int64_t value) { return number(key.number, value); }
  options& set(flag_key key, bool value) { return number(key.number, value ? 1 : 0); }
  template <class Rep, class Period>
  options& set(time_key key, std::chrono::duration<Rep, Period> value) {
    // A negative time is handed on as such, to be refused with words.
    if (value < value.zero()) return number(key.number, -1);
    return number(key.number, static_cast<std::int64_t>(detail::milliseconds_up(value, 9e15)));
  }
  /// By name and from a text, as a config file has it: "queue.max_events", "512".
  options& set(std::string_view name, std::string_view value) {
    if (!error_) note(::parlor_options_set_named(raw_, name.data(), name.size(), value.data(), value.size()));
    return *this;
  }

  bool ok() const noexcept { return !error_; }
  /// What was wrong with the first option that could not be set.
  const parlor::error& error() const noexcept { return error_; }
  parlor_options* raw() const noexcept { return raw_; }

 private:
  void note(parlor_status status) {
    if (status < 0) error_ = parlor::error::of(status);
  }
  options& text(std::int32_t key, std::string_view value) {
    if (!error_) note(::parlor_options_set_str(raw_, key, value.data(), value.size()));
    return *this;
  }
  options& number(std::int32_t key, std::int64_t value) {
    if (!error_) note(::parlor_options_set_i64(raw_, key, value));
    return *this;
  }

  parlor_options* raw_ = nullptr;
  parlor::error error_;
};

}  // namespace parlor

#endif  // PARLOR_OPTIONS_HPP
