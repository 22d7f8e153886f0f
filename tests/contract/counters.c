/* The counters count. */
#include "check.h"

static void run(void)
{
    CHECK(counter(PARLOR_COUNTER_LIVE_THREADS) == 0);
    CHECK(counter(PARLOR_COUNTER_LIVE_CLIENTS) == 0);
    parlor_options *options = testkit_options("testkit:", PARLOR_DELIVERY_QUEUE);
    CHECK(counter(PARLOR_COUNTER_LIVE_OPTIONS) == 1);
    parlor_client *clients[5];
    for (uint64_t i = 0; i < 5; i++) {
        OK(parlor_client_new(options, NULL, NULL, NULL, &clients[i]));
        CHECK(counter(PARLOR_COUNTER_LIVE_CLIENTS) == i + 1);
    }
    OK(parlor_options_free(options));
    CHECK(counter(PARLOR_COUNTER_LIVE_OPTIONS) == 0);
    CHECK(counter(PARLOR_COUNTER_LIVE_THREADS) >= 1);
    OK(parlor_client_connect(clients[0], 0, NULL));
    parlor_batch *batch = NULL;
    OK(parlor_client_take(clients[0], PATIENCE_MS, &batch));
    CHECK(counter(PARLOR_COUNTER_LIVE_BATCHES) == 1);
    const parlor_event *events = NULL;
    size_t count = 0, stride = 0;
    OK(parlor_batch_events(batch, &events, &count, &stride));
    parlor_batch *kept = NULL;
    OK(parlor_event_keep(events, &kept));
    CHECK(counter(PARLOR_COUNTER_LIVE_BATCHES) == 2);
    OK(parlor_batch_free(batch));
    /* A batch outlives its client, and the copy its batch. */
    for (int i = 0; i < 5; i++) OK(parlor_client_destroy(clients[i]));
    CHECK(counter(PARLOR_COUNTER_LIVE_CLIENTS) == 0);
    OK(parlor_batch_events(kept, &events, &count, &stride));
    CHECK(count == 1 && events->kind == PARLOR_EVENT_STATE && strlen(events->name) == events->name_len);
    OK(parlor_batch_free(kept));
    CHECK(counter(PARLOR_COUNTER_LIVE_BATCHES) == 0);
    OK(parlor_shutdown(10000));
    CHECK(counter(PARLOR_COUNTER_LIVE_THREADS) == 0);

    /* A second end of a request is counted, not told. */
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "twice", "{}", 1));
    OK(call(client, "echo", "{}", 2));
    reader r = reader_of(client);
    CHECK(reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 1)->status == PARLOR_OK);
    CHECK(reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 0)->tag == 2);
    CHECK(counter(PARLOR_COUNTER_LATE_ANSWERS) == 1);
    CHECK(counter(PARLOR_COUNTER_PANICS) == 0 && counter(PARLOR_COUNTER_DROPPED_EVENTS) == 0);
    reader_close(&r);
    OK(parlor_client_destroy(client));
}
