/* reload LIBRARY URL: loads the library, holds a connection, shuts down and unloads, twenty times. No thread and no
 * descriptor stays behind. This program is not linked with the library. */
#define _GNU_SOURCE 1
#include <parlor.h>

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                                                              \
    do {                                                                                                              \
        if (!(condition)) {                                                                                           \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                           \
            _exit(1);                                                                                                 \
        }                                                                                                             \
    } while (0)

static void *library;

/* ISO C has no way from a data pointer to a function pointer, so the bits are copied. */
static void look_up(const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    CHECK(symbol != NULL);
    memcpy(function, &symbol, sizeof symbol);
}

static int entries(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    CHECK(folder != NULL);
    while (readdir(folder) != NULL) count++;
    closedir(folder);
    return count;
}

static void hold_a_connection(const char *url)
{
    parlor_status (*options_new)(parlor_options **);
    parlor_status (*set_str)(parlor_options *, int32_t, const char *, size_t);
    parlor_status (*options_free)(parlor_options *);
    parlor_status (*client_new)(const parlor_options *, parlor_event_fn, void *, parlor_free_fn, parlor_client **);
    parlor_status (*client_connect)(parlor_client *, uint64_t, uint64_t *);
    parlor_status (*get_state)(const parlor_client *, int32_t *);
    parlor_status (*take)(parlor_client *, uint32_t, parlor_batch **);
    parlor_status (*batch_free)(parlor_batch *);
    parlor_status (*shut_down)(uint32_t);
    look_up("parlor_options_new", (void *)&options_new);
    look_up("parlor_options_set_str", (void *)&set_str);
    look_up("parlor_options_free", (void *)&options_free);
    look_up("parlor_client_new", (void *)&client_new);
    look_up("parlor_client_connect", (void *)&client_connect);
    look_up("parlor_client_get_state", (void *)&get_state);
    look_up("parlor_client_take", (void *)&take);
    look_up("parlor_batch_free", (void *)&batch_free);
    look_up("parlor_shutdown", (void *)&shut_down);
    parlor_options *options = NULL;
    parlor_client *client = NULL;
    int32_t state = 0;
    CHECK(options_new(&options) == PARLOR_OK);
    CHECK(set_str(options, PARLOR_OPT_URL, url, PARLOR_STRLEN) == PARLOR_OK);
    CHECK(set_str(options, PARLOR_OPT_PROXY, "none", PARLOR_STRLEN) == PARLOR_OK);
    CHECK(client_new(options, NULL, NULL, NULL, &client) == PARLOR_OK);
    CHECK(options_free(options) == PARLOR_OK);
    CHECK(client_connect(client, 0, NULL) == PARLOR_OK);
    while (state != PARLOR_STATE_READY) {
        parlor_batch *batch = NULL;
        CHECK(take(client, 10000, &batch) == PARLOR_OK);
        CHECK(batch_free(batch) == PARLOR_OK);
        CHECK(get_state(client, &state) == PARLOR_OK);
    }
    CHECK(shut_down(10000) == PARLOR_OK);
}

int main(int argc, char **argv)
{
    int descriptors = 0, threads = 0;
    CHECK(argc == 3);
    for (int i = 0; i < 20; i++) {
        library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) fprintf(stderr, "%s\n", dlerror());
        CHECK(library != NULL);
        hold_a_connection(argv[2]);
        CHECK(dlclose(library) == 0);
        if (i == 0) {
            descriptors = entries("/proc/self/fd");
            threads = entries("/proc/self/task");
        }
        CHECK(entries("/proc/self/fd") == descriptors);
        CHECK(entries("/proc/self/task") == threads);
    }
    puts("passed");
    return 0;
}
