// Results and options: what fails says so, with words, and nothing throws.
#include "check.hpp"

#include <memory>

using parlor::status_code;

static void options_keep_their_first_error() {
  parlor::options options;
  CHECK(options.ok());
  options.set(parlor::opt::queue_max_events, 1).set(parlor::opt::url, "testkit:").set("no.such.option", "1");
  CHECK(!options.ok() && options.error().code() == status_code::invalid_argument);
  CHECK(options.error().text().find("queue.max_events") != std::string::npos);
  const auto client = parlor::client::create(options);
  CHECK(!client.ok() && client.code() == status_code::invalid_argument);
  CHECK(client.error().text() == options.error().text());
  CHECK(client.error().to_string().find("PARLOR_ERR_INVALID_ARGUMENT: ") == 0);

  // A visitor goes with the client that could not be made.
  auto held = std::make_shared<int>(1);
  CHECK(!parlor::client::create(options, [held](parlor::event) {}).ok());
  parlor::options misfit = test::testkit("no such opening");
  CHECK(misfit.ok() && !parlor::client::create(misfit, [held](parlor::event) {}).ok());
  CHECK(held.use_count() == 1);
}

static void every_type_of_option_is_set() {
  using namespace std::chrono_literals;
  parlor::options options = test::testkit();
  options.set(parlor::opt::events_lazy, true)
      .set(parlor::opt::queue_max_events, 100)
      .set(parlor::opt::retry_max_ms, 2s)
      .set(parlor::opt::retry_initial_ms, 100us)
      .set(parlor::opt::connect_timeout_ms, 1h)
      .set(parlor::opt::tls_roots, "webpki")
      .set(parlor::opt::delivery, parlor::delivery_mode::queue)
      .set(parlor::opt::queue_overflow, "pause")
      .set(parlor::opt::log_level, parlor::log_level::warn)
      .set("offline.max_requests", "3");
  CHECK(options.ok());
  // A tenth of a millisecond is one and not none, which this option would not take.
  CHECK(parlor::options().set(parlor::opt::retry_initial_ms, 0ms).error().code() == status_code::invalid_argument);
  CHECK(parlor::options().set(parlor::opt::retry_max_ms, -1ms).error().code() == status_code::invalid_argument);
  CHECK(parlor::options().set(parlor::opt::retry_max_ms, 1000000h).error().code() == status_code::invalid_argument);
  CHECK(parlor::options().set(parlor::opt::tls_roots, "nobody").error().text().find("webpki") != std::string::npos);
  parlor::options moved = std::move(options);
  CHECK(moved.ok() && parlor::client::create(moved).ok());
  options = test::testkit();
  CHECK(parlor::client::create(options).ok());
}

static void no_client_answers_bad_handle() {
  parlor::client none;
  CHECK(none.say("x").code() == status_code::bad_handle);
  CHECK(none.state().code() == status_code::bad_handle);
  CHECK(none.mirror().code() == status_code::bad_handle);
  CHECK(none.take(std::chrono::milliseconds(0)).code() == status_code::bad_handle);
  CHECK(none.poll().code() == status_code::bad_handle);
  // Nobody destroys nothing, and that is no fault.
  CHECK(none.destroy() == status_code::ok);
  parlor::client_ref left;
  {
    parlor::client client = test::ready(test::testkit());
    left = client.ref();
    CHECK(left.state().value_or(parlor::client_state::failed) == parlor::client_state::ready);
    const auto mirror = left.mirror();
    CHECK(mirror.ok() && mirror->find("\"protocol\":\"testkit\"") != std::string::npos);
    parlor::client other = std::move(client);
    CHECK(client.say("x").code() == status_code::bad_handle && other.say("x").ok());
    other = parlor::client();
    CHECK(left.say("x").code() == status_code::bad_handle);
  }
  CHECK(left.say("x").code() == status_code::bad_handle && parlor::count(parlor::counter::live_clients) == 0);
}

static void values_move() {
  parlor::result<std::unique_ptr<int>> one(std::make_unique<int>(7));
  CHECK(one && **one == 7);
  const std::unique_ptr<int> out = *std::move(one);
  CHECK(*out == 7);
  const parlor::result<int> none(parlor::error(status_code::timeout, "too late"));
  CHECK(!none && none.value_or(3) == 3 && none.error().text() == "too late");
  CHECK(parlor::name(status_code::timeout) == std::string_view("PARLOR_ERR_TIMEOUT"));
  CHECK(*parlor::describe(status_code::timeout) != '\0');
  CHECK(!parlor::is_error(status_code::timed_out) && parlor::is_error(static_cast<status_code>(-12345)));
}

int main() {
  CHECK(parlor::version_number() == PARLOR_VERSION_NUMBER && parlor::version() == std::string_view("0.1.0"));
  CHECK(parlor::has(parlor::feature::testkit));
  options_keep_their_first_error();
  every_type_of_option_is_set();
  no_client_answers_bad_handle();
  values_move();
  CHECK(parlor::shutdown(test::patience).ok());
  CHECK(parlor::count(parlor::counter::live_options) == 0 && parlor::count(parlor::counter::live_threads) == 0);
  std::puts("ok");
}
