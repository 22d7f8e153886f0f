/* The struct as the compiler of the host lays it out is the struct as the library fills it. */
#include "check.h"
#include <stddef.h>

/* The offsets where a pointer has 64 bits; src/ffi/event.rs pins the same numbers at compile time. */
static const struct {
    const char *name;
    size_t here, there;
} fields[] = {
#define FIELD(name, offset) { #name, offsetof(parlor_event, name), offset }
    FIELD(size, 0),
    FIELD(kind, 4),
    FIELD(status, 8),
    FIELD(flags, 12),
    FIELD(sequence, 16),
    FIELD(monotonic_ns, 24),
    FIELD(request, 32),
    FIELD(tag, 40),
    FIELD(value, 48),
    FIELD(time, 56),
    FIELD(type, 64),
    FIELD(type_len, 72),
    FIELD(text, 80),
    FIELD(text_len, 88),
    FIELD(id, 96),
    FIELD(id_len, 104),
    FIELD(name, 112),
    FIELD(name_len, 120),
    FIELD(sender, 128),
    FIELD(sender_len, 136),
    FIELD(role, 144),
    FIELD(role_len, 152),
    FIELD(data, 160),
    FIELD(data_len, 168),
    FIELD(json, 176),
    FIELD(json_len, 184),
    FIELD(body_offset, 192),
    FIELD(body_len, 196),
#undef FIELD
};

static void run(void)
{
    for (size_t i = 0; sizeof(void *) == 8 && i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].here != fields[i].there) {
            fprintf(stderr, "%s: %zu here, %zu there\n", fields[i].name, fields[i].here, fields[i].there);
            CHECK(fields[i].here == fields[i].there);
        }
    }
    if (sizeof(void *) == 8) CHECK(sizeof(parlor_event) == 200);

    /* And what the library writes is read back by name. */
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "emit", "{\"text\":\"t\",\"id\":\"i\",\"bytes\":3,\"count\":5}", 9));
    reader r = reader_of(client);
    const parlor_event *event = NULL;
    for (int i = 0; i < 5; i++) event = reader_until(&r, PARLOR_EVENT_MESSAGE, 0);
    CHECK(r.stride == sizeof(parlor_event) && event->size == sizeof(parlor_event));
    CHECK(event->tag == 9 && event->value == 4 && event->status == PARLOR_OK && event->request > 0);
    CHECK(event->data_len == 3 && ((const char *)event->data)[2] == 0x5A);
    CHECK(strcmp(event->text, "t") == 0 && strcmp(event->id, "i") == 0 && strcmp(event->type, "testkit") == 0);
    CHECK(event->json[event->body_offset] == '{' && event->body_len > 2);
    CHECK(event->json[event->body_offset + event->body_len - 1] == '}');
    reader_close(&r);
    OK(parlor_client_destroy(client));
}
