// Exceptions, for programs that want them: or_throw(client.say("Hello")). Nothing else in these headers throws.
#ifndef PARLOR_THROWING_HPP
#define PARLOR_THROWING_HPP

#if !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#error "parlor/throwing.hpp needs exceptions; without them, ask the results"
#endif

#include <stdexcept>
#include <utility>

#include "error.hpp"

namespace parlor {

/// A call that has failed.
class exception : public std::runtime_error {
 public:
  explicit exception(const error& why) : std::runtime_error(why.to_string()), code_(why.code()) {}
  status_code code() const noexcept { return code_; }

 private:
  status_code code_;
};

/// The value of a result; an error is thrown as parlor::exception. Not inside callbacks: none may leave those.
template <class T>
T or_throw(result<T> from) {
  if (!from) throw exception(from.error());
  return *std::move(from);
}

inline void or_throw(const result<void>& from) {
  if (!from) throw exception(from.error());
}

/// Throws what was wrong with the first option that could not be set, or with anything else that keeps its error.
inline void or_throw(const error& why) {
  if (why) throw exception(why);
}

}  // namespace parlor

#endif  // PARLOR_THROWING_HPP
