/* Takes a flood in through one of the doors and prints what it has cost from the second delivery on.
 * flood take|poll|thread URL EVENTS TICK_US full|lazy [keep every nth event] */
#include "bench.h"
#include <malloc.h>
#include <pthread.h>

static uint64_t expected, seen, bytes, text_bytes, first_delivery;
static int started;
static struct cost start;
static long keep_every, kept_bytes, in_use_at_start;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;

/* What the main thread has allocated in small pieces and not freed: the copies are such. The batches that go round are
 * the library's thread's, or large pieces. */
static long in_use(void) { return (long)mallinfo2().uordblks; }

/* What a host does at the least: it looks at the kind, the JSON and the text. */
static void look(const parlor_event *event) {
    switch (event->kind) {
    case PARLOR_EVENT_SENTENCE:
    case PARLOR_EVENT_MESSAGE:
    case PARLOR_EVENT_AI_STATE:
        seen++;
        bytes += event->json_len;
        text_bytes += event->text_len + (event->text[0] == 1);
        if (keep_every && seen % (uint64_t)keep_every == 0) {
            parlor_batch *copy = NULL;
            must(parlor_event_keep(event, &copy), "keep");
            kept_bytes += (long)(event->json_len + event->text_len);
        }
        return;
    case PARLOR_EVENT_DROPPED:
    case PARLOR_EVENT_GAP:
        die("events were lost");
        return;
    case PARLOR_EVENT_STATE:
        if (event->value >= PARLOR_STATE_RECONNECTING) {
            fprintf(stderr, "bench: %s\n", event->text);
            exit(1);
        }
        return;
    default:
        return;
    }
}

/* After each delivery: the first one that brought a part of the flood starts the clock and is not counted. */
static void delivered(void) {
    if (!started && seen > 0) {
        started = 1;
        first_delivery = seen;
        in_use_at_start = in_use();
        start = cost_now();
    }
}

static void on_event(const parlor_event *event, void *userdata) {
    look(event);
    if (userdata) { /* thread mode: nobody but this function knows of deliveries */
        delivered();
        if (seen == expected) {
            pthread_mutex_lock(&lock);
            pthread_cond_signal(&done);
            pthread_mutex_unlock(&lock);
        }
    }
}

static void take(parlor_client *client) {
    while (seen < expected) {
        parlor_batch *batch = NULL;
        const parlor_event *event = NULL;
        size_t count = 0, stride = 0;
        must(parlor_client_take(client, PARLOR_FOREVER, &batch), "take");
        must(parlor_batch_events(batch, &event, &count, &stride), "events");
        for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride)) look(event);
        must(parlor_batch_free(batch), "free");
        delivered();
    }
}

static void tick(parlor_client *client, long tick_us) {
    struct timespec pause = {.tv_sec = 0, .tv_nsec = tick_us * 1000};
    while (seen < expected) {
        nanosleep(&pause, NULL);
        must(parlor_client_poll(client, 0, 0, NULL), "poll");
        delivered();
    }
}

int main(int argc, char **argv) {
    if (argc < 6) die("usage: flood take|poll|thread URL EVENTS TICK_US full|lazy [KEEP_EVERY]");
    const char *mode = argv[1];
    int thread = strcmp(mode, "thread") == 0, pull = strcmp(mode, "take") == 0;
    expected = strtoull(argv[3], NULL, 10);
    keep_every = argc > 6 ? atol(argv[6]) : 0;
    parlor_options *options = options_for(argv[2]);
    must(parlor_options_set_i64(options, PARLOR_OPT_QUEUE_OVERFLOW, PARLOR_OVERFLOW_PAUSE), "option queue.overflow");
    must(parlor_options_set_i64(options, PARLOR_OPT_EVENTS_LAZY, strcmp(argv[5], "lazy") == 0), "option events.lazy");
    if (thread) must(parlor_options_set_i64(options, PARLOR_OPT_DELIVERY, PARLOR_DELIVERY_THREAD), "option delivery");
    parlor_client *client = NULL;
    must(parlor_client_new(options, pull ? NULL : on_event, thread ? &done : NULL, NULL, &client), "client");
    must(parlor_client_connect(client, 0, NULL), "connect");
    if (pull) {
        take(client);
    } else if (!thread) {
        tick(client, atol(argv[4]));
    } else {
        pthread_mutex_lock(&lock);
        while (seen < expected) pthread_cond_wait(&done, &lock);
        pthread_mutex_unlock(&lock);
    }
    if (keep_every) {
        printf("{\"kept\":%" PRIu64 ",\"payload\":%ld,\"growth\":%ld}\n", seen / (uint64_t)keep_every, kept_bytes,
               in_use() - in_use_at_start);
    } else {
        cost_print_since(start, seen - first_delivery, bytes, text_bytes);
    }
    /* Clients end when they are told to; the measurements are over by now. */
    must(parlor_client_destroy(client), "destroy");
    parlor_options_free(options);
    return 0;
}
