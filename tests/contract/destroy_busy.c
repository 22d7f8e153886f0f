/* Destroying at the worst moments: while connecting, while waiting to retry, with a thousand requests pending, while
 * somebody waits for events, and from many threads at once. It is quick every time. */
#include "check.h"

static void quickly(parlor_client *client, const char *what)
{
    uint64_t begin = now_ms();
    OK(parlor_client_destroy(client));
    uint64_t took = now_ms() - begin;
    if (took > 1000) fprintf(stderr, "%s: destroy took %llu ms\n", what, (unsigned long long)took);
    CHECK(took <= 1000);
}

static void *taker(void *client)
{
    parlor_batch *batch = NULL;
    parlor_status status = parlor_client_take((parlor_client *)client, PARLOR_FOREVER, &batch);
    CHECK(status == PARLOR_ERR_BAD_HANDLE);
    CHECK(batch == NULL);
    return NULL;
}

static gate go = GATE_INIT;
static int won;

static void *racer(void *client)
{
    gate_wait(&go, 1);
    parlor_status status = parlor_client_destroy((parlor_client *)client);
    CHECK(status == PARLOR_OK || status == PARLOR_ERR_BAD_HANDLE);
    if (status == PARLOR_OK) __atomic_add_fetch(&won, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void run(void)
{
    const char *urls[] = { "testkit:stall", "testkit:retry", "testkit:connected", "testkit:", "testkit:give_up" };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        parlor_client *client = testkit_client(urls[i], PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
        OK(parlor_client_connect(client, 0, NULL));
        quickly(client, "at once");
        client = testkit_client(urls[i], PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
        OK(parlor_client_connect(client, 0, NULL));
        reader r = reader_of(client);
        reader_until(&r, PARLOR_EVENT_STATE, 0);
        reader_close(&r);
        quickly(client, urls[i]);
    }

    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    for (int i = 0; i < 1000; i++) OK(call(client, "hold", "{}", 1));
    quickly(client, "a thousand pending");

    client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    pthread_t threads[8];
    for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, taker, client) == 0);
    quickly(client, "while events are waited for");
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);

    for (int round = 0; round < 50; round++) {
        client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
        go.count = 0;
        won = 0;
        for (int i = 0; i < 8; i++) CHECK(pthread_create(&threads[i], NULL, racer, client) == 0);
        gate_open(&go);
        for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
        CHECK(won == 1);
    }
}
