// Offers two tools and answers calls of them, one of them with a failure. Each line of the standard input is said when
// the service has finished with the one before.
//
//     tools URL toolchat|voicelive [NAME=VALUE...]
#include <parlor.hpp>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <string>

namespace on = parlor::on;

/// What a tool has done, or why it has failed.
struct outcome {
  bool worked;
  std::string text;
};

struct tool {
  std::function<outcome(on::tool_call)> run;
  const char* toolchat;
  const char* voicelive;
};

static const std::map<std::string, tool, std::less<>> tools = {
  {"get_time",
   {[](on::tool_call) { return outcome{true, R"({"time":"23:10"})"}; },
    R"({"name":"get_time","description":"The time of day","parameters":[
        {"name":"zone","type":"string","description":"UTC, CET, ...","isRequired":true}]})",
    R"({"type":"function","name":"get_time","description":"The time of day","parameters":
        {"type":"object","properties":{"zone":{"type":"string"}},"required":["zone"]}})"}},
  {"open_garage",
   {[](on::tool_call) { return outcome{false, "the door is stuck"}; },
    R"({"name":"open_garage","description":"Opens a door of the garage","parameters":[
        {"name":"door","type":"number","description":"1 or 2","isRequired":true}]})",
    R"({"type":"function","name":"open_garage","description":"Opens a door of the garage","parameters":
        {"type":"object","properties":{"door":{"type":"integer"}},"required":["door"]}})"}},
};

int main(int argc, char** argv) {
  if (argc < 3) return std::cerr << "usage: tools URL toolchat|voicelive [NAME=VALUE...]\n", 2;
  const std::string protocol = argv[2];
  parlor::options options;
  options.set(parlor::opt::url, argv[1]).set(parlor::opt::protocol, protocol).set(parlor::opt::retry_max_attempts, 6);
  for (int i = 3; i < argc; i++) {
    const std::string argument = argv[i];
    const auto equals = std::min(argument.find('='), argument.size() - 1);
    options.set(argument.substr(0, equals), argument.substr(equals + 1));
  }
  auto made = parlor::client::create(options);
  if (!made) return std::cerr << "tools: " << made.error().text() << '\n', 1;
  parlor::client client = *std::move(made);

  std::string list;
  for (const auto& [name, tool] : tools)
    (list += list.empty() ? "[" : ",") += protocol == "toolchat" ? tool.toolchat : tool.voicelive;
  // Tools are set before the first connection: the service has them when it is READY.
  if (const auto set = client.set_tools(list + "]"); !set)
    return std::cerr << "tools: " << set.error().text() << '\n', 1;

  bool ready = false, busy = false, over = false, called = false;
  const auto say_next = [&] {
    std::string line;
    while (line.empty() && std::getline(std::cin, line)) continue;
    busy = true;
    if (line.empty()) return client.close().ok();  // its STATE CLOSED ends the program
    std::cout << "you: " << line << std::endl;
    return client.say(line).ok();
  };
  const auto visitor = parlor::match{
    [&](on::state state) {
      std::cout << "* " << state.name() << (state.text().empty() ? "" : ": ") << state.text() << std::endl;
      ready = state.state() == parlor::client_state::ready;
      over = state.over();
    },
    [&](on::tool_call call) {
      const auto found = tools.find(call.name());
      const outcome what = found != tools.end() ? found->second.run(call) : outcome{false, "there is no such tool"};
      std::cout << "  [" << call.name() << ' ' << call.arguments() << " -> " << (what.worked ? "" : "failed: ")
                << what.text << ']' << std::endl;
      if (what.worked) client.tool_result(call.id(), what.text);
      else client.tool_failed(call.id(), what.text);
      called = true;
    },
    [](on::sentence sentence) { std::cout << "AI: " << sentence.text() << std::endl; },
    // With voicelive a reply that is nothing but a call ends, and another follows when the call has its result.
    [&](on::reply_ended reply) {
      busy = protocol == "voicelive" && !reply.failed() && called && reply.text().empty();
      called = false;
    },
    [](on::request_done done) {
      if (!done.ok()) std::cout << "! " << parlor::name(done.status()) << ": " << done.text() << std::endl;
    },
  };
  client.connect();
  while (!over) {
    const auto batch = client.take();
    if (!batch) return std::cerr << "tools: " << batch.error().text() << '\n', 1;
    for (parlor::event event : *batch) parlor::visit(event, visitor);
    if (ready && !busy && !say_next()) return 1;
  }
  return ready ? 1 : 0;
}
