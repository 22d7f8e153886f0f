/* Handles that are stale, freed twice, of another type or of no type at all are errors, and nothing else happens. */
#include "check.h"

static void every_call_refuses(parlor_client *bad)
{
    parlor_batch *batch = (parlor_batch *)(uintptr_t)0x10;
    uint64_t request = 7;
    int32_t state = 7;
    uint32_t count = 7;
    size_t length = 7;
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_connect(bad, 1, &request));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_close(bad, 1, &request));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_get_state(bad, &state));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_mirror(bad, NULL, 0, &length));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_network_changed(bad));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_take(bad, 0, &batch));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_poll(bad, 0, 0, &count));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_set_wake_fd(bad, 1, "x", 1));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_cancel(bad, 1));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_say(bad, "x", 1, NULL, 0, 1, &request));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_send_audio(bad, "x", 1));
    IS(PARLOR_ERR_BAD_HANDLE, call(bad, "echo", "{}", 1));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_destroy(bad));
    CHECK(batch == NULL && request == 7 && state == 7 && count == 7);
}

static void run(void)
{
    parlor_options *options = testkit_options("testkit:", PARLOR_DELIVERY_QUEUE);
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    parlor_client *stale = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_destroy(stale));
    every_call_refuses(stale);

    /* A client that is made next must not be reached by the key of the one before. */
    parlor_client *next = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    CHECK(next != stale);
    every_call_refuses(stale);

    /* Keys of other types, pointers to memory, and random bits. */
    every_call_refuses((parlor_client *)(void *)options);
    every_call_refuses((parlor_client *)(void *)&options);
    uint64_t random = check_seed;
    for (int i = 0; i < 1000; i++) {
        parlor_client *bits = (parlor_client *)(uintptr_t)(random_next(&random) | 1u << 30);
        if (bits == client || bits == next) continue;
        IS(PARLOR_ERR_BAD_HANDLE, parlor_client_network_changed(bits));
        IS(PARLOR_ERR_BAD_HANDLE, parlor_client_destroy(bits));
    }
    IS(PARLOR_ERR_BAD_HANDLE, parlor_options_set_i64((parlor_options *)(void *)client, PARLOR_OPT_DELIVERY, 0));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_options_free((parlor_options *)(void *)client));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_batch_free((parlor_batch *)(void *)client));

    /* Twice is once too often. */
    OK(parlor_options_free(options));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_options_free(options));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_options_set_i64(options, PARLOR_OPT_DELIVERY, 0));
    OK(parlor_client_connect(client, 1, NULL));
    parlor_batch *batch = NULL;
    OK(parlor_client_take(client, PATIENCE_MS, &batch));
    OK(parlor_batch_free(batch));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_batch_free(batch));
    const parlor_event *events = NULL;
    size_t count = 0, stride = 0;
    IS(PARLOR_ERR_BAD_HANDLE, parlor_batch_events(batch, &events, &count, &stride));
    CHECK(events == NULL && count == 0 && stride == 0);

    OK(parlor_client_destroy(client));
    OK(parlor_client_destroy(next));
    every_call_refuses(next);
    OK(parlor_client_destroy(NULL));
    OK(parlor_options_free(NULL));
    OK(parlor_batch_free(NULL));
}
