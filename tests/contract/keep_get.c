/* Keeping one event beyond its batch, and reading single fields out of an event. */
#include "check.h"

static parlor_batch *kept;
static gate done = GATE_INIT;

static void on_event(const parlor_event *event, void *userdata)
{
    (void)userdata;
    if (event->kind == PARLOR_EVENT_MESSAGE && kept == NULL) {
        OK(parlor_event_keep(event, &kept));
        gate_open(&done);
    }
}

static void fields(const parlor_event *event)
{
    char buffer[64];
    size_t length = 0;
    /* In the body first, then in the whole message; paths with dots and JSON pointers. */
    OK(parlor_event_get(event, "text", 4, buffer, sizeof buffer, &length));
    CHECK(strcmp(buffer, "t") == 0 && length == 1);
    OK(parlor_event_get(event, "type", PARLOR_STRLEN, buffer, sizeof buffer, &length));
    CHECK(strcmp(buffer, "testkit") == 0 && length == 7);
    OK(parlor_event_get(event, "data.n", PARLOR_STRLEN, buffer, sizeof buffer, NULL));
    CHECK(strcmp(buffer, "7") == 0);
    OK(parlor_event_get(event, "/data/n", PARLOR_STRLEN, buffer, sizeof buffer, NULL));
    CHECK(strcmp(buffer, "7") == 0);
    OK(parlor_event_get(event, "/n", 2, NULL, 0, &length));
    CHECK(length == 1);
    IS(PARLOR_ERR_NOT_FOUND, parlor_event_get(event, "data.nope", PARLOR_STRLEN, buffer, sizeof buffer, NULL));
    IS(PARLOR_ERR_NOT_FOUND, parlor_event_get(event, "", 0, buffer, sizeof buffer, NULL));
    IS(PARLOR_ERR_BAD_UTF8, parlor_event_get(event, "\xff", 1, buffer, sizeof buffer, NULL));
    OK(parlor_event_get(event, "data", 4, NULL, 0, &length));
    CHECK(length > 10);
    IS(PARLOR_ERR_BUFFER_TOO_SMALL, parlor_event_get(event, "data", 4, buffer, 4, &length));
    int64_t whole = 0;
    double number = 0;
    OK(parlor_event_get_i64(event, "n", 1, &whole));
    OK(parlor_event_get_f64(event, "data.n", PARLOR_STRLEN, &number));
    CHECK(whole == 7 && number > 6.9 && number < 7.1);
}

static void run(void)
{
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_THREAD, on_event, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "emit", "{\"text\":\"stays\",\"bytes\":5,\"id\":\"m1\",\"json\":100}", 6));
    gate_wait(&done, 1);
    OK(parlor_client_destroy(client));
    OK(parlor_shutdown(10000));

    const parlor_event *event = NULL;
    size_t count = 0, stride = 0;
    OK(parlor_batch_events(kept, &event, &count, &stride));
    CHECK(count == 1 && stride == sizeof(parlor_event));
    CHECK(strcmp(event->text, "stays") == 0 && strcmp(event->id, "m1") == 0 && event->tag == 6);
    CHECK(event->data_len == 5 && ((const unsigned char *)event->data)[4] == 0x5A);
    CHECK(event->sender[0] == 0 && event->json[event->json_len] == 0 && strlen(event->json) == event->json_len);
    fields(event);

    /* A copy of a copy, after the first is gone. */
    parlor_batch *again = NULL;
    OK(parlor_event_keep(event, &again));
    OK(parlor_batch_free(kept));
    OK(parlor_batch_events(again, &event, &count, &stride));
    fields(event);
    CHECK(strcmp(event->text, "stays") == 0);
    OK(parlor_batch_free(again));
}
