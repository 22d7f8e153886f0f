/* A forked child is told so by every call, without hanging and without harm to the parent; before the first client and
 * after a shutdown it may use the library of its own. */
#include "check.h"
#include "every_call.h"
#include <sys/wait.h>

static int forked(parlor_status status)
{
    return status == PARLOR_ERR_FORKED;
}

/* Runs a part in a child and waits for it, at most two seconds. */
static void in_child(void (*part)(void *), void *argument)
{
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(2);
        part(argument);
        _exit(42);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status)) fprintf(stderr, "the child ended by signal %d\n", WTERMSIG(status));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static int freed;

static void free_it(void *userdata)
{
    (void)userdata;
    freed++;
}

static void refused(void *argument)
{
    parlor_client *client = (parlor_client *)argument;
    every_call(client, NULL, forked);
    IS(PARLOR_ERR_FORKED, parlor_client_destroy(client));
    IS(PARLOR_ERR_FORKED, parlor_shutdown(PARLOR_FOREVER));
    char text[256];
    OK(parlor_last_error(text, sizeof text, NULL));
    CHECK(strstr(text, "fork") != NULL);
    parlor_client *fresh = NULL;
    IS(PARLOR_ERR_FORKED, parlor_client_new(NULL, NULL, NULL, free_it, &fresh));
    CHECK(freed == 1);
}

static void all_of_it(void *argument)
{
    (void)argument;
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "emit", "{}", 5));
    reader r = reader_of(client);
    reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 5);
    reader_close(&r);
    OK(parlor_client_destroy(client));
    check_nothing_left();
}

static void *talker(void *argument)
{
    for (int i = 0; i < 2000; i++) parlor_client_say((parlor_client *)argument, "x", 1, NULL, 0, 0, NULL);
    return NULL;
}

static void run(void)
{
    in_child(all_of_it, NULL);

    /* Forked while other threads hold whatever locks they hold. */
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, talker, client) == 0);
    for (int i = 0; i < 20; i++) in_child(refused, client);
    pthread_join(thread, NULL);

    /* The parent has not noticed. */
    OK(parlor_client_close(client, 8, NULL));
    reader r = reader_of(client);
    reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 8);
    reader_close(&r);
    OK(parlor_client_destroy(client));
    check_nothing_left();
    in_child(all_of_it, NULL);
    all_of_it(NULL);
}
