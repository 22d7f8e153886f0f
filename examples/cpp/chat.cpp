// A conversation: what you write is said, what comes back is printed. Further arguments are options by their names, so
// the same program talks to every service that there is.
//
//     chat [URL [NAME=VALUE...]]        chat http://127.0.0.1:8080 protocol=toolchat credential=... <lines.txt
//
// Each line of the standard input is read when it has become quiet.
#include <parlor.hpp>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;
namespace on = parlor::on;

int main(int argc, char** argv) {
  parlor::options options;
  options.set(parlor::opt::url, argc > 1 ? argv[1] : "http://127.0.0.1:8081")
      .set(parlor::opt::retry_max_attempts, 8)
      .set(parlor::opt::retry_max_ms, 2s);
  for (int i = 2; i < argc; i++) {
    const std::string_view argument = argv[i];
    const auto equals = argument.find('=');
    if (equals == argument.npos) return std::cerr << "chat: " << argument << " is no NAME=VALUE\n", 2;
    options.set(argument.substr(0, equals), argument.substr(equals + 1));
  }
  auto made = parlor::client::create(options);
  if (!made) return std::cerr << "chat: " << made.error().text() << '\n', 1;
  parlor::client client = *std::move(made);

  auto state = parlor::client_state::closed;
  bool busy = false, given_up = false, closing = false, over = false;
  parlor::handlers handlers;
  handlers
      .on<parlor::event_kind::state>([&](on::state now) {
        std::cout << "* " << now.name() << (now.text().empty() ? "" : ": ") << now.text() << std::endl;
        state = now.state();
        given_up = state == parlor::client_state::failed;
        over = now.over();
        if (state != parlor::client_state::ready) busy = false;
      })
      .on<parlor::event_kind::gap>([](on::gap gap) { std::cout << "* GAP: " << gap.text() << std::endl; })
      .on<parlor::event_kind::chat_started>([](on::chat_started chat) {
        if (!chat.name().empty()) std::cout << "* " << chat.name() << " is here" << std::endl;
      })
      .on<parlor::event_kind::message>([](on::message message) {
        // What the AI says has been printed already, sentence by sentence.
        if (message.role() == "assistant") return;
        std::cout << (message.name().empty() ? message.role() : message.name()) << ": " << message.text() << std::endl;
      })
      .on<parlor::event_kind::sentence>([](on::sentence sentence) {
        std::cout << (sentence.name().empty() ? "AI" : sentence.name()) << ": " << sentence.text() << std::endl;
      })
      .on<parlor::event_kind::ai_state>([&](on::ai_state ai) {
        std::cout << "    [" << ai.text() << ']' << std::endl;
        busy = ai.activity() != parlor::ai_activity::idle;
      })
      .on<parlor::event_kind::reply_started>([&](on::reply_started) { busy = true; })
      .on<parlor::event_kind::reply_ended>([&](on::reply_ended) { busy = false; })
      .on<parlor::event_kind::speaker>([](on::speaker who) {
        std::cout << "    [" << who.name() << (who.on() ? " speaks" : " has spoken")
                  << (who.text().empty() ? "" : ": ") << who.text() << ']' << std::endl;
      })
      .on<parlor::event_kind::trigger>([](on::trigger what) {
        std::cout << "    [trigger " << what.name() << ' ' << what.arguments() << ']' << std::endl;
      })
      .on<parlor::event_kind::tool_call>([&](on::tool_call call) {
        std::cout << "    [tool " << call.name() << ' ' << call.arguments() << ']' << std::endl;
        client.tool_failed(call.id(), "this program has no tools");
      })
      .on<parlor::event_kind::request_done>([](on::request_done done) {
        if (!done.ok()) std::cout << "! " << parlor::name(done.status()) << ": " << done.text() << std::endl;
      });

  client.connect();
  auto heard = std::chrono::steady_clock::now();
  while (!over) {
    const auto count = client.dispatch(250ms, handlers);
    if (!count) return std::cerr << "chat: " << count.error().text() << '\n', 1;
    const auto now = std::chrono::steady_clock::now();
    if (*count > 0) heard = now;
    // An AI whose speech nobody plays may never say that it is idle, so silence has to do in the end.
    const bool ready = state == parlor::client_state::ready;
    if (closing || now - heard < (ready && !busy ? 1250ms : 5000ms)) continue;
    std::string line;
    if (ready && std::getline(std::cin, line)) {
      if (line.empty()) continue;
      if (const auto said = client.say(line); !said) std::cerr << "chat: " << said.error().text() << '\n';
      heard = std::chrono::steady_clock::now();
    } else if (ready || std::cin.eof()) {
      closing = client.close().ok();  // its STATE CLOSED ends the loop
    }
  }
  return given_up ? 1 : 0;
}
