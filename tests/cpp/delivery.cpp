// Events through every door: taken, polled, on the library's thread; by visitor, by kind and by request.
#include "check.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using parlor::client_state;
using parlor::event_kind;
namespace on = parlor::on;

/// Counts its copies that live, so that a visitor that is kept for too long is seen.
struct witness {
  explicit witness(std::atomic<int>& of) : count(&of) { ++*count; }
  witness(witness&& other) noexcept : count(other.count) { ++*count; }
  ~witness() { --*count; }
  std::atomic<int>* count;
};

static void taken_and_visited() {
  parlor::client client = test::ready(test::testkit());
  CHECK(client.call("emit", R"({"kind":"SENTENCE","text":"Hello.","id":"m1","count":3})", 5).ok());
  CHECK(client.call("emit", R"({"kind":"AUDIO","bytes":4})").ok());
  CHECK(client.call("emit", R"({"number":4711})").ok());
  CHECK(client.call("echo", R"({"a":[1,{"b":"c"}]})", 9).ok());
  int sentences = 0, others = 0;
  bool over = false;
  std::uint64_t last = 0;
  std::vector<parlor::batch> kept;
  while (!over) {
    auto batch = client.take(test::patience);
    CHECK(batch.ok() && !batch->empty() && batch->size() > 0);
    std::size_t seen = 0;
    for (parlor::event event : *batch) {
      CHECK(last == 0 || event.sequence() == last + 1);
      CHECK((*batch)[seen++].sequence() == event.sequence());
      last = event.sequence();
      parlor::visit(event, parlor::match{
        [&](on::sentence sentence) {
          CHECK(sentence.text() == "Hello." && sentence.id() == "m1" && sentence.tag() == 5);
          CHECK(sentence.value() == sentences++ && sentence.type() == "testkit" && !sentence.has_time());
          CHECK(sentence.get("text").value_or("") == "t" && sentence.get_int("n").value_or(0) == 7);
          CHECK(sentence.get_number("n").value_or(0) > 6.5 && sentence.body().front() == '{');
          CHECK(sentence.get("nothing").code() == parlor::status_code::not_found);
          CHECK(sentence.received().count() > 0);
          auto copy = sentence.keep();
          CHECK(copy.ok());
          kept.push_back(*std::move(copy));
        },
        [&](on::audio audio) {
          CHECK(audio.data().size == 4 && *audio.data().begin() == 0x5A && audio.format().empty());
        },
        [&](on::request_done done) {
          CHECK(done.ok() && done.http_status() == 0);
          if (done.tag() == 9) over = done.json() == R"({"a":[1,{"b":"c"}]})" && done.get("a.1.b").value_or("") == "c";
        },
        [&](parlor::event other) {
          others++;
          CHECK(other.kind() == static_cast<event_kind>(4711) && other.raw().kind == 4711);
          CHECK(parlor::name(other.kind()) == std::string_view("unknown"));
        },
      });
    }
  }
  CHECK(sentences == 3 && others == 1 && kept.size() == 3);
  CHECK(client.destroy() == parlor::status_code::ok);
  for (parlor::batch& one : kept) CHECK(one.size() == 1 && one.front().text() == "Hello.");
  CHECK(parlor::as<event_kind::sentence>(kept[0].front()).kind() == event_kind::sentence);
  CHECK(parlor::name(event_kind::text_delta) == std::string_view("text_delta"));
  // Nothing came in the time given, which is no error.
  parlor::client quiet = test::ready(test::testkit());
  CHECK(*quiet.dispatch(std::chrono::milliseconds(1), [](parlor::event) {}) == 0);
  CHECK(quiet.take(std::chrono::hours(-1))->empty());
  // A temporary lives as long as the loop over it.
  CHECK(quiet.call("emit", R"({"count":2})").ok());
  int left = 2;
  while (left > 0)
    for (parlor::event event : *quiet.take(test::patience)) left -= event.kind() == event_kind::message;
}

static void polled_on_this_thread() {
  std::atomic<int> witnesses{0};
  std::thread::id thread;
  int messages = 0;
  auto client = parlor::client::create(test::testkit(), [&, w = witness(witnesses)](parlor::event event) {
    thread = std::this_thread::get_id();
    messages += event.kind() == event_kind::message;
  });
  CHECK(client.ok() && witnesses == 1);
  CHECK(client->connect().ok() && client->call("emit", R"({"count":10})").ok());
  while (messages < 10) {
    const auto count = client->poll(3, std::chrono::milliseconds(2));
    CHECK(count.ok() && *count <= 3);
  }
  CHECK(thread == std::this_thread::get_id());
  CHECK(client->destroy() == parlor::status_code::ok && witnesses == 0);
}

static void handled_by_kind_and_by_request() {
  parlor::handlers handlers;
  int states = 0, messages = 0, twice = 0, rest = 0, ended = 0;
  handlers.on<event_kind::state>([&](on::state state) { states += !state.over(); })
      .on<event_kind::message>([&, own = std::make_unique<int>(1)](auto) { messages += *own; })
      .on<event_kind::message>([&](parlor::event) { twice++; })
      .otherwise([&](parlor::event) { rest++; });
  auto client = parlor::client::create(test::testkit(), std::ref(handlers));
  CHECK(client.ok() && client->connect().ok());
  // One that asks for something more when it has ended.
  CHECK(client->call("emit", "{}", handlers.done([&](on::request_done done) {
    CHECK(done.ok() && ++ended == 1);
    CHECK(client->call("fail", R"({"status":-404})", handlers.done([&](on::request_done failed) {
      CHECK(failed.status() == parlor::status_code::service && ++ended == 2);
    })).ok());
  })).ok());
  while (ended < 2) CHECK(client->poll().ok());
  CHECK(states == 3 && messages == 1 && twice == 1 && rest >= 2);
}

static void on_the_thread_of_the_library() {
  std::atomic<int> witnesses{0}, seen{0};
  parlor::options options = test::testkit();
  options.set(parlor::opt::delivery, parlor::delivery_mode::thread);
  parlor::client client;
  auto made = parlor::client::create(options, parlor::match{
    [&, w = witness(witnesses)](on::message) { seen++; },
    [&](on::ai_state) {
      // It ends itself: nothing comes after this.
      CHECK(client.destroy() == parlor::status_code::deferred);
      seen += 100;
    },
  });
  CHECK(made.ok());
  client = *std::move(made);
  parlor::client_ref ref = client.ref();
  CHECK(ref.connect().ok() && ref.call("emit", R"({"count":5})").ok() && ref.call("emit", R"({"kind":"AI_STATE"})").ok());
  (void)ref.call("emit", R"({"count":5})");
  while (witnesses != 0) std::this_thread::yield();
  CHECK(seen == 105 && ref.say("x").code() == parlor::status_code::bad_handle);
}

static void speech_is_silent_where_nothing_speaks() {
  parlor::client client = test::ready(test::testkit());
  auto speech = parlor::speech::open(client, 48000, 2);
  CHECK(speech.ok() && parlor::speech::open(client).code() == parlor::status_code::wrong_state);
  float frames[20] = {1};
  const auto one = speech->read(frames, 10);
  CHECK(one && one.heard == 0 && frames[0] == 0.0f);
  CHECK(speech->position()->reply.empty() && speech->position()->heard.count() == 0);
  CHECK(speech->count(parlor::audio_counter::rate).value_or(0) == 48000);
  CHECK(speech->flush().ok());
  // It outlives its client, and moves.
  client = parlor::client();
  parlor::speech other = *std::move(speech);
  CHECK(other.read(frames, 10).heard == 0 && other.close() == parlor::status_code::ok);
  CHECK(other.read(frames, 10).status == parlor::status_code::bad_handle && other.flush().code() == parlor::status_code::bad_handle);
  CHECK(parlor::count(parlor::counter::live_audio) == 0);
}

int main() {
  taken_and_visited();
  polled_on_this_thread();
  handled_by_kind_and_by_request();
  on_the_thread_of_the_library();
  speech_is_silent_where_nothing_speaks();
  CHECK(parlor::shutdown(test::patience).ok());
  CHECK(parlor::count(parlor::counter::live_batches) == 0 && parlor::count(parlor::counter::live_clients) == 0);
  std::puts("ok");
}
