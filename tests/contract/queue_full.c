/* A host that does not take its events: what can be spared is joined and dropped and told, nothing else is ever lost, and
 * the link is let go of and comes back. */
#include "check.h"

static parlor_client *small_client(int64_t most)
{
    parlor_options *options = testkit_options("testkit:", PARLOR_DELIVERY_QUEUE);
    OK(parlor_options_set_i64(options, PARLOR_OPT_QUEUE_MAX_EVENTS, most));
    OK(parlor_options_set_i64(options, PARLOR_OPT_RETRY_INITIAL_MS, 1));
    parlor_client *client = NULL;
    OK(parlor_client_new(options, NULL, NULL, NULL, &client));
    OK(parlor_options_free(options));
    OK(parlor_client_connect(client, 0, NULL));
    return client;
}

/* Waits without taking anything, until all that was asked for has been done. */
static void settle(parlor_client *client, int64_t begun)
{
    char text[256], wanted[64];
    snprintf(wanted, sizeof wanted, "\"begun\":%lld", (long long)begun);
    for (;;) {
        OK(parlor_client_mirror(client, text, sizeof text, NULL));
        if (strstr(text, wanted)) return;
        struct timespec pause = { 0, 1000000 };
        nanosleep(&pause, NULL);
    }
}

static void dropped(void)
{
    parlor_client *client = small_client(64);
    uint64_t before = counter(PARLOR_COUNTER_DROPPED_EVENTS);
    for (int i = 0; i < 20; i++) OK(call(client, "emit", "{\"kind\":\"TYPING\",\"count\":50}", 1));
    OK(call(client, "emit", "{\"text\":\"kept\"}", 2));
    OK(call(client, "later", "{\"ms\":50}", 3));
    while (counter(PARLOR_COUNTER_DROPPED_EVENTS) < before + 800) {
        struct timespec pause = { 0, 1000000 };
        nanosleep(&pause, NULL);
    }
    reader r = reader_of(client);
    uint64_t last = 0, missing = 0, told = 0;
    int ended = 0, kept = 0;
    for (;;) {
        const parlor_event *event = reader_until(&r, 0, 0);
        CHECK(event->sequence > last);
        missing += event->sequence - last - 1;
        last = event->sequence;
        /* The notice itself stands at the place of the first that was dropped. */
        if (event->kind == PARLOR_EVENT_DROPPED) {
            CHECK(event->value > 0 && event->text_len > 0 && event->json_len > 0);
            told += (uint64_t)event->value - 1;
        }
        if (event->kind == PARLOR_EVENT_REQUEST_DONE && event->tag == 1) ended++;
        if (event->kind == PARLOR_EVENT_MESSAGE) kept += strcmp(event->text, "kept") == 0;
        if (event->kind == PARLOR_EVENT_REQUEST_DONE && event->tag == 3) break;
    }
    reader_close(&r);
    if (missing != told) fprintf(stderr, "%llu missing, %llu told\n", (unsigned long long)missing, (unsigned long long)told);
    CHECK(missing == told && missing > 0);
    CHECK(ended == 20 && kept == 1);
    OK(parlor_client_destroy(client));
}

static void joined(void)
{
    parlor_client *client = small_client(64);
    OK(call(client, "emit", "{\"kind\":\"TEXT_DELTA\",\"count\":500,\"text\":\"ab\",\"id\":\"m\"}", 1));
    OK(call(client, "later", "{\"ms\":20}", 3));
    struct timespec pause = { 0, 100000000 };
    nanosleep(&pause, NULL);
    reader r = reader_of(client);
    size_t text = 0;
    int coalesced = 0;
    for (;;) {
        const parlor_event *event = reader_until(&r, 0, 0);
        CHECK(event->kind != PARLOR_EVENT_DROPPED);
        if (event->kind == PARLOR_EVENT_TEXT_DELTA) {
            text += event->text_len;
            coalesced += (event->flags & PARLOR_FLAG_COALESCED) != 0;
        }
        if (event->kind == PARLOR_EVENT_REQUEST_DONE && event->tag == 3) break;
    }
    CHECK(text == 1000 && coalesced > 0);
    reader_close(&r);
    OK(parlor_client_destroy(client));
}

static void overflow(void)
{
    parlor_client *client = small_client(64);
    OK(call(client, "emit", "{\"count\":200,\"text\":\"never lost\"}", 1));
    int32_t state = PARLOR_STATE_CLOSED;
    while (state != PARLOR_STATE_RECONNECTING) OK(parlor_client_get_state(client, &state));
    reader r = reader_of(client);
    int messages = 0;
    while (reader_until(&r, 0, 0)->kind != PARLOR_EVENT_MESSAGE) {
    }
    for (messages = 1; messages < 200; messages++) CHECK(reader_until(&r, PARLOR_EVENT_MESSAGE, 0)->value == messages);
    for (;;) {
        const parlor_event *event = reader_until(&r, PARLOR_EVENT_STATE, 0);
        if (event->value == PARLOR_STATE_RECONNECTING) {
            CHECK(event->status == PARLOR_ERR_OVERFLOW);
            break;
        }
    }
    /* Drained, it comes back by itself, and says that there is a gap. */
    reader_until(&r, PARLOR_EVENT_GAP, 0);
    reader_until_state(&r, PARLOR_STATE_READY);
    settle(client, 2);
    reader_close(&r);
    OK(parlor_client_destroy(client));
}

static void run(void)
{
    dropped();
    joined();
    overflow();
}
