// Watches many rooms at once, of one service or of several: a client for each, and each with a thread of the library.
//
//     multi_room ROOM PROTOCOL URL CREDENTIAL [ROOM PROTOCOL URL CREDENTIAL]...
//
// With centrifugo, ROOM is the channel; with tokenbowl, it is only what the room is called here. The program ends when
// the standard input does, and says then what it has counted.
#include <parlor.hpp>

#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace on = parlor::on;

/// All threads write here, so one after another.
static std::mutex turn;

class room {
 public:
  room(std::string name, const char* protocol, const char* url, const char* credential) : name_(std::move(name)) {
    parlor::options options;
    options.set(parlor::opt::protocol, protocol)
        .set(parlor::opt::url, url)
        .set(parlor::opt::credential, credential)
        .set(parlor::opt::delivery, parlor::delivery_mode::thread);
    if (protocol == std::string("centrifugo"))
      options.set(parlor::opt::centrifugo_subscriptions, R"([{"channel":")" + name_ + R"(","join_leave":true}])");
    auto made = parlor::client::create(options, parlor::match{
      [this](on::message message) {
        // A publication of Centrifugo bears the channel as its name, and a user only where one has published it.
        const std::string_view from = message.type() == "publication" ? message.sender() : message.name();
        const std::string who(from.empty() ? "the server" : from);
        by_user_[who]++;
        note(who + ": " + std::string(message.text()));
      },
      [this](on::presence who) { note(std::string(who.on() ? "+ " : "- ").append(who.name())); },
      [this](on::gap gap) { note("something may be missing: " + std::string(gap.text())); },
      [this](on::state state) {
        if (state.state() == parlor::client_state::ready || state.failed()) note(std::string(state.name()));
      },
    });
    if (made) client_ = *std::move(made);
    else note(made.error().text());
    client_.connect();
  }

  /// Says what was counted. The client has ended before, so nobody counts any more.
  void sum_up() {
    client_.destroy();
    std::size_t all = 0;
    for (const auto& [who, count] : by_user_) all += count;
    std::cout << name_ << ": " << all << " messages";
    for (const auto& [who, count] : by_user_) std::cout << ", " << who << ' ' << count;
    std::cout << std::endl;
  }

 private:
  void note(const std::string& what) {
    const std::lock_guard<std::mutex> lock(turn);
    std::cout << '[' << name_ << "] " << what << std::endl;
  }

  std::string name_;
  std::map<std::string, std::size_t> by_user_;
  parlor::client client_;
};

int main(int argc, char** argv) {
  if (argc < 5 || argc % 4 != 1)
    return std::cerr << "usage: multi_room ROOM PROTOCOL URL CREDENTIAL [...]\n", 2;
  std::vector<std::unique_ptr<room>> rooms;
  for (int i = 1; i < argc; i += 4)
    rooms.push_back(std::make_unique<room>(argv[i], argv[i + 1], argv[i + 2], argv[i + 3]));
  while (std::getchar() != EOF) continue;
  for (const auto& each : rooms) each->sum_up();
}
