/* The wake descriptor: written when events begin to wait, not for each; any kind of descriptor; bad ones are refused. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int readable(int fd, int timeout)
{
    struct pollfd poll_fd;
    memset(&poll_fd, 0, sizeof poll_fd);
    poll_fd.fd = fd;
    poll_fd.events = POLLIN;
    return poll(&poll_fd, 1, timeout) == 1;
}

static void non_blocking(int fd)
{
    CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
}

static void drain(reader *r)
{
    while (reader_next(r, 0) != NULL) {
    }
    reader_close(r);
}

static void wakes(int read_end, int write_end, const void *bytes, size_t length)
{
    char buffer[4096];
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_set_wake_fd(client, write_end, bytes, length));
    CHECK(!readable(read_end, 0));
    OK(parlor_client_connect(client, 0, NULL));
    CHECK(readable(read_end, (int)PATIENCE_MS));
    reader r = reader_of(client);
    reader_until_state(&r, PARLOR_STATE_READY);
    /* Wake, read, take until there is nothing: no event may be left without a wake. */
    uint64_t seen = 0;
    for (int i = 0; i < 50; i++) {
        OK(call(client, "emit", "{\"count\":20}", 1));
    }
    while (seen < 50 * 20) {
        if (r.left == 0) {
            const parlor_event *event = reader_next(&r, 0);
            if (event == NULL) {
                CHECK(readable(read_end, (int)PATIENCE_MS));
                CHECK(read(read_end, buffer, sizeof buffer) >= (ssize_t)length);
                continue;
            }
            seen += event->kind == PARLOR_EVENT_MESSAGE;
        } else {
            seen += reader_next(&r, 0)->kind == PARLOR_EVENT_MESSAGE;
        }
    }
    drain(&r);
    /* Removed, it is not written any more. */
    OK(parlor_client_set_wake_fd(client, -1, NULL, 0));
    while (readable(read_end, 0)) CHECK(read(read_end, buffer, sizeof buffer) > 0);
    OK(call(client, "emit", "{}", 2));
    reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 2);
    drain(&r);
    CHECK(!readable(read_end, 0));

    /* Many events that wait are one wake. */
    OK(parlor_client_set_wake_fd(client, write_end, bytes, length));
    OK(call(client, "emit", "{\"count\":500}", 3));
    OK(call(client, "later", "{\"ms\":30}", 4));
    struct timespec pause = { 0, 100000000 };
    nanosleep(&pause, NULL);
    CHECK(readable(read_end, 0));
    /* A wake for the events before can be late and come on top; but there is none for each event. */
    ssize_t got = read(read_end, buffer, sizeof buffer);
    CHECK(got >= (ssize_t)length && got <= 2 * (ssize_t)length);
    drain(&r);
    OK(parlor_client_destroy(client));
}

static void run(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    non_blocking(ends[0]);
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    /* A descriptor that could make the network wait is refused, and so is one that is none. */
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_set_wake_fd(client, ends[1], "x", 1));
    non_blocking(ends[1]);
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_set_wake_fd(client, 99999, "x", 1));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_set_wake_fd(client, -2, "x", 1));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_set_wake_fd(client, ends[1], "x", 0));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_set_wake_fd(client, ends[1], NULL, 1));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_set_wake_fd(client, ends[1], "123456789", 9));

    /* A reader that is gone must not kill the program. */
    int gone[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, gone) == 0);
    non_blocking(gone[1]);
    OK(parlor_client_set_wake_fd(client, gone[1], "x", 1));
    close(gone[0]);
    OK(parlor_client_connect(client, 0, NULL));
    reader r = reader_of(client);
    reader_until_state(&r, PARLOR_STATE_READY);
    drain(&r);
    int broken[2];
    CHECK(pipe(broken) == 0);
    non_blocking(broken[1]);
    OK(parlor_client_set_wake_fd(client, broken[1], "x", 1));
    close(broken[0]);
    OK(call(client, "emit", "{}", 2));
    reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 2);
    drain(&r);
    OK(parlor_client_destroy(client));
    close(gone[1]);
    close(broken[1]);

    wakes(ends[0], ends[1], "x", 1);
    close(ends[0]);
    close(ends[1]);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    non_blocking(ends[0]);
    non_blocking(ends[1]);
    wakes(ends[0], ends[1], "wake", 4);
    close(ends[0]);
    close(ends[1]);
    int event = eventfd(0, EFD_NONBLOCK);
    uint64_t one = 1;
    CHECK(event >= 0);
    wakes(event, event, &one, sizeof one);
    close(event);
}
