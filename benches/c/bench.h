/* What the C programs of the benchmarks share: counts, a client, and an end that says why. */
#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE /* C++ compilers have it anyway */
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "parlor.h"

#define NAME_LEN(name) (name), sizeof(name) - 1

static void die(const char *what) {
    char text[512] = "";
    size_t len = 0;
    parlor_last_error(text, sizeof text, &len);
    fprintf(stderr, "bench: %s: %s\n", what, text);
    exit(1);
}

static void must(parlor_status status, const char *what) {
    if (status < 0) die(what);
}

static uint64_t clock_ns(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The counts at one moment. */
struct cost {
    uint64_t cpu_ns, wall_ns, allocations;
    long voluntary, involuntary;
};

static inline struct cost cost_now(void) {
    static uint64_t (*allocations)(void);
    static int looked;
    if (!looked) {
        void *found = dlsym(RTLD_DEFAULT, "bench_allocations");
        memcpy(&allocations, &found, sizeof found);
        looked = 1;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    struct cost cost = {
        .cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
        .wall_ns = clock_ns(CLOCK_MONOTONIC),
        .allocations = allocations ? allocations() : 0,
        .voluntary = usage.ru_nvcsw,
        .involuntary = usage.ru_nivcsw,
    };
    return cost;
}

static inline void cost_print_since(struct cost start, uint64_t events, uint64_t bytes, uint64_t text_bytes) {
    struct cost now = cost_now();
    printf("{\"events\":%" PRIu64 ",\"cpu_ns\":%" PRIu64 ",\"wall_ns\":%" PRIu64
           ",\"voluntary\":%ld,\"involuntary\":%ld,\"allocations\":%" PRIu64 ",\"bytes\":%" PRIu64
           ",\"text_bytes\":%" PRIu64 "}\n",
           events, now.cpu_ns - start.cpu_ns, now.wall_ns - start.wall_ns, now.voluntary - start.voluntary,
           now.involuntary - start.involuntary, now.allocations - start.allocations, bytes, text_bytes);
    fflush(stdout);
}

/* Resident memory of this process, in bytes. */
static inline long resident(void) {
    long pages = 0, ignored = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%ld %ld", &ignored, &pages) != 2) die("/proc/self/statm");
    fclose(statm);
    return pages * sysconf(_SC_PAGESIZE);
}

static inline parlor_options *options_for(const char *url) {
    parlor_options *options = NULL;
    must(parlor_options_new(&options), "options");
    must(parlor_options_set_str(options, PARLOR_OPT_URL, url, strlen(url)), "option url");
    const char *ca = getenv("BENCH_CA");
    if (ca) must(parlor_options_set_str(options, PARLOR_OPT_TLS_CA_FILE, ca, strlen(ca)), "option tls.ca_file");
    return options;
}

/* Takes events until the client has reached READY; anything that stands in the way ends the program. */
static inline void wait_ready(parlor_client *client) {
    uint64_t until = clock_ns(CLOCK_MONOTONIC) + 10u * 1000000000u;
    while (clock_ns(CLOCK_MONOTONIC) < until) {
        int32_t state = PARLOR_STATE_CLOSED;
        must(parlor_client_get_state(client, &state), "state");
        if (state == PARLOR_STATE_READY) return;
        parlor_batch *batch = NULL;
        const parlor_event *event = NULL;
        size_t count = 0, stride = 0;
        parlor_status status = parlor_client_take(client, 100, &batch);
        must(status, "take");
        if (status != PARLOR_OK) continue;
        must(parlor_batch_events(batch, &event, &count, &stride), "events");
        for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride)) {
            if (event->kind == PARLOR_EVENT_STATE && event->value >= PARLOR_STATE_RECONNECTING) {
                fprintf(stderr, "bench: %s\n", event->text);
                exit(1);
            }
        }
        must(parlor_batch_free(batch), "free");
    }
    die("the client was not ready within 10 s");
}

#endif
