/* check.h - all that a contract test needs: CHECK, a watchdog, a seed, a reader of events, and an epilogue that counts.
 *
 * A test defines `static void run(void)`. It has passed when run() returns and nothing of the library is left alive. */
#ifndef CHECK_H
#define CHECK_H

#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE 1
#endif

#include "parlor.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* The longest that anything here may take before it counts as hung. */
#define PATIENCE_MS 20000u

static void run(void);

static UNUSED void check_failed(const char *file, int line, const char *what)
{
    char text[512] = "";
    parlor_last_error(text, sizeof text, NULL);
    fprintf(stderr, "%s:%d: %s\n  last error: %s\n", file, line, what, text);
    fflush(stderr);
    _exit(1);
}

#define CHECK(condition)                                                                                              \
    do {                                                                                                              \
        if (!(condition)) check_failed(__FILE__, __LINE__, #condition);                                               \
    } while (0)

static UNUSED void check_status(parlor_status got, parlor_status wanted, const char *file, int line, const char *call)
{
    if (got == wanted) return;
    fprintf(stderr, "got %s, wanted %s\n", parlor_status_name(got), parlor_status_name(wanted));
    check_failed(file, line, call);
}

#define IS(wanted, call) check_status((call), (wanted), __FILE__, __LINE__, #call)
#define OK(call) IS(PARLOR_OK, call)

static UNUSED uint64_t counter(int32_t which)
{
    uint64_t value = 0;
    OK(parlor_counter(which, &value));
    return value;
}

/* Random numbers whose seed is printed, so that a failure can be had again: PARLOR_SEED=... */
static UNUSED uint64_t check_seed;

static UNUSED uint64_t random_next(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static UNUSED uint64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

/* A client of the protocol that needs no network. */
static UNUSED parlor_options *testkit_options(const char *url, int64_t delivery)
{
    parlor_options *options = NULL;
    OK(parlor_options_new(&options));
    OK(parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "testkit", PARLOR_STRLEN));
    OK(parlor_options_set_str(options, PARLOR_OPT_URL, url, PARLOR_STRLEN));
    OK(parlor_options_set_i64(options, PARLOR_OPT_DELIVERY, delivery));
    return options;
}

static UNUSED parlor_client *testkit_client(const char *url, int64_t delivery, parlor_event_fn on_event, void *userdata,
                                            parlor_free_fn free_userdata)
{
    parlor_options *options = testkit_options(url, delivery);
    parlor_client *client = NULL;
    OK(parlor_client_new(options, on_event, userdata, free_userdata, &client));
    OK(parlor_options_free(options));
    return client;
}

static UNUSED parlor_status call(parlor_client *client, const char *name, const char *json, uint64_t tag)
{
    return parlor_client_call(client, name, PARLOR_STRLEN, json, PARLOR_STRLEN, tag, NULL);
}

/* Reads events one by one out of batches. */
typedef struct reader {
    parlor_client *client;
    parlor_batch *batch;
    const char *at;
    size_t left, stride;
} reader;

static UNUSED reader reader_of(parlor_client *client)
{
    reader r;
    memset(&r, 0, sizeof r);
    r.client = client;
    return r;
}

static UNUSED void reader_close(reader *r)
{
    OK(parlor_batch_free(r->batch));
    r->batch = NULL;
    r->left = 0;
}

/* The next event, good until the next call; NULL when none came in time. */
static UNUSED const parlor_event *reader_next(reader *r, uint32_t timeout_ms)
{
    if (r->left == 0) {
        const parlor_event *first = NULL;
        reader_close(r);
        parlor_status status = parlor_client_take(r->client, timeout_ms, &r->batch);
        if (status == PARLOR_TIMED_OUT) return NULL;
        OK(status);
        OK(parlor_batch_events(r->batch, &first, &r->left, &r->stride));
        CHECK(r->left > 0);
        r->at = (const char *)first;
    }
    const parlor_event *event = (const parlor_event *)(const void *)r->at;
    r->at += r->stride;
    r->left--;
    return event;
}

/* The next event of a kind and tag; 0 stands for any. */
static UNUSED const parlor_event *reader_until(reader *r, int32_t kind, uint64_t tag)
{
    for (;;) {
        const parlor_event *event = reader_next(r, PATIENCE_MS);
        CHECK(event != NULL);
        if ((kind == 0 || event->kind == kind) && (tag == 0 || event->tag == tag)) return event;
    }
}

static UNUSED void reader_until_state(reader *r, int64_t state)
{
    while (reader_until(r, PARLOR_EVENT_STATE, 0)->value != state) {
    }
}

/* A gate: threads wait until it was opened. */
typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    int count;
} gate;

#define GATE_INIT { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

static UNUSED void gate_open(gate *g)
{
    pthread_mutex_lock(&g->mutex);
    g->count++;
    pthread_cond_broadcast(&g->opened);
    pthread_mutex_unlock(&g->mutex);
}

static UNUSED void gate_wait(gate *g, int count)
{
    pthread_mutex_lock(&g->mutex);
    while (g->count < count) pthread_cond_wait(&g->opened, &g->mutex);
    pthread_mutex_unlock(&g->mutex);
}

static UNUSED int gate_count(gate *g)
{
    pthread_mutex_lock(&g->mutex);
    int count = g->count;
    pthread_mutex_unlock(&g->mutex);
    return count;
}

/* Nothing is left: the counters of everything live are zero. */
static UNUSED void check_nothing_left(void)
{
    OK(parlor_shutdown(10000));
    CHECK(counter(PARLOR_COUNTER_LIVE_CLIENTS) == 0);
    CHECK(counter(PARLOR_COUNTER_LIVE_OPTIONS) == 0);
    CHECK(counter(PARLOR_COUNTER_LIVE_BATCHES) == 0);
    CHECK(counter(PARLOR_COUNTER_LIVE_AUDIO) == 0);
    CHECK(counter(PARLOR_COUNTER_LIVE_THREADS) == 0);
}

#if !defined(CHECK_NO_MAIN)
int main(void)
{
    const char *seed = getenv("PARLOR_SEED");
    const char *watchdog = getenv("PARLOR_WATCHDOG");
    check_seed = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;
    printf("seed %llu\n", (unsigned long long)check_seed);
    fflush(stdout);
    alarm(watchdog ? (unsigned)atoi(watchdog) : 120u);
    OK(parlor_check_abi(PARLOR_ABI_VERSION, PARLOR_VERSION_NUMBER));
    CHECK(parlor_features() & PARLOR_FEATURE_TESTKIT);
    run();
    check_nothing_left();
    puts("passed");
    return 0;
}
#endif

#endif
