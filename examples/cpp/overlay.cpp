// A chat overlay for a stream: it only reads, and only what it shows. The library's own thread calls the visitor.
//
//     overlay [URL]     ends when the standard input does
#include <parlor.hpp>

#include <cstdio>
#include <iostream>

namespace on = parlor::on;

/// What is shown, and how much. Whoever makes a client with it gives it away: it ends after the last event.
class overlay {
 public:
  overlay() = default;
  overlay(overlay&& other) noexcept : shown_(other.shown_), last_(other.last_) { other.last_ = false; }
  ~overlay() {
    if (last_) std::cout << "overlay: " << shown_ << " lines shown" << std::endl;
  }

  void operator()(on::chat_started chat) { std::cout << "+--- " << chat.name() << " ---" << std::endl; }
  void operator()(on::chat_closed) { std::cout << "+---" << std::endl; }
  void operator()(on::sentence sentence) { show(sentence.name().empty() ? "AI" : sentence.name(), sentence.text()); }
  void operator()(on::message message) {
    if (message.role() == "assistant") return;  // its sentences have been shown
    show(message.name().empty() ? message.role() : message.name(), message.text());
  }
  void operator()(on::state state) {
    if (state.failed()) std::cout << "| (" << state.name() << ": " << state.text() << ")" << std::endl;
  }

 private:
  void show(std::string_view who, std::string_view text) {
    std::cout << "| " << who << "> " << text << std::endl;
    shown_++;
  }
  unsigned shown_ = 0;
  bool last_ = true;
};

int main(int argc, char** argv) {
  parlor::options options;
  options.set(parlor::opt::url, argc > 1 ? argv[1] : "http://127.0.0.1:8081")
      .set(parlor::opt::delivery, parlor::delivery_mode::thread)
      // What the gateway is asked to send, and what becomes an event here.
      .set(parlor::opt::gateway_events, "chat_started,chat_closed,dialogue_received,sentence_ready")
      .set(parlor::opt::events_kinds, "CHAT_STARTED,CHAT_CLOSED,MESSAGE,SENTENCE");
  auto client = parlor::client::create(options, overlay());
  if (!client) return std::cerr << "overlay: " << client.error().text() << '\n', 1;
  client->connect();
  while (std::getchar() != EOF) continue;
  // When the client ends, here, no function of the overlay runs or will run.
}
