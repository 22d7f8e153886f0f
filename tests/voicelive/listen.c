/* A host whose sound device pulls what is spoken: ten milliseconds every ten milliseconds, on a thread of its own.
 *
 *   listen URL interrupt|voice|cut MS
 *
 * Lets the service speak, and when so many milliseconds were heard interrupts it, speaks itself, or says so, for somebody
 * to cut the link. What comes out of the device is counted sample by sample. */
#define _POSIX_C_SOURCE 200809L

#include <parlor.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 48000, FRAMES = RATE / 100 };

static parlor_client *client;
static parlor_audio *audio;
static atomic_ullong heard; /* frames of speech that came out */
static atomic_int over;

static void check(int good, const char *what)
{
    char why[512] = "";
    if (good) return;
    parlor_last_error(why, sizeof why, NULL);
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void *device(void *unused)
{
    static float frames[FRAMES];
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (!over) {
        uint32_t count = 0;
        check(parlor_audio_read(audio, frames, FRAMES, &count) == PARLOR_OK, "read");
        heard += count;
        next.tv_nsec += 10000000;
        if (next.tv_nsec >= 1000000000) next.tv_nsec -= 1000000000, next.tv_sec++;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    return unused;
}

static unsigned long long heard_ms(void) { return heard * 1000 / RATE; }

static void say(const char *text)
{
    check(parlor_client_say(client, text, PARLOR_STRLEN, NULL, 0, 0, NULL) == PARLOR_OK, "say");
}

static void speak(void)
{
    static short loud[2400];
    for (size_t at = 0; at < 2400; at++) loud[at] = at % 48 < 24 ? 8000 : -8000;
    check(parlor_client_send_audio(client, loud, sizeof loud) == PARLOR_OK, "send_audio");
}

int main(int argc, char **argv)
{
    check(argc == 4, "usage: listen URL interrupt|voice|cut MS");
    const char *mode = argv[2];
    unsigned long long after = strtoull(argv[3], NULL, 10), at_cut = 0;
    int asked = 0, done = 0, cut = 0, again = 0;
    pthread_t thread;
    parlor_options *options = NULL;
    check(parlor_options_new(&options) == PARLOR_OK, "options");
    parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "voicelive", PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_URL, argv[1], PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_VOICELIVE_MODEL, "gpt-realtime", PARLOR_STRLEN);
    /* The speech itself is for the device alone. */
    parlor_options_set_str(options, PARLOR_OPT_EVENTS_KINDS, "all,-AUDIO,-FRAME", PARLOR_STRLEN);
    parlor_options_set_i64(options, PARLOR_OPT_RETRY_INITIAL_MS, 5);
    check(parlor_client_new(options, NULL, NULL, NULL, &client) == PARLOR_OK, "client");
    parlor_options_free(options);
    check(parlor_audio_open(client, RATE, 1, &audio) == PARLOR_OK, "audio");
    check(pthread_create(&thread, NULL, device, NULL) == 0, "thread");
    check(parlor_client_connect(client, 0, NULL) == PARLOR_OK, "connect");

    while (!over) {
        parlor_batch *batch = NULL;
        const parlor_event *event;
        size_t count = 0, stride = 0;
        parlor_status taken = parlor_client_take(client, 5, &batch);
        check(taken == PARLOR_OK || taken == PARLOR_TIMED_OUT, "take");
        if (batch) parlor_batch_events(batch, &event, &count, &stride);
        for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride)) {
            if (event->kind == PARLOR_EVENT_AUDIO) check(0, "an AUDIO event that nobody wants");
            if (event->kind == PARLOR_EVENT_STATE && event->value == PARLOR_STATE_READY) {
                if (!cut) say("Sing.");
                else if (!strcmp(mode, "cut")) {
                    /* Whatever was left of the old reply would be heard by now. */
                    printf("old %llu\n", (heard - at_cut) * 1000 / RATE);
                    again = 1;
                    say("Again.");
                }
            }
            if (event->kind == PARLOR_EVENT_STATE && event->value == PARLOR_STATE_RECONNECTING && !cut) {
                cut = 1;
                at_cut = heard;
            }
            if (event->kind == PARLOR_EVENT_AUDIO_ENDED && event->name_len > 0 && !again) {
                printf("heard %llu told %lld\n", heard_ms(), (long long)event->value);
                if (strcmp(mode, "cut")) done = 1;
            }
            if (event->kind == PARLOR_EVENT_REPLY_ENDED && event->status == PARLOR_OK && !asked) printf("all said\n");
            if (event->kind == PARLOR_EVENT_REPLY_ENDED && event->status == PARLOR_OK && again) done = 1;
            fflush(stdout);
        }
        if (batch) parlor_batch_free(batch);
        if (!asked && heard_ms() >= after) {
            asked = 1;
            if (!strcmp(mode, "interrupt")) check(parlor_client_interrupt(client, NULL, 0, 0, NULL) == PARLOR_OK, "interrupt");
            if (!strcmp(mode, "voice")) speak();
            if (!strcmp(mode, "cut")) printf("cut now\n"), fflush(stdout);
        }
        if (done) {
            uint64_t waiting = 1;
            check(parlor_audio_counter(audio, PARLOR_AUDIO_WAITING, &waiting) == PARLOR_OK, "counter");
            /* The four words of the second reply; a device that is told of them first hears them a little later. */
            if (!again || (waiting == 0 && heard - at_cut >= RATE * 4 / 10)) over = 1;
        }
    }
    pthread_join(thread, NULL);
    printf("end %llu\n", heard_ms());
    parlor_audio_close(audio);
    return parlor_client_destroy(client) != PARLOR_OK;
}
