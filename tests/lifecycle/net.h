/* net.h - what the programs of this folder share: CHECK, a client of a gateway, and waiting for events. */
#ifndef NET_H
#define NET_H

#define _GNU_SOURCE 1
#include <parlor.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define PATIENCE_MS 10000u

#define CHECK(condition)                                                                                              \
    do {                                                                                                              \
        if (!(condition)) {                                                                                           \
            char why[512] = "";                                                                                       \
            parlor_last_error(why, sizeof why, NULL);                                                                 \
            fprintf(stderr, "%s:%d: %s\n  last error: %s\n", __FILE__, __LINE__, #condition, why);                     \
            _exit(1);                                                                                                 \
        }                                                                                                             \
    } while (0)

#define OK(call) CHECK((call) == PARLOR_OK)

static UNUSED long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Tells the test that has started this program how far it is. */
static UNUSED void say(const char *line)
{
    puts(line);
    fflush(stdout);
}

static UNUSED parlor_options *options_for(const char *url, int64_t delivery)
{
    parlor_options *options = NULL;
    OK(parlor_options_new(&options));
    OK(parlor_options_set_str(options, PARLOR_OPT_URL, url, PARLOR_STRLEN));
    OK(parlor_options_set_str(options, PARLOR_OPT_PROXY, "none", PARLOR_STRLEN));
    OK(parlor_options_set_i64(options, PARLOR_OPT_DELIVERY, delivery));
    OK(parlor_options_set_i64(options, PARLOR_OPT_RETRY_INITIAL_MS, 20));
    OK(parlor_options_set_i64(options, PARLOR_OPT_RETRY_MAX_MS, 50));
    return options;
}

static UNUSED parlor_client *client_for(const char *url, int64_t delivery, parlor_event_fn on_event, void *userdata)
{
    parlor_client *client = NULL;
    parlor_options *options = options_for(url, delivery);
    OK(parlor_client_new(options, on_event, userdata, NULL, &client));
    OK(parlor_options_free(options));
    OK(parlor_client_connect(client, 0, NULL));
    return client;
}

/* Takes events until one of this kind and value comes; a value of -1 stands for any. */
static UNUSED void wait_for(parlor_client *client, int32_t kind, int64_t value)
{
    long long until = now_ms() + PATIENCE_MS;
    for (;;) {
        parlor_batch *batch = NULL;
        const parlor_event *event;
        size_t count, stride;
        int found = 0;
        CHECK(now_ms() < until);
        parlor_status status = parlor_client_take(client, PATIENCE_MS, &batch);
        CHECK(status == PARLOR_OK);
        OK(parlor_batch_events(batch, &event, &count, &stride));
        for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride))
            found |= event->kind == kind && (value < 0 || event->value == value);
        OK(parlor_batch_free(batch));
        if (found) return;
    }
}

static UNUSED void wait_until_ready(parlor_client *client)
{
    wait_for(client, PARLOR_EVENT_STATE, PARLOR_STATE_READY);
}

static UNUSED uint64_t counter(int32_t which)
{
    uint64_t value = 0;
    OK(parlor_counter(which, &value));
    return value;
}

static UNUSED void check_nothing_left(void)
{
    OK(parlor_shutdown(PATIENCE_MS));
    CHECK(counter(PARLOR_COUNTER_LIVE_CLIENTS) == 0);
    CHECK(counter(PARLOR_COUNTER_LIVE_BATCHES) == 0);
    CHECK(counter(PARLOR_COUNTER_LIVE_THREADS) == 0);
}

#endif
