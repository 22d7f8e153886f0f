// Whoever uses the value of a failed call is told what failed, and is not left to read on.
#include "check.hpp"

int main() {
  parlor::client none;
  return static_cast<int>(*none.say("x"));
}
