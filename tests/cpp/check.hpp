// What the C++ test programs share.
#ifndef PARLOR_TESTS_CHECK_HPP
#define PARLOR_TESTS_CHECK_HPP

#include <parlor.hpp>

#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#define CHECK(condition)                                                                        \
  do {                                                                                          \
    if (!(condition)) {                                                                         \
      std::fprintf(stderr, "%s:%d: %s\n%s\n", __FILE__, __LINE__, #condition, parlor::last_error().c_str()); \
      std::exit(1);                                                                             \
    }                                                                                           \
  } while (false)

namespace test {

using namespace std::chrono_literals;

/// Longer than anything here takes, also on a busy machine.
constexpr auto patience = 30s;

inline parlor::options testkit(std::string_view opening = {}) {
  parlor::options options;
  options.set(parlor::opt::protocol, "testkit").set(parlor::opt::url, std::string("testkit:").append(opening));
  return options;
}

/// Whatever goes wrong, the program ends.
inline const unsigned watchdog = ::alarm(60);

/// A client that is READY and has told all that it had to.
inline parlor::client ready(const parlor::options& options) {
  auto client = parlor::client::create(options);
  CHECK(client.ok());
  CHECK(client->connect().ok());
  for (bool there = false, done = false; !(there && done);) {
    const auto seen = client->dispatch(patience, parlor::match{
      [&](parlor::on::state state) { there = state.state() == parlor::client_state::ready; },
      [&](parlor::on::request_done) { done = true; },
    });
    CHECK(seen.ok() && *seen > 0);
  }
  return *std::move(client);
}

}  // namespace test

#endif  // PARLOR_TESTS_CHECK_HPP
