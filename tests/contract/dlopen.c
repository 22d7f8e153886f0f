/* Load, use, shut down, unload, twenty times: no thread and no descriptor stays behind. */
#define CHECK_NO_MAIN 1
#include "check.h"
#include <dirent.h>
#include <dlfcn.h>

/* This program is not linked with the library, so check.h may not call it either. */
typedef parlor_status (*new_options)(parlor_options **);
typedef parlor_status (*set_str)(parlor_options *, int32_t, const char *, size_t);
typedef parlor_status (*free_options)(parlor_options *);
typedef parlor_status (*new_client)(const parlor_options *, parlor_event_fn, void *, parlor_free_fn, parlor_client **);
typedef parlor_status (*connect_client)(parlor_client *, uint64_t, uint64_t *);
typedef parlor_status (*take_batch)(parlor_client *, uint32_t, parlor_batch **);
typedef parlor_status (*free_batch)(parlor_batch *);
typedef parlor_status (*shut_down)(uint32_t);

#undef CHECK
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

static void run(void)
{
    const char *path = getenv("PARLOR_LIBRARY");
    CHECK(path != NULL);
    int descriptors = 0, threads = 0;
    for (int i = 0; i < 20; i++) {
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) fprintf(stderr, "%s\n", dlerror());
        CHECK(library != NULL);
        new_options options_new;
        set_str options_set_str;
        free_options options_free;
        new_client client_new;
        connect_client client_connect;
        take_batch client_take;
        free_batch batch_free;
        shut_down shutdown_all;
        look_up("parlor_options_new", (void *)&options_new);
        look_up("parlor_options_set_str", (void *)&options_set_str);
        look_up("parlor_options_free", (void *)&options_free);
        look_up("parlor_client_new", (void *)&client_new);
        look_up("parlor_client_connect", (void *)&client_connect);
        look_up("parlor_client_take", (void *)&client_take);
        look_up("parlor_batch_free", (void *)&batch_free);
        look_up("parlor_shutdown", (void *)&shutdown_all);
        parlor_options *options = NULL;
        parlor_client *client = NULL;
        parlor_batch *batch = NULL;
        CHECK(options_new(&options) == PARLOR_OK);
        CHECK(options_set_str(options, PARLOR_OPT_PROTOCOL, "testkit", 7) == PARLOR_OK);
        CHECK(client_new(options, NULL, NULL, NULL, &client) == PARLOR_OK);
        CHECK(options_free(options) == PARLOR_OK);
        CHECK(client_connect(client, 0, NULL) == PARLOR_OK);
        CHECK(client_take(client, PATIENCE_MS, &batch) == PARLOR_OK);
        CHECK(batch_free(batch) == PARLOR_OK);
        CHECK(shutdown_all(10000) == PARLOR_OK);
        CHECK(dlclose(library) == 0);
        if (i == 0) {
            descriptors = entries("/proc/self/fd");
            threads = entries("/proc/self/task");
        }
        CHECK(entries("/proc/self/fd") == descriptors);
        CHECK(entries("/proc/self/task") == threads);
    }
}

int main(void)
{
    alarm(60);
    run();
    puts("passed");
    return 0;
}
