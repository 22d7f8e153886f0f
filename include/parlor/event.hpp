// Events and batches of them. An event is a view: it lives as long as its batch, or until its callback returns.
#ifndef PARLOR_EVENT_HPP
#define PARLOR_EVENT_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "constants.hpp"
#include "error.hpp"

namespace parlor {

class batch;

/// Bytes that are not text, where they lie.
struct bytes_view {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;

  const std::uint8_t* begin() const noexcept { return data; }
  const std::uint8_t* end() const noexcept { return data + size; }
  bool empty() const noexcept { return size == 0; }
};

/// One event, of any kind. What a kind does not fill is empty. Copying it copies a pointer, not the event.
class event {
 public:
  explicit event(const parlor_event& raw) noexcept : raw_(&raw) {}

  event_kind kind() const noexcept { return static_cast<event_kind>(raw_->kind); }
  /// How it went, for the kinds that report something.
  status_code status() const noexcept { return static_cast<status_code>(raw_->status); }
  bool failed() const noexcept { return raw_->status < 0; }
  bool has(event_flag flag) const noexcept { return (raw_->flags & static_cast<std::uint32_t>(flag)) != 0; }

  /// One more than that of the event before; numbers are missing only where DROPPED or a joined event stands for them.
  std::uint64_t sequence() const noexcept { return raw_->sequence; }
  /// When the library received it, by the client's own clock, which only ever goes forward.
  std::chrono::nanoseconds received() const noexcept {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(raw_->monotonic_ns));
  }
  /// When it happened by the service's clock; the epoch where the service does not say.
  std::chrono::system_clock::time_point time() const noexcept {
    using clock = std::chrono::system_clock;
    return clock::time_point(std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(raw_->time)));
  }
  bool has_time() const noexcept { return raw_->time > 0; }

  /// The request that it belongs to, or 0.
  std::uint64_t request() const noexcept { return raw_->request; }
  /// Your own mark of that request, or 0.
  std::uint64_t tag() const noexcept { return raw_->tag; }
  /// The kind's number: a state, an HTTP status, a count, milliseconds.
  std::int64_t value() const noexcept { return raw_->value; }

  /// The service's own name for the message.
  std::string_view type() const noexcept { return {raw_->type, raw_->type_len}; }
  std::string_view text() const noexcept { return {raw_->text, raw_->text_len}; }
  /// The id of the thing: a message, a call, a chat.
  std::string_view id() const noexcept { return {raw_->id, raw_->id_len}; }
  /// The name of the thing: a tool, a trigger, an author, a state.
  std::string_view name() const noexcept { return {raw_->name, raw_->name_len}; }
  /// The id of who it comes from.
  std::string_view sender() const noexcept { return {raw_->sender, raw_->sender_len}; }
  /// The part that the sender plays: "user", "assistant", "system", or the service's own word.
  std::string_view role() const noexcept { return {raw_->role, raw_->role_len}; }
  bytes_view data() const noexcept { return {static_cast<const std::uint8_t*>(raw_->data), raw_->data_len}; }
  /// The service's own message, byte for byte.
  std::string_view json() const noexcept { return {raw_->json, raw_->json_len}; }
  /// The part of json() that holds the fields of this kind.
  std::string_view body() const noexcept {
    return raw_->body_len == 0 ? json() : std::string_view(raw_->json + raw_->body_offset, raw_->body_len);
  }

  /// One field of the service's message as text: by name, by a path with dots, or by a JSON pointer.
  result<std::string> get(std::string_view field) const {
    std::size_t length = 0;
    parlor_status status = ::parlor_event_get(raw_, field.data(), field.size(), nullptr, 0, &length);
    if (status < 0 && status != PARLOR_ERR_BUFFER_TOO_SMALL) return error::of(status);
    std::string text(length, '\0');
    status = ::parlor_event_get(raw_, field.data(), field.size(), &text[0], length + 1, nullptr);
    if (status < 0) return error::of(status);
    return text;
  }
  /// The same as a whole number; a boolean reads as 0 or 1.
  result<std::int64_t> get_int(std::string_view field) const {
    std::int64_t value = 0;
    const parlor_status status = ::parlor_event_get_i64(raw_, field.data(), field.size(), &value);
    if (status < 0) return error::of(status);
    return value;
  }
  /// The same as a number.
  result<double> get_number(std::string_view field) const {
    double value = 0;
    const parlor_status status = ::parlor_event_get_f64(raw_, field.data(), field.size(), &value);
    if (status < 0) return error::of(status);
    return value;
  }

  /// A copy that stays, as a batch that holds nothing else.
  [[nodiscard]] inline result<batch> keep() const;

  /// The struct of parlor.h.
  const parlor_event& raw() const noexcept { return *raw_; }

 private:
  const parlor_event* raw_;
};

/// Some events in the order in which they came, freed with this object. It may outlive its client.
class batch {
 public:
  /// Goes from event to event by the stride of the library, which may be newer than this header.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = event;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = event;

    iterator() = default;
    event operator*() const noexcept { return event(*reinterpret_cast<const parlor_event*>(at_)); }
    iterator& operator++() noexcept {
      at_ += stride_;
      return *this;
    }
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(iterator a, iterator b) noexcept { return a.at_ == b.at_; }
    friend bool operator!=(iterator a, iterator b) noexcept { return a.at_ != b.at_; }

   private:
    friend class batch;
    iterator(const char* at, std::size_t stride) noexcept : at_(at), stride_(stride) {}
    const char* at_ = nullptr;
    std::size_t stride_ = 0;
  };

  /// No events.
  batch() = default;
  /// Takes over what a function of parlor.h has given.
  explicit batch(parlor_batch* raw) noexcept : raw_(raw) {
    const parlor_event* first = nullptr;
    if (raw != nullptr && ::parlor_batch_events(raw, &first, &count_, &stride_) == PARLOR_OK)
      first_ = reinterpret_cast<const char*>(first);
  }
  batch(batch&& other) noexcept { swap(other); }
  batch& operator=(batch&& other) noexcept {
    batch(std::move(other)).swap(*this);
    return *this;
  }
  batch(const batch&) = delete;
  batch& operator=(const batch&) = delete;
  ~batch() { ::parlor_batch_free(raw_); }

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  iterator begin() const noexcept { return {first_, stride_}; }
  iterator end() const noexcept { return {first_ + count_ * stride_, stride_}; }
  event operator[](std::size_t at) const noexcept { return *iterator(first_ + at * stride_, stride_); }
  event front() const noexcept { return *begin(); }

  void swap(batch& other) noexcept {
    std::swap(raw_, other.raw_);
    std::swap(first_, other.first_);
    std::swap(count_, other.count_);
    std::swap(stride_, other.stride_);
  }
  parlor_batch* raw() const noexcept { return raw_; }

 private:
  parlor_batch* raw_ = nullptr;
  // Not NULL, so that the end of no events is a sum that is allowed.
  const char* first_ = "";
  std::size_t count_ = 0;
  std::size_t stride_ = 0;
};

inline result<batch> event::keep() const {
  parlor_batch* copy = nullptr;
  const parlor_status status = ::parlor_event_keep(raw_, &copy);
  if (status < 0) return error::of(status);
  return batch(copy);
}

}  // namespace parlor

#endif  // PARLOR_EVENT_HPP
