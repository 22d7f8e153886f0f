// What a call answers: a value, or an error with words. No exception is needed; parlor/throwing.hpp makes them of errors.
#ifndef PARLOR_ERROR_HPP
#define PARLOR_ERROR_HPP

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "constants.hpp"

namespace parlor {

/// The status's name: "PARLOR_ERR_REFUSED". It lives as long as the library.
inline const char* name(status_code code) noexcept { return ::parlor_status_name(static_cast<parlor_status>(code)); }

/// One sentence about the status: "nobody listens at that address". It lives as long as the library.
inline const char* describe(status_code code) noexcept {
  return ::parlor_status_text(static_cast<parlor_status>(code));
}

/// Whether the status is an error. Later versions bring more numbers; their sign tells.
constexpr bool is_error(status_code code) noexcept { return static_cast<parlor_status>(code) < 0; }

/// What was wrong with the last call that failed on this thread, in words.
inline std::string last_error() {
  std::size_t length = 0;
  ::parlor_last_error(nullptr, 0, &length);
  std::string text(length, '\0');
  // A string has room for one NUL more than its size.
  if (length > 0) ::parlor_last_error(&text[0], length + 1, nullptr);
  return text;
}

/// Why a call has failed: a number for the program, words for a person.
class error {
 public:
  /// No error.
  error() = default;

  error(status_code code, std::string text) : code_(code), text_(std::move(text)) {}

  /// Of the call that has just returned on this thread; no error where it succeeded.
  static error of(parlor_status status) {
    return status < 0 ? error(static_cast<status_code>(status), last_error()) : error();
  }

  status_code code() const noexcept { return code_; }
  /// What is wrong and what to do.
  const std::string& text() const noexcept { return text_; }
  /// The status's name and the words, as for a log.
  std::string to_string() const { return std::string(parlor::name(code_)) + ": " + text_; }
  /// Whether this is an error.
  explicit operator bool() const noexcept { return is_error(code_); }

 private:
  status_code code_ = status_code::ok;
  std::string text_;
};

namespace detail {

/// Whoever reads the value of an error has a fault in the program; reading on would be worse.
[[noreturn]] inline void no_value(const error& why) noexcept {
  std::fputs("parlor: the value of a failed call was used; the call failed with ", stderr);
  std::fputs(parlor::name(why.code()), stderr);
  std::fputs(": ", stderr);
  std::fputs(why.text().c_str(), stderr);
  std::fputs("\n", stderr);
  std::abort();
}

}  // namespace detail

/// A value, or the error that stands in its place. Ask it, as a bool, before the value is used.
template <class T>
class result {
 public:
  result(T value) : value_(std::move(value)) {}                  // NOLINT: meant to convert
  result(parlor::error why) : error_(std::move(why)) {}          // NOLINT: meant to convert

  bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  const parlor::error& error() const noexcept { return error_; }
  status_code code() const noexcept { return error_.code(); }

  T& operator*() & noexcept { return expect(); }
  const T& operator*() const& noexcept { return const_cast<result*>(this)->expect(); }
  /// Of a temporary the value itself, so that `for (event e : *client.take())` keeps it alive.
  T operator*() && noexcept { return std::move(expect()); }
  T* operator->() noexcept { return &expect(); }
  const T* operator->() const noexcept { return &**this; }

  template <class U>
  T value_or(U&& otherwise) const& {
    return value_ ? *value_ : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U>
  T value_or(U&& otherwise) && {
    return value_ ? std::move(*value_) : static_cast<T>(std::forward<U>(otherwise));
  }

 private:
  T& expect() noexcept {
    if (!value_) detail::no_value(error_);
    return *value_;
  }

  std::optional<T> value_;
  parlor::error error_;
};

/// That something worked, or why it did not.
template <>
class result<void> {
 public:
  result() = default;
  result(parlor::error why) : error_(std::move(why)) {}          // NOLINT: meant to convert

  bool ok() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return ok(); }
  const parlor::error& error() const noexcept { return error_; }
  status_code code() const noexcept { return error_.code(); }

 private:
  parlor::error error_;
};

}  // namespace parlor

#endif  // PARLOR_ERROR_HPP
