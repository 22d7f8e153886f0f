/* A program that just exits, exits cleanly and quickly: in every way of delivery, idle and busy, by exit() and by the end
 * of main(). */
#define CHECK_NO_MAIN 1
#include "check.h"
#include <sys/wait.h>

static gate called = GATE_INIT;

static void on_event(const parlor_event *event, void *userdata)
{
    (void)event;
    (void)userdata;
    gate_open(&called);
}

static void *puller(void *argument)
{
    parlor_client *client = (parlor_client *)argument;
    for (;;) {
        parlor_batch *batch = NULL;
        if (parlor_client_take(client, PARLOR_FOREVER, &batch) == PARLOR_OK) {
            gate_open(&called);
            parlor_batch_free(batch);
        }
    }
    return NULL;
}

static void *poller(void *argument)
{
    for (;;) parlor_client_poll((parlor_client *)argument, 0, 0, NULL);
    return NULL;
}

static void *talker(void *argument)
{
    for (;;) call((parlor_client *)argument, "emit", "{\"count\":100}", 1);
    return NULL;
}

/* MODE is one letter for the way of delivery, one for what goes on. */
static void leave_in(const char *mode)
{
    int64_t delivery = mode[0] == 't' ? PARLOR_DELIVERY_THREAD : PARLOR_DELIVERY_QUEUE;
    parlor_client *client = testkit_client("testkit:", delivery, mode[0] == 'q' ? NULL : on_event, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    pthread_t thread;
    if (mode[0] == 'q') CHECK(pthread_create(&thread, NULL, puller, client) == 0);
    if (mode[0] == 'p') CHECK(pthread_create(&thread, NULL, poller, client) == 0);
    if (mode[1] == 'b') CHECK(pthread_create(&thread, NULL, talker, client) == 0);
    gate_wait(&called, 1);
}

static void run(void)
{
}

int main(int argc, char **argv)
{
    run();
    if (argc > 1) {
        alarm(10);
        leave_in(argv[1]);
        if (argv[1][2] == 'e') exit(0);
        return 0;
    }
    alarm(100);
    const char *modes[] = { "qie", "qim", "qbe", "qbm", "pie", "pbe", "pbm", "tie", "tim", "tbe", "tbm" };
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        for (int again = 0; again < 5; again++) {
            uint64_t begin = now_ms();
            pid_t child = fork();
            CHECK(child >= 0);
            if (child == 0) {
                execl("/proc/self/exe", argv[0], modes[i], (char *)NULL);
                _exit(99);
            }
            int status = 0;
            CHECK(waitpid(child, &status, 0) == child);
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fprintf(stderr, "%s: status %x\n", modes[i], (unsigned)status);
            CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            CHECK(now_ms() - begin < 2000);
        }
    }
    puts("passed");
    return 0;
}
