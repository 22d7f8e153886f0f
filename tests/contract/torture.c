/* Eight threads call whatever they like on whatever handle they find: make, destroy, poll, take, say, keep, free. The
 * seed is printed. PARLOR_TORTURE_CALLBACKS sets how many events must have been delivered; 20,000 unless set, and for at
 * least PARLOR_TORTURE_SECONDS (3). */
#include "check.h"

enum { THREADS = 8, CLIENTS = 16, BATCHES = 32 };

static parlor_client *clients[CLIENTS];
static parlor_batch *batches[BATCHES];
static uint64_t delivered, made, freed;
static int stop;

static void count_event(const parlor_event *event)
{
    CHECK(event->text[event->text_len] == 0 && event->json[event->json_len] == 0);
    __atomic_add_fetch(&delivered, 1, __ATOMIC_RELAXED);
}

static void on_event(const parlor_event *event, void *userdata)
{
    uint64_t *random = (uint64_t *)userdata;
    count_event(event);
    parlor_client *any = __atomic_load_n(&clients[event->sequence % CLIENTS], __ATOMIC_SEQ_CST);
    switch (random_next(random) % 64) {
    case 0: parlor_client_say(any, "inside", 6, NULL, 0, 1, NULL); break;
    case 1: parlor_client_network_changed(any); break;
    case 2: {
        parlor_batch *kept = NULL;
        OK(parlor_event_keep(event, &kept));
        OK(parlor_batch_free(kept));
        break;
    }
    case 3: IS(PARLOR_ERR_WOULD_DEADLOCK, parlor_shutdown(0)); break;
    default: break;
    }
}

static void on_free(void *userdata)
{
    free(userdata);
    __atomic_add_fetch(&freed, 1, __ATOMIC_SEQ_CST);
}

static void make(uint64_t *random)
{
    uint64_t *seed = (uint64_t *)malloc(sizeof *seed);
    CHECK(seed != NULL);
    *seed = random_next(random);
    int thread = random_next(random) % 3 == 0;
    const char *urls[] = { "testkit:", "testkit:", "testkit:", "testkit:retry", "testkit:stall" };
    parlor_options *options =
        testkit_options(urls[random_next(random) % 5], thread ? PARLOR_DELIVERY_THREAD : PARLOR_DELIVERY_QUEUE);
    if (random_next(random) % 2) OK(parlor_options_set_i64(options, PARLOR_OPT_QUEUE_MAX_EVENTS, 32));
    OK(parlor_options_set_i64(options, PARLOR_OPT_RETRY_INITIAL_MS, 1));
    parlor_client *client = NULL;
    OK(parlor_client_new(options, on_event, seed, on_free, &client));
    OK(parlor_options_free(options));
    __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST);
    parlor_client_connect(client, 0, NULL);
    parlor_client *old = __atomic_exchange_n(&clients[random_next(random) % CLIENTS], client, __ATOMIC_SEQ_CST);
    if (old) {
        parlor_status status = parlor_client_destroy(old);
        CHECK(status == PARLOR_OK || status == PARLOR_ERR_BAD_HANDLE);
    }
}

static void take(parlor_client *client, uint64_t *random)
{
    parlor_batch *batch = NULL;
    if (parlor_client_take(client, (uint32_t)(random_next(random) % 3), &batch) != PARLOR_OK) return;
    const parlor_event *event = NULL;
    size_t count = 0, stride = 0;
    OK(parlor_batch_events(batch, &event, &count, &stride));
    const char *at = (const char *)event;
    for (size_t i = 0; i < count; i++) count_event((const parlor_event *)(const void *)(at + i * stride));
    /* Some are kept for a while, and freed by another thread. */
    parlor_batch *old = __atomic_exchange_n(&batches[random_next(random) % BATCHES], batch, __ATOMIC_SEQ_CST);
    OK(parlor_batch_free(old));
}

static void *torturer(void *argument)
{
    uint64_t random = check_seed + 1000u * *(uint64_t *)argument;
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        parlor_client *client = __atomic_load_n(&clients[random_next(&random) % CLIENTS], __ATOMIC_SEQ_CST);
        char buffer[512];
        size_t length = 0;
        int32_t state = 0;
        switch (random_next(&random) % 40) {
        case 0: make(&random); break;
        case 1: {
            parlor_status status = parlor_client_destroy(client);
            CHECK(status == PARLOR_OK || status == PARLOR_ERR_BAD_HANDLE);
            break;
        }
        case 2: parlor_client_close(client, 1, NULL); break;
        case 3: parlor_client_connect(client, 2, NULL); break;
        case 4: parlor_client_mirror(client, buffer, sizeof buffer, &length); break;
        case 5: parlor_client_get_state(client, &state); break;
        case 6: parlor_client_cancel(client, random_next(&random) % 100); break;
        case 7: parlor_client_network_changed(client); break;
        case 8: parlor_client_send_audio(client, buffer, 64); break;
        case 9: call(client, "hold", "{}", 3); break;
        case 10: call(client, "later", "{\"ms\":1}", 4); break;
        case 11: call(client, "lost", "{\"how\":\"retry\"}", 5); break;
        case 12: call(client, "ready", "{\"ready\":true}", 6); break;
        case 13: parlor_client_set_wake_fd(client, -1, NULL, 0); break;
        case 14: parlor_client_destroy((parlor_client *)(uintptr_t)random_next(&random)); break;
        case 15: call(client, "emit", "{\"kind\":\"TEXT_DELTA\",\"count\":40,\"text\":\"d\"}", 7); break;
        case 16:
        case 17:
        case 18:
        case 19: parlor_client_say(client, "say", 3, NULL, 0, 8, NULL); break;
        case 20:
        case 21:
        case 22:
        case 23:
        case 24: call(client, "emit", "{\"count\":20,\"text\":\"text\",\"bytes\":16}", 9); break;
        case 25:
        case 26:
        case 27:
        case 28:
        case 29:
        case 30: take(client, &random); break;
        default: parlor_client_poll(client, (uint32_t)(random_next(&random) % 50), 500, NULL); break;
        }
    }
    return NULL;
}

static void run(void)
{
    const char *wanted_text = getenv("PARLOR_TORTURE_CALLBACKS"), *seconds_text = getenv("PARLOR_TORTURE_SECONDS");
    uint64_t wanted = wanted_text ? strtoull(wanted_text, NULL, 10) : 20000;
    uint64_t least_ms = 1000u * (seconds_text ? strtoull(seconds_text, NULL, 10) : 3u);
    pthread_t threads[THREADS];
    uint64_t which[THREADS];
    uint64_t random = check_seed;
    for (int i = 0; i < CLIENTS; i++) make(&random);
    for (uint64_t i = 0; i < THREADS; i++) {
        which[i] = i;
        CHECK(pthread_create(&threads[i], NULL, torturer, &which[i]) == 0);
    }
    uint64_t begin = now_ms();
    while (__atomic_load_n(&delivered, __ATOMIC_RELAXED) < wanted || now_ms() - begin < least_ms) {
        struct timespec pause = { 0, 10000000 };
        nanosleep(&pause, NULL);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < BATCHES; i++) OK(parlor_batch_free(batches[i]));
    for (int i = 0; i < CLIENTS; i++) {
        parlor_status status = parlor_client_destroy(clients[i]);
        CHECK(status == PARLOR_OK || status == PARLOR_ERR_BAD_HANDLE);
    }
    check_nothing_left();
    printf("%llu events, %llu clients in %llu ms\n", (unsigned long long)delivered, (unsigned long long)made,
           (unsigned long long)(now_ms() - begin));
    CHECK(made == freed);
}
