/* exit URL MODE: leaves without a word while a connection is busy. The first letter of MODE is the way of delivery: take,
 * poll, thread or wake; the second is how it leaves: by the end of main(), or by exit(). */
#include "net.h"

#include <fcntl.h>
#include <poll.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t heard = PTHREAD_COND_INITIALIZER;
static int sentences;

static void on_event(const parlor_event *event, void *userdata)
{
    (void)userdata;
    if (event->kind != PARLOR_EVENT_SENTENCE) return;
    pthread_mutex_lock(&lock);
    sentences++;
    pthread_cond_signal(&heard);
    pthread_mutex_unlock(&lock);
}

static void read_batch(parlor_batch *batch)
{
    const parlor_event *event;
    size_t count, stride;
    OK(parlor_batch_events(batch, &event, &count, &stride));
    for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride)) on_event(event, NULL);
    OK(parlor_batch_free(batch));
}

static void *taker(void *client)
{
    parlor_batch *batch = NULL;
    while (parlor_client_take((parlor_client *)client, PARLOR_FOREVER, &batch) == PARLOR_OK) read_batch(batch);
    return NULL;
}

static void *poller(void *client)
{
    for (;;) parlor_client_poll((parlor_client *)client, 0, 0, NULL);
    return NULL;
}

static void *waker(void *client)
{
    int ends[2];
    char waste[64];
    parlor_batch *batch = NULL;
    CHECK(pipe2(ends, O_NONBLOCK) == 0);
    OK(parlor_client_set_wake_fd((parlor_client *)client, ends[1], "!", 1));
    struct pollfd wait = {ends[0], POLLIN, 0};
    for (;;) {
        poll(&wait, 1, 10);
        while (read(ends[0], waste, sizeof waste) > 0) continue;
        while (parlor_client_take((parlor_client *)client, 0, &batch) == PARLOR_OK) read_batch(batch);
    }
    return NULL;
}

static void *talker(void *client)
{
    for (;;) parlor_client_say((parlor_client *)client, "And so on.", PARLOR_STRLEN, NULL, 0, 0, NULL);
    return NULL;
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    const char *mode = argv[2];
    int64_t delivery = mode[0] == 't' ? PARLOR_DELIVERY_THREAD : PARLOR_DELIVERY_QUEUE;
    int takes = mode[0] == 'q' || mode[0] == 'w';
    parlor_client *client = client_for(argv[1], delivery, takes ? NULL : on_event, NULL);
    pthread_t thread;
    if (mode[0] == 'q') CHECK(pthread_create(&thread, NULL, taker, client) == 0);
    if (mode[0] == 'p') CHECK(pthread_create(&thread, NULL, poller, client) == 0);
    if (mode[0] == 'w') CHECK(pthread_create(&thread, NULL, waker, client) == 0);
    CHECK(pthread_create(&thread, NULL, talker, client) == 0);
    pthread_mutex_lock(&lock);
    while (sentences < 20) pthread_cond_wait(&heard, &lock);
    pthread_mutex_unlock(&lock);
    say("busy");
    if (mode[1] == 'e') exit(0);
    return 0;
}
