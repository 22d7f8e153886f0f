// The bridge between the AI and an avatar, as a game would have it: poll() once a frame runs the visitor on the game's
// own thread. Sentences queue up to be spoken one after another, the service is told when each begins and ends, and
// whoever else speaks silences the avatar.
//
//     avatar_bridge [URL [SECONDS]]
#include <parlor.hpp>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <thread>

using namespace std::chrono_literals;
namespace on = parlor::on;

class avatar {
 public:
  /// The visitor is the avatar's own, so the avatar stays where it is while it has a client.
  explicit avatar(const parlor::options& options) {
    auto made = parlor::client::create(options, parlor::match{
      [this](on::sentence sentence) {
        // The event is borrowed until this returns, so a copy of it is kept.
        if (auto copy = sentence.keep()) lines_.push_back(*std::move(copy));
      },
      [](on::trigger face) { std::cout << "  face: " << face.name() << ' ' << face.arguments() << std::endl; },
      [this](on::speaker speaker) {
        if (speaker.on()) hush(speaker.name());
      },
      [this](on::state state) {
        std::cout << "* " << state.name() << (state.text().empty() ? "" : ": ") << state.text() << std::endl;
        over_ = state.over();
      },
    });
    if (made) client_ = *std::move(made);
    else std::cerr << "avatar_bridge: " << made.error().text() << '\n';
    over_ = !client_.connect().ok();
  }

  /// One frame of the game.
  void frame() {
    client_.poll(64, 2ms);
    speak();
  }
  bool over() const { return over_; }

 private:
  /// What an engine would do with the line at the front: here, a character takes one frame to say.
  void speak() {
    if (lines_.empty()) return;
    const parlor::event line = lines_.front().front();
    if (frames_left_ == 0) {
      std::cout << line.name() << " says: " << line.text() << std::endl;
      client_.playback(parlor::playback_phase::started, line);
      frames_left_ = line.text().size() + 1;
    }
    if (--frames_left_ == 0) {
      client_.playback(parlor::playback_phase::completed, line);
      lines_.pop_front();
    }
  }

  void hush(std::string_view who) {
    std::cout << "  hush: " << who << " speaks, " << lines_.size() << " lines dropped" << std::endl;
    if (frames_left_ > 0) client_.playback(parlor::playback_phase::completed, lines_.front().front());
    frames_left_ = 0;
    lines_.clear();
  }

  std::deque<parlor::batch> lines_;
  std::size_t frames_left_ = 0;
  bool over_ = false;
  // The last member, so that it ends first: its visitor uses the others.
  parlor::client client_;
};

int main(int argc, char** argv) {
  constexpr auto frame = std::chrono::microseconds(1'000'000 / 60);
  const auto seconds = std::chrono::seconds(argc > 2 ? std::atoi(argv[2]) : 60);
  parlor::options options;
  options.set(parlor::opt::url, argc > 1 ? argv[1] : "http://127.0.0.1:8081").set(parlor::opt::retry_max_attempts, 5);
  avatar mira(options);
  for (auto frames = seconds / frame; frames > 0 && !mira.over(); frames--) {
    mira.frame();
    std::this_thread::sleep_for(frame);
  }
  return mira.over() ? 1 : 0;
}
