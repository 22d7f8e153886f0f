// What a service speaks, for an audio thread: decoded, at the rate of the sound device, buffered.
#ifndef PARLOR_SPEECH_HPP
#define PARLOR_SPEECH_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "actions.hpp"

namespace parlor {

/// The speech of a client. It may outlive the client, and is silent then.
class speech {
 public:
  /// What one read has brought.
  struct reading {
    status_code status = status_code::ok;
    /// How many of the frames are speech; the others are silence.
    std::uint32_t heard = 0;
    explicit operator bool() const noexcept { return !is_error(status); }
  };
  /// What is being heard, or was heard last.
  struct place {
    /// How much of that reply was really read, silence left out.
    std::chrono::milliseconds heard{0};
    /// The id of the reply, as its AUDIO events bear it.
    std::string reply;
  };

  /// No speech. Every call answers PARLOR_ERR_BAD_HANDLE.
  speech() = default;
  speech(speech&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  speech& operator=(speech&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  speech(const speech&) = delete;
  speech& operator=(const speech&) = delete;
  ~speech() { close(); }

  /// From now on what the service speaks can be read. A client has one of these at a time; 0 takes the options audio.rate
  /// and audio.channels.
  [[nodiscard]] static result<speech> open(client_ref of, std::uint32_t rate = 0, std::uint32_t channels = 0) {
    speech one;
    const parlor_status status = ::parlor_audio_open(of.raw(), rate, channels, &one.raw_);
    if (status < 0) return error::of(status);
    return one;
  }

  /// For the audio thread: takes no lock and no memory, and waits for nothing. Interleaved samples from -1 to 1, one for
  /// each channel; what is not there is silence. An error leaves the frames as they were.
  reading read(float* frames, std::uint32_t count) noexcept {
    reading one;
    one.status = static_cast<status_code>(::parlor_audio_read(raw_, frames, count, &one.heard));
    return one;
  }

  /// Silences what waits to be heard, for a user who has begun to speak. Not on the audio thread.
  result<void> flush() { return error::of(::parlor_audio_flush(raw_)); }

  /// Which reply is being heard, and how much of it was. Not on the audio thread.
  result<place> position() const {
    for (;;) {
      std::size_t length = 0;
      std::uint64_t milliseconds = 0;
      parlor_status status = ::parlor_audio_position(raw_, nullptr, nullptr, 0, &length);
      if (status < 0 && status != PARLOR_ERR_BUFFER_TOO_SMALL) return error::of(status);
      place at;
      at.reply.resize(length);
      status = ::parlor_audio_position(raw_, &milliseconds, &at.reply[0], length + 1, &length);
      // Another reply may have begun meanwhile, with a longer id.
      if (status == PARLOR_ERR_BUFFER_TOO_SMALL) continue;
      if (status < 0) return error::of(status);
      at.reply.resize(length);
      at.heard = std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
      return at;
    }
  }

  /// A number of this speech. Not on the audio thread.
  result<std::uint64_t> count(audio_counter which) const {
    std::uint64_t value = 0;
    const parlor_status status = ::parlor_audio_counter(raw_, static_cast<std::int32_t>(which), &value);
    if (status < 0) return error::of(status);
    return value;
  }

  /// Closes it; a read that is under way ends first. Not on the audio thread.
  status_code close() noexcept {
    if (raw_ == nullptr) return status_code::ok;
    return static_cast<status_code>(::parlor_audio_close(std::exchange(raw_, nullptr)));
  }

  parlor_audio* raw() const noexcept { return raw_; }

 private:
  parlor_audio* raw_ = nullptr;
};

}  // namespace parlor

#endif  // PARLOR_SPEECH_HPP
