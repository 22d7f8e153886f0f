/* Destroying from another thread waits for the callback that runs, and none runs afterwards. */
#include "check.h"

static gate inside = GATE_INIT, leave = GATE_INIT, destroyed = GATE_INIT;
static int calls, running, freed;

static void slow(const parlor_event *event, void *userdata)
{
    (void)event;
    (void)userdata;
    __atomic_store_n(&running, 1, __ATOMIC_SEQ_CST);
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) == 1) {
        gate_open(&inside);
        gate_wait(&leave, 1);
        /* The destroying thread has had its chance to run ahead. */
        for (int i = 0; i < 20 && gate_count(&destroyed) == 0; i++) {
            struct timespec pause = { 0, 1000000 };
            nanosleep(&pause, NULL);
        }
        CHECK(gate_count(&destroyed) == 0);
    }
    __atomic_store_n(&running, 0, __ATOMIC_SEQ_CST);
}

static void note_freed(void *userdata)
{
    (void)userdata;
    CHECK(!__atomic_load_n(&running, __ATOMIC_SEQ_CST));
    freed++;
}

static void *destroyer(void *client)
{
    OK(parlor_client_destroy((parlor_client *)client));
    CHECK(!__atomic_load_n(&running, __ATOMIC_SEQ_CST));
    CHECK(freed == 1);
    gate_open(&destroyed);
    return NULL;
}

static void run(void)
{
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_THREAD, slow, NULL, note_freed);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "emit", "{\"count\":1000}", 1));
    gate_wait(&inside, 1);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, destroyer, client) == 0);
    gate_open(&leave);
    gate_wait(&destroyed, 1);
    int after = __atomic_load_n(&calls, __ATOMIC_SEQ_CST);
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_destroy(client));
    pthread_join(thread, NULL);
    check_nothing_left();
    CHECK(__atomic_load_n(&calls, __ATOMIC_SEQ_CST) == after);
}
