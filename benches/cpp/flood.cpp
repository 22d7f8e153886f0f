// What a host in C++ pays: the flood of ../c/flood.c, taken in through parlor.hpp, looking at the same things.
// flood_cpp take|kinds|thread URL EVENTS
#include <parlor.hpp>

#include "../c/bench.h"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace on = parlor::on;

static std::uint64_t expected, seen, bytes, text_bytes, first_delivery;
static bool started;
static struct cost start;

// What a host does at the least: it looks at the kind, the JSON and the text.
static void look(parlor::event event) {
  seen++;
  bytes += event.json().size();
  text_bytes += event.text().size() + (event.text().data()[0] == 1);
}

static void lost() { die("events were lost"); }

static void watch(on::state state) {
  if (state.state() < parlor::client_state::reconnecting) return;
  std::fprintf(stderr, "bench: %s\n", state.text().data());
  std::exit(1);
}

// After each delivery: the first one that brought a part of the flood starts the clock and is not counted.
static void delivered() {
  if (started || seen == 0) return;
  started = true;
  first_delivery = seen;
  start = cost_now();
}

static auto visitor() {
  return parlor::match{
    [](on::sentence event) { look(event); },
    [](on::message event) { look(event); },
    [](on::ai_state event) { look(event); },
    [](on::state event) { watch(event); },
    [](on::dropped) { lost(); },
    [](on::gap) { lost(); },
  };
}

static void fill(parlor::handlers& handlers) {
  using kind = parlor::event_kind;
  handlers.on<kind::sentence>(look).on<kind::message>(look).on<kind::ai_state>(look);
  handlers.on<kind::dropped>([](auto) { lost(); }).on<kind::gap>([](auto) { lost(); }).on<kind::state>(watch);
}

template <class Visitor>
static void take(const parlor::options& options, Visitor&& visit_with) {
  auto client = parlor::client::create(options);
  if (!client || !client->connect()) die("client");
  while (seen < expected) {
    const auto batch = client->take();
    if (!batch) die("take");
    for (parlor::event event : *batch) parlor::visit(event, visit_with);
    delivered();
  }
  cost_print_since(start, seen - first_delivery, bytes, text_bytes);
}

int main(int argc, char** argv) {
  if (argc < 4) die("usage: flood_cpp take|kinds|thread URL EVENTS");
  const std::string_view mode = argv[1];
  expected = std::strtoull(argv[3], nullptr, 10);
  parlor::options options;
  options.set(parlor::opt::url, argv[2]).set(parlor::opt::queue_overflow, parlor::overflow_policy::pause);
  if (mode == "take") {
    take(options, visitor());
  } else if (mode == "kinds") {
    parlor::handlers handlers;
    fill(handlers);
    take(options, handlers);
  } else {
    std::mutex lock;
    std::condition_variable done;
    options.set(parlor::opt::delivery, parlor::delivery_mode::thread);
    // Nobody but the function that is called knows of deliveries.
    auto client = parlor::client::create(options, [&, with = visitor()](parlor::event event) mutable {
      parlor::visit(event, with);
      delivered();
      if (seen == expected) {
        const std::lock_guard<std::mutex> turn(lock);
        done.notify_one();
      }
    });
    if (!client || !client->connect()) die("client");
    std::unique_lock<std::mutex> turn(lock);
    done.wait(turn, [] { return seen >= expected; });
    cost_print_since(start, seen - first_delivery, bytes, text_bytes);
  }
}
