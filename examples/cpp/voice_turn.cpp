// One turn of a spoken conversation: a WAV file goes into the microphone, what is said in return becomes another.
//
//     voice_turn voicelive|voxta URL IN.wav OUT.wav [NAME=VALUE...]
//
// IN.wav holds 16-bit mono samples: 24000 a second for voicelive, 8000 to 48000 for voxta.
#include <parlor.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

using namespace std::chrono_literals;
namespace on = parlor::on;

/// 16-bit mono samples, little-endian as in a file.
struct sound {
  std::uint32_t rate = 0;
  std::vector<char> bytes;
};

static std::uint32_t number(const char* at) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; i--) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

static sound read_wav(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> all(std::istreambuf_iterator<char>(file), {});
  sound read;
  if (all.size() < 12 || std::memcmp(all.data(), "RIFF", 4) != 0) return read;
  for (std::size_t at = 12; at + 8 <= all.size();) {
    const std::size_t size = std::min<std::size_t>(number(&all[at + 4]), all.size() - at - 8);
    const char* body = all.data() + at + 8;
    // PCM, one channel, 16 bits: all else leaves the rate at 0.
    const bool fits = size >= 16 && number(body) == 0x00010001 && body[14] == 16;
    if (std::memcmp(&all[at], "fmt ", 4) == 0 && fits) read.rate = number(body + 4);
    if (std::memcmp(&all[at], "data", 4) == 0) read.bytes.assign(body, body + size / 2 * 2);
    at += 8 + size + size % 2;
  }
  return read;
}

static bool write_wav(const char* path, const sound& what) {
  const auto size = static_cast<std::uint32_t>(what.bytes.size());
  std::ofstream file(path, std::ios::binary);
  const auto put = [&](std::uint32_t value, int bytes) {
    for (; bytes > 0; bytes--, value >>= 8) file.put(static_cast<char>(value & 255));
  };
  file << "RIFF", put(36 + size, 4), file << "WAVEfmt ", put(16, 4), put(0x00010001, 4), put(what.rate, 4);
  put(what.rate * 2, 4), put(2, 2), put(16, 2), file << "data", put(size, 4);
  return file.write(what.bytes.data(), size).good();
}

int main(int argc, char** argv) {
  if (argc < 5) return std::cerr << "usage: voice_turn voicelive|voxta URL IN.wav OUT.wav [NAME=VALUE...]\n", 2;
  const bool voxta = argv[1] == std::string("voxta");
  sound in = read_wav(argv[3]), out;
  if (in.rate == 0 || (!voxta && in.rate != 24000))
    return std::cerr << "voice_turn: " << argv[3] << " does not hold 16-bit mono samples at a rate that fits\n", 1;
  // What follows the words is silence, by which the service knows that they are over.
  in.bytes.resize(in.bytes.size() + in.rate * 2);

  parlor::options options;
  options.set(parlor::opt::protocol, argv[1]).set(parlor::opt::url, argv[2]);
  if (voxta)
    options.set(parlor::opt::voxta_speech, "pcm").set(parlor::opt::voxta_send_transcript, true)
        .set(parlor::opt::voxta_microphone_rate, in.rate);
  else
    options.set(parlor::opt::voicelive_session, R"({"input_audio_transcription":{"model":"whisper-1"},
        "turn_detection":{"type":"server_vad","silence_duration_ms":500}})");
  for (int i = 5; i < argc; i++) {
    const std::string argument = argv[i];
    const auto equals = std::min(argument.find('='), argument.size() - 1);
    options.set(argument.substr(0, equals), argument.substr(equals + 1));
  }
  auto client = parlor::client::create(options);
  if (!client) return std::cerr << "voice_turn: " << client.error().text() << '\n', 1;

  bool listening = false, spoken = false, replied = false, over = false;
  std::size_t sent = 0;
  const auto visitor = parlor::match{
    [&](on::state state) {
      over = state.over();
      listening = !voxta && state.state() == parlor::client_state::ready;
      if (state.failed()) std::cerr << "voice_turn: " << state.text() << '\n';
    },
    [&](on::microphone microphone) { listening = microphone.on(); },
    [](on::transcript heard) {
      if (heard.has(parlor::event_flag::final)) std::cout << "you: " << heard.text() << std::endl;
    },
    [](on::sentence sentence) { std::cout << "AI: " << sentence.text() << std::endl; },
    [&](on::audio piece) {
      out.rate = static_cast<std::uint32_t>(piece.sample_rate());
      out.bytes.insert(out.bytes.end(), piece.data().begin(), piece.data().end());
      client->playback(parlor::playback_phase::started, piece);
    },
    [&](on::audio_ended speech) {
      client->playback(parlor::playback_phase::completed, speech);
      spoken = true;
    },
    [&](on::reply_ended) { replied = true; },
  };
  client->connect();
  while (!over && client->dispatch(20ms, visitor)) {
    if (spoken && replied) client->close();  // its STATE CLOSED ends the loop
    // A microphone gives a fiftieth of a second at a time.
    const std::size_t piece = std::min<std::size_t>(in.rate / 50 * 2, in.bytes.size() - sent);
    if (listening && piece > 0 && client->send_audio(in.bytes.data() + sent, piece)) sent += piece;
  }
  std::cout << out.bytes.size() / 2.0 / std::max(out.rate, 1u) << " s of speech, kept in " << argv[4] << std::endl;
  return spoken && write_wav(argv[4], out) ? 0 : 1;
}
