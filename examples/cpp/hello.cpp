// Says hello to a gateway and prints what it answers, until it has been quiet for three seconds.
#include <parlor.hpp>

#include <chrono>
#include <iostream>

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  parlor::options options;
  options.set(parlor::opt::url, argc > 1 ? argv[1] : "http://127.0.0.1:8081");

  auto client = parlor::client::create(options);
  if (!client) return std::cerr << client.error().text() << '\n', 1;
  client->connect();

  const auto visitor = parlor::match{
    [&](parlor::on::state state) {
      std::cout << "* " << state.name() << ' ' << state.text() << '\n';
      if (state.state() == parlor::client_state::ready) client->say("Hello! Who are you?");
    },
    [](parlor::on::sentence sentence) { std::cout << sentence.name() << ": " << sentence.text() << '\n'; },
  };
  while (client->dispatch(3s, visitor).value_or(0) > 0) continue;
}
