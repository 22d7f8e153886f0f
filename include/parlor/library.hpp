// The library itself: its version, what it holds, its end.
#ifndef PARLOR_LIBRARY_HPP
#define PARLOR_LIBRARY_HPP

#include <chrono>
#include <cstdint>

#include "client.hpp"

namespace parlor {

/// The version of the library that is running: "0.1.0".
inline const char* version() noexcept { return ::parlor_version_string(); }
/// The same with one byte for each part; that of these headers is PARLOR_VERSION_NUMBER.
inline std::uint32_t version_number() noexcept { return ::parlor_version_number(); }

/// Whether this build of the library holds it.
inline bool has(feature what) noexcept { return (::parlor_features() & static_cast<std::uint64_t>(what)) != 0; }

/// A counter, for tests and for bug reports; 0 where there is none.
inline std::uint64_t count(counter which) noexcept {
  std::uint64_t value = 0;
  ::parlor_counter(static_cast<std::int32_t>(which), &value);
  return value;
}

/// Destroys every client that is left and joins every thread of the library, for hosts that unload what their callbacks
/// are made of. A program that simply exits need not.
template <class Rep, class Period>
result<void> shutdown(std::chrono::duration<Rep, Period> longest) {
  return error::of(::parlor_shutdown(detail::wait_of(longest)));
}

}  // namespace parlor

#endif  // PARLOR_LIBRARY_HPP
