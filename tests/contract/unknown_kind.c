/* A host built today meets a library of tomorrow: kinds that it does not know, and events that are larger. */
#include "check.h"

/* The struct as a later version could have it, walked by a host that knows only the first part. */
typedef struct later_event {
    parlor_event first;
    uint64_t more[3];
} later_event;

static int known(const parlor_event *event)
{
    switch (event->kind) {
    case PARLOR_EVENT_STATE:
    case PARLOR_EVENT_REQUEST_DONE:
    case PARLOR_EVENT_MESSAGE: return 1;
    default: return 0;
    }
}

static void run(void)
{
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "emit", "{\"number\":9999,\"count\":3,\"text\":\"from the future\"}", 1));
    OK(call(client, "emit", "{\"number\":-5}", 2));
    OK(call(client, "emit", "{}", 3));
    reader r = reader_of(client);
    int unknown = 0;
    for (;;) {
        const parlor_event *event = reader_until(&r, 0, 0);
        if (!known(event)) {
            unknown++;
            CHECK(event->kind == 9999 || event->kind == -5);
            CHECK(event->text[event->text_len] == 0);
            /* What the host does with it in ignorance still works. */
            parlor_batch *kept = NULL;
            OK(parlor_event_keep(event, &kept));
            OK(parlor_batch_free(kept));
        }
        if (event->kind == PARLOR_EVENT_REQUEST_DONE && event->tag == 3) break;
    }
    CHECK(unknown == 4);
    reader_close(&r);

    OK(call(client, "emit", "{\"text\":\"t\"}", 4));
    const parlor_event *event = reader_until(&r, PARLOR_EVENT_MESSAGE, 4);
    later_event later[2];
    memset(later, 0x77, sizeof later);
    later[1].first = *event;
    later[1].first.size = sizeof later[1];
    const char *walk = (const char *)later + sizeof(later_event);
    const parlor_event *larger = (const parlor_event *)(const void *)walk;
    int64_t n = 0;
    OK(parlor_event_get_i64(larger, "n", 1, &n));
    CHECK(n == 7);
    /* One that claims to be smaller than the first version is none of ours. */
    parlor_event smaller = *event;
    smaller.size = 64;
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_event_get_i64(&smaller, "n", 1, &n));
    parlor_batch *kept = (parlor_batch *)(uintptr_t)8;
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_event_keep(&smaller, &kept));
    CHECK(kept == NULL);
    reader_close(&r);
    OK(parlor_client_destroy(client));
}
