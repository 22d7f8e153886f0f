/* Every accepted request ends in exactly one REQUEST_DONE: many threads, answers now, later and never, and a close that
 * comes in between. */
#include "check.h"

enum { THREADS = 8, EACH = 250, ALL = THREADS * EACH };

static parlor_client *client;
static int accepted[ALL], ended[ALL];
static gate go = GATE_INIT;

static void *actor(void *argument)
{
    int which = *(int *)argument;
    uint64_t random = check_seed + (uint64_t)which;
    gate_wait(&go, 1);
    for (int i = 0; i < EACH; i++) {
        int at = which * EACH + i;
        uint64_t tag = (uint64_t)at + 1;
        uint64_t request = 0;
        parlor_status status = PARLOR_OK;
        switch (random_next(&random) % 5) {
        case 0: status = parlor_client_say(client, "x", 1, NULL, 0, tag, &request); break;
        case 1: status = parlor_client_call(client, "later", 5, "{\"ms\":2}", 8, tag, &request); break;
        case 2: status = parlor_client_call(client, "hold", 4, NULL, 0, tag, &request); break;
        case 3:
            status = parlor_client_call(client, "hold", 4, NULL, 0, tag, &request);
            if (status == PARLOR_OK) OK(parlor_client_cancel(client, request));
            break;
        default: status = parlor_client_call(client, "fail", 4, "{\"status\":-404}", 15, tag, &request); break;
        }
        CHECK(status == PARLOR_OK || status == PARLOR_ERR_QUEUE_FULL);
        if (status == PARLOR_OK) {
            CHECK(request != 0);
            accepted[at] = 1;
        }
    }
    return NULL;
}

static void round_of(int close_in_between)
{
    memset(accepted, 0, sizeof accepted);
    memset(ended, 0, sizeof ended);
    go.count = 0;
    parlor_options *options = testkit_options("testkit:", PARLOR_DELIVERY_QUEUE);
    OK(parlor_options_set_i64(options, PARLOR_OPT_REQUEST_MAX_PENDING, 500));
    OK(parlor_options_set_i64(options, PARLOR_OPT_QUEUE_MAX_EVENTS, 100000));
    OK(parlor_client_new(options, NULL, NULL, NULL, &client));
    OK(parlor_options_free(options));
    OK(parlor_client_connect(client, 0, NULL));
    pthread_t threads[THREADS];
    int which[THREADS];
    for (int i = 0; i < THREADS; i++) {
        which[i] = i;
        CHECK(pthread_create(&threads[i], NULL, actor, &which[i]) == 0);
    }
    gate_open(&go);
    if (close_in_between) OK(parlor_client_close(client, 999999, NULL));
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    OK(parlor_client_close(client, 1000000, NULL));
    reader r = reader_of(client);
    for (;;) {
        const parlor_event *event = reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 0);
        if (event->tag == 1000000) break;
        if (event->tag >= 1 && event->tag <= ALL) ended[event->tag - 1]++;
    }
    /* Whatever is told after the close ended is told twice, or too late. */
    while (reader_next(&r, 50) != NULL) {
    }
    reader_close(&r);
    int all = 0;
    for (int i = 0; i < ALL; i++) {
        if (accepted[i] != ended[i]) fprintf(stderr, "tag %d: accepted %d, ended %d\n", i + 1, accepted[i], ended[i]);
        CHECK(accepted[i] == ended[i]);
        all += accepted[i];
    }
    CHECK(all > 0);
    OK(parlor_client_destroy(client));
}

static void run(void)
{
    for (int i = 0; i < 10; i++) round_of(i & 1);
}
