/* parlor_audio_read() on an audio thread: no memory, no lock, no call of the kernel, and it never waits for another thread.
 *
 * The first part counts. The second finds locks that a counter can not see: another thread is stopped in the middle of
 * whatever it does with the same handle, at a random point, where it may hold anything; the read must come back all the
 * same. */
#include "check.h"
#include "quiet.h"

#include <signal.h>
#include <sys/syscall.h>

enum { FRAMES = 480, READS = 2000 };

static volatile int stopped, go_on, over;
static parlor_audio *audio;
static parlor_client *client;

static void feed(int times)
{
    for (int at = 0; at < times; at++) {
        OK(call(client, "emit", "{\"kind\":\"AUDIO\",\"id\":\"a\",\"name\":\"pcm16\",\"value\":24000,\"bytes\":9600}", 1));
        if (at % 5 == 4) OK(call(client, "emit", "{\"kind\":\"AUDIO_ENDED\",\"id\":\"a\"}", 1));
    }
}

static void drain(void)
{
    parlor_batch *batch = NULL;
    parlor_status status = parlor_client_take(client, 0, &batch);
    CHECK(status == PARLOR_OK || status == PARLOR_TIMED_OUT);
    OK(parlor_batch_free(batch));
}

static void *counted(void *unused)
{
    static float frames[FRAMES * 2];
    uint32_t heard = 0;
    uint64_t all = 0;
    (void)unused;
    quiet_begin();
    for (int at = 0; at < READS; at++) {
        OK(parlor_audio_read(audio, frames, FRAMES, &heard));
        all += heard;
    }
    /* Mistakes are no reason to take anything either. */
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_audio_read(audio, NULL, FRAMES, &heard));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_audio_read(NULL, frames, FRAMES, &heard));
    quiet_end();
    printf("%d reads, %llu frames heard: %lu calls for memory, %lu for locks, %lu of the kernel\n", READS,
           (unsigned long long)all, quiet_memory, quiet_locks, quiet_kernel);
    CHECK(all > 0);
    CHECK(quiet_memory == 0 && quiet_locks == 0 && quiet_kernel == 0);
    return NULL;
}

static void stop_here(int number)
{
    int saved = errno;
    (void)number;
    stopped = 1;
    while (!go_on) { }
    stopped = 0;
    errno = saved;
}

/* Everything that is done with an open handle beside reading it. */
static void *busy(void *unused)
{
    char id[64];
    uint64_t value = 0;
    (void)unused;
    while (!over) {
        OK(parlor_audio_position(audio, &value, id, sizeof id, NULL));
        OK(parlor_audio_counter(audio, PARLOR_AUDIO_WAITING, &value));
        OK(parlor_audio_flush(audio));
        parlor_audio *none = NULL;
        IS(PARLOR_ERR_WRONG_STATE, parlor_audio_open(client, 0, 0, &none));
    }
    return NULL;
}

static void run(void)
{
    pthread_t thread;
    struct sigaction action;
    static float frames[FRAMES * 2];
    uint32_t heard = 0;

    /* The counters do count. */
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    quiet_begin();
    void *volatile memory = malloc(1);
    free(memory);
    pthread_mutex_lock(&mutex);
    syscall(SYS_gettid);
    quiet_end();
    pthread_mutex_unlock(&mutex);
    CHECK(quiet_memory == 2 && quiet_locks == 1 && quiet_kernel == 1);

    parlor_options *options = testkit_options("testkit:", PARLOR_DELIVERY_QUEUE);
    OK(parlor_options_set_str(options, PARLOR_OPT_EVENTS_KINDS, "STATE", PARLOR_STRLEN));
    OK(parlor_client_new(options, NULL, NULL, NULL, &client));
    OK(parlor_options_free(options));
    OK(parlor_client_connect(client, 0, NULL));
    OK(parlor_audio_open(client, 48000, 2, &audio));
    feed(100);
    uint64_t until = now_ms() + PATIENCE_MS, waiting = 0;
    while (waiting < 48000) {
        OK(parlor_audio_counter(audio, PARLOR_AUDIO_WAITING, &waiting));
        CHECK(now_ms() < until);
    }
    CHECK(pthread_create(&thread, NULL, counted, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    drain();

    memset(&action, 0, sizeof action);
    action.sa_handler = stop_here;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, busy, NULL) == 0);
    uint64_t random = check_seed, longest = 0;
    for (int at = 0; at < 500; at++) {
        for (uint64_t spin = random_next(&random) % 20000; spin > 0; spin--) __asm__ volatile("" ::: "memory");
        go_on = 0;
        CHECK(pthread_kill(thread, SIGUSR1) == 0);
        while (!stopped) { }
        uint64_t from = now_ms();
        for (int read = 0; read < 20; read++) OK(parlor_audio_read(audio, frames, FRAMES, &heard));
        if (now_ms() - from > longest) longest = now_ms() - from;
        go_on = 1;
        while (stopped) { }
        if (at % 50 == 0) feed(2);
    }
    over = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    printf("500 times beside a thread that was stopped at a random point: 20 reads took %llu ms at most\n",
           (unsigned long long)longest);
    OK(parlor_audio_close(audio));
    OK(parlor_client_destroy(client));
}
