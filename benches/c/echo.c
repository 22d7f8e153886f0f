/* A closed loop of pings, in microseconds at the median: echo raw PORT N | echo take|thread URL N */
#include "bench.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

static uint64_t *times;
static long rounds;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t over = PTHREAD_COND_INITIALIZER;

static int by_size(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void report(uint64_t cpu) {
    qsort(times, (size_t)rounds, sizeof *times, by_size);
    printf("{\"p50_us\":%.2f,\"p99_us\":%.2f,\"cpu_us\":%.2f}\n", (double)times[rounds / 2] / 1e3,
           (double)times[rounds * 99 / 100] / 1e3, (double)cpu / 1e3 / (double)rounds);
}

/* Writes a masked text frame; a mask of zeros is a mask. */
static size_t frame(char *out, const char *text) {
    size_t len = strlen(text);
    out[0] = (char)0x81;
    out[1] = (char)(0x80 | len);
    memset(out + 2, 0, 4);
    memcpy(out + 6, text, len);
    return len + 6;
}

static void raw(int port) {
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char in[65536], out[256];
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const char *hello = "GET /idle/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    if (write(fd, hello, strlen(hello)) < 0 || read(fd, in, sizeof in) <= 0) die("upgrade");
    size_t len = frame(out, "{\"type\":\"subscribe\",\"client_id\":\"raw\"}");
    if (write(fd, out, len) < 0 || read(fd, in, sizeof in) <= 0) die("subscribe");
    len = frame(out, "{\"type\":\"ping\"}");
    uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < rounds; i++) {
        uint64_t before = clock_ns(CLOCK_MONOTONIC);
        if (write(fd, out, len) < 0) die("write");
        /* The answer is {"type":"pong"} in a frame with a header of two bytes. */
        for (ssize_t have = 0; have < 17;) {
            ssize_t more = read(fd, in, sizeof in);
            if (more <= 0) die("read");
            have += more;
        }
        times[i] = clock_ns(CLOCK_MONOTONIC) - before;
    }
    report(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

static void ping(parlor_client *client, uint64_t tag) {
    must(parlor_client_call(client, NAME_LEN("ping"), NULL, 0, tag, NULL), "ping");
}

static long turn;
static uint64_t sent_at, cpu_at;

/* The answer to the ping of this turn: note its time and send the next one. Returns 1 when it was the last. */
static int answered(parlor_client *client, const parlor_event *event) {
    if (event->kind != PARLOR_EVENT_REQUEST_DONE || event->tag == 0) return 0;
    if (event->status != PARLOR_OK) die("the ping failed");
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    if (turn >= 0) times[turn] = now - sent_at;
    if (turn < 0) cpu_at = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    if (++turn == rounds) return 1;
    sent_at = clock_ns(CLOCK_MONOTONIC);
    ping(client, 1);
    return 0;
}

static void on_event(const parlor_event *event, void *userdata) {
    parlor_client *client = *(parlor_client **)userdata;
    if (event->kind == PARLOR_EVENT_STATE && event->value == PARLOR_STATE_READY) ping(client, 1);
    if (answered(client, event)) {
        pthread_mutex_lock(&lock);
        pthread_cond_signal(&over);
        pthread_mutex_unlock(&lock);
    }
}

static void take(parlor_client *client) {
    wait_ready(client);
    usleep(100 * 1000);
    ping(client, 1);
    for (int last = 0; !last;) {
        parlor_batch *batch = NULL;
        const parlor_event *event = NULL;
        size_t count = 0, stride = 0;
        must(parlor_client_take(client, PARLOR_FOREVER, &batch), "take");
        must(parlor_batch_events(batch, &event, &count, &stride), "events");
        for (; count > 0 && !last; count--, event = PARLOR_NEXT_EVENT(event, stride)) {
            last = answered(client, event);
        }
        must(parlor_batch_free(batch), "free");
    }
}

int main(int argc, char **argv) {
    if (argc != 4) die("usage: echo raw PORT N | echo take|thread URL N");
    rounds = atol(argv[3]);
    times = calloc((size_t)rounds, sizeof *times);
    if (!times) die("memory");
    turn = -1;
    if (strcmp(argv[1], "raw") == 0) {
        raw(atoi(argv[2]));
        return 0;
    }
    int thread = strcmp(argv[1], "thread") == 0;
    parlor_options *options = options_for(argv[2]);
    parlor_client *client = NULL;
    if (thread) must(parlor_options_set_i64(options, PARLOR_OPT_DELIVERY, PARLOR_DELIVERY_THREAD), "option delivery");
    must(parlor_client_new(options, thread ? on_event : NULL, &client, NULL, &client), "client");
    must(parlor_client_connect(client, 0, NULL), "connect");
    if (thread) {
        pthread_mutex_lock(&lock);
        while (turn < rounds) pthread_cond_wait(&over, &lock);
        pthread_mutex_unlock(&lock);
    } else {
        take(client);
    }
    report(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_at);
    must(parlor_client_destroy(client), "destroy");
    parlor_options_free(options);
    return 0;
}
