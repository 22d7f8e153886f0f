/* How long the first steps of a process take: cold LIBRARY URL. Nothing of the library is linked in. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parlor.h"

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static long resident(void) {
    long pages = 0, ignored = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%ld %ld", &ignored, &pages) != 2) return 0;
    fclose(statm);
    return pages * sysconf(_SC_PAGESIZE);
}

static void *library;

static void find(const char *name, void *function) {
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "cold: %s\n", dlerror());
        exit(1);
    }
    memcpy(function, &found, sizeof found);
}

static void must(parlor_status status, const char *what) {
    if (status < 0) {
        fprintf(stderr, "cold: %s: %d\n", what, (int)status);
        exit(1);
    }
}

int main(int argc, char **argv) {
    parlor_status (*options_new)(parlor_options **);
    parlor_status (*set_str)(parlor_options *, int32_t, const char *, size_t);
    parlor_status (*client_new)(const parlor_options *, parlor_event_fn, void *, parlor_free_fn, parlor_client **);
    parlor_status (*client_connect)(parlor_client *, uint64_t, uint64_t *);
    parlor_status (*get_state)(const parlor_client *, int32_t *);
    parlor_status (*take)(parlor_client *, uint32_t, parlor_batch **);
    parlor_status (*batch_free)(parlor_batch *);
    parlor_options *options = NULL;
    parlor_client *client = NULL;
    const char *ca = getenv("BENCH_CA");

    if (argc != 3) return 2;
    double began = now_us();
    library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    double opened = now_us();
    if (!library) {
        fprintf(stderr, "cold: %s\n", dlerror());
        return 1;
    }
    find("parlor_options_new", &options_new);
    find("parlor_options_set_str", &set_str);
    find("parlor_client_new", &client_new);
    find("parlor_client_connect", &client_connect);
    find("parlor_client_get_state", &get_state);
    find("parlor_client_take", &take);
    find("parlor_batch_free", &batch_free);
    must(options_new(&options), "options");
    must(set_str(options, PARLOR_OPT_URL, argv[2], strlen(argv[2])), "url");
    if (ca) must(set_str(options, PARLOR_OPT_TLS_CA_FILE, ca, strlen(ca)), "tls.ca_file");
    double creating = now_us();
    must(client_new(options, NULL, NULL, NULL, &client), "client");
    double created = now_us();
    must(client_connect(client, 0, NULL), "connect");
    int32_t state = PARLOR_STATE_CLOSED;
    /* From the call to the state in which the service has accepted the client, subscribed and sent its snapshot. */
    while (state != PARLOR_STATE_CONNECTED && state != PARLOR_STATE_READY) {
        parlor_batch *batch = NULL;
        must(take(client, 5000, &batch), "take");
        must(batch_free(batch), "free");
        must(get_state(client, &state), "state");
        if (state >= PARLOR_STATE_RECONNECTING) return 1;
    }
    double connected = now_us();
    printf("{\"dlopen_us\":%.0f,\"create_us\":%.0f,\"connect_us\":%.0f,\"rss\":%ld}\n", opened - began,
           created - creating, connected - created, resident());
    fflush(stdout);
    _exit(0);
}
