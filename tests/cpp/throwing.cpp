// Exceptions, for programs that want them.
#include "check.hpp"

#include <parlor/throwing.hpp>

#include <cstring>

int main() {
  parlor::client client = parlor::or_throw(parlor::client::create(test::testkit()));
  parlor::or_throw(client.connect());
  parlor::or_throw(client.network_changed());
  int caught = 0;
  try {
    parlor::or_throw(client.call("no such operation"));
  } catch (const parlor::exception& why) {
    CHECK(why.code() == parlor::status_code::invalid_argument && std::strstr(why.what(), "no such operation"));
    caught++;
  }
  try {
    parlor::or_throw(client.set_wake_fd(-7));
  } catch (const std::runtime_error&) {
    caught++;
  }
  try {
    parlor::or_throw(parlor::options().set("nothing", "1").error());
  } catch (const parlor::exception& why) {
    CHECK(std::strstr(why.what(), "nothing"));
    caught++;
  }
  CHECK(caught == 3);
  std::puts("ok");
}
