/* The sequence goes up by one from event to event, in every way of delivery, and time never goes back. */
#include "check.h"

enum { COUNT = 3000 };

static uint64_t last, last_ns;
static int messages;
static gate done = GATE_INIT;

static void follow(const parlor_event *event, void *userdata)
{
    (void)userdata;
    if (event->sequence != last + 1) {
        fprintf(stderr, "%llu after %llu\n", (unsigned long long)event->sequence, (unsigned long long)last);
    }
    CHECK(event->sequence == last + 1);
    CHECK(event->monotonic_ns >= last_ns);
    last = event->sequence;
    last_ns = event->monotonic_ns;
    if (event->kind == PARLOR_EVENT_MESSAGE) CHECK(event->value == messages++ % 300);
    if (event->kind == PARLOR_EVENT_REQUEST_DONE && event->tag == 7) gate_open(&done);
}

static void start(parlor_client *client)
{
    last = 0;
    last_ns = 0;
    messages = 0;
    done.count = 0;
    OK(parlor_client_connect(client, 0, NULL));
    for (int i = 0; i < COUNT / 300; i++) OK(call(client, "emit", "{\"count\":300}", i == COUNT / 300 - 1 ? 7 : 1));
}

static void run(void)
{
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    start(client);
    reader r = reader_of(client);
    while (gate_count(&done) == 0) follow(reader_until(&r, 0, 0), NULL);
    reader_close(&r);
    CHECK(messages == COUNT);
    OK(parlor_client_destroy(client));

    client = testkit_client("testkit:", PARLOR_DELIVERY_THREAD, follow, NULL, NULL);
    start(client);
    gate_wait(&done, 1);
    CHECK(messages == COUNT);
    OK(parlor_client_destroy(client));

    /* Polls with small limits, and a take in between, continue where the one before stopped. */
    client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, follow, NULL, NULL);
    start(client);
    uint64_t random = check_seed;
    r = reader_of(client);
    while (gate_count(&done) == 0) {
        uint32_t count = 0, most = (uint32_t)(random_next(&random) % 20 + 1);
        OK(parlor_client_poll(client, most, 1000, &count));
        CHECK(count <= most);
        if (random_next(&random) % 10 == 0) {
            const parlor_event *event = reader_next(&r, 0);
            while (event != NULL) {
                follow(event, NULL);
                event = r.left > 0 ? reader_next(&r, 0) : NULL;
            }
            reader_close(&r);
        }
    }
    CHECK(messages == COUNT);
    OK(parlor_client_destroy(client));
}
