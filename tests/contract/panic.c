/* A fault inside the library ends one client, with events; the host and its other clients live on. */
#include "check.h"

static void round_of(const char *where)
{
    char json[64];
    snprintf(json, sizeof json, "{\"at\":\"%s\"}", where);
    uint64_t before = counter(PARLOR_COUNTER_PANICS);
    parlor_client *other = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(other, 0, NULL));
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "hold", "{}", 1));
    IS(strcmp(where, "check") == 0 ? PARLOR_ERR_PANIC : PARLOR_OK, call(client, "panic", json, 2));
    reader r = reader_of(client);
    CHECK(reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 1)->status == PARLOR_ERR_PANIC);
    for (;;) {
        const parlor_event *event = reader_until(&r, PARLOR_EVENT_STATE, 0);
        if (event->value == PARLOR_STATE_FAILED) {
            CHECK(event->status == PARLOR_ERR_PANIC && event->text_len > 0);
            break;
        }
    }
    CHECK(counter(PARLOR_COUNTER_PANICS) == before + 1);
    int32_t state = 0;
    OK(parlor_client_get_state(client, &state));
    CHECK(state == PARLOR_STATE_FAILED);
    OK(call(client, "echo", "{}", 3));
    CHECK(reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 3)->status == PARLOR_ERR_WRONG_STATE);
    OK(parlor_client_close(client, 4, NULL));
    reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 4);
    reader_close(&r);
    OK(parlor_client_destroy(client));

    r = reader_of(other);
    OK(call(other, "echo", "{\"alive\":true}", 5));
    CHECK(reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 5)->status == PARLOR_OK);
    reader_close(&r);
    OK(parlor_client_destroy(other));
}

static void run(void)
{
    round_of("act");
    round_of("handle");
    round_of("check");
}
