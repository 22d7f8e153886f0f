/* fork URL: forks while a connection lives. The child is told that it can not use the library and ends; the parent's
 * connection goes on. */
#include "net.h"

#include <sys/wait.h>

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    parlor_client *client = client_for(argv[1], PARLOR_DELIVERY_QUEUE, NULL, NULL);
    wait_until_ready(client);
    for (int i = 0; i < 10; i++) {
        long long began = now_ms();
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            parlor_batch *batch = NULL;
            alarm(2);
            CHECK(parlor_client_say(client, "Hi", 2, NULL, 0, 0, NULL) == PARLOR_ERR_FORKED);
            CHECK(parlor_client_take(client, PARLOR_FOREVER, &batch) == PARLOR_ERR_FORKED);
            CHECK(parlor_client_connect(client, 0, NULL) == PARLOR_ERR_FORKED);
            CHECK(parlor_client_destroy(client) == PARLOR_ERR_FORKED);
            CHECK(parlor_shutdown(PARLOR_FOREVER) == PARLOR_ERR_FORKED);
            /* Both ends of a process: with the exit handlers of the C library, and without. */
            if (i % 2 == 0) exit(42);
            _exit(42);
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
        CHECK(now_ms() - began < 2000);
        /* The child's end has not ended what the parent shares with it. */
        OK(parlor_client_call(client, "ping", PARLOR_STRLEN, NULL, 0, 0, NULL));
        wait_for(client, PARLOR_EVENT_REQUEST_DONE, -1);
    }
    say("forked");
    wait_for(client, PARLOR_EVENT_SENTENCE, -1);
    int32_t state = 0;
    OK(parlor_client_get_state(client, &state));
    CHECK(state == PARLOR_STATE_READY);
    OK(parlor_client_destroy(client));
    check_nothing_left();
    say("passed");
    return 0;
}
