/* sigpipe URL CA_FILE: the other side resets the connection while this one sends, again and again. The process lives, and
 * what it has decided about SIGPIPE is as it was. */
#include "net.h"

#include <dirent.h>
#include <signal.h>

/* Whether the library's threads, and only they, have SIGPIPE blocked. */
static void check_masks(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int ours = 0;
    CHECK(tasks != NULL);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[320], line[256], name[64] = "";
        unsigned long long blocked = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
        FILE *status = task->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (status == NULL) continue; /* not a thread, or one that has just ended */
        while (fgets(line, sizeof line, status) != NULL) {
            sscanf(line, "Name: %63s", name);
            sscanf(line, "SigBlk: %llx", &blocked);
        }
        fclose(status);
        int is_ours = strncmp(name, "parlor-", 7) == 0;
        ours += is_ours;
        if ((blocked >> (SIGPIPE - 1) & 1) != (unsigned)is_ours) fprintf(stderr, "%s: %llx\n", name, blocked);
        CHECK((blocked >> (SIGPIPE - 1) & 1) == (unsigned)is_ours);
    }
    closedir(tasks);
    CHECK(ours >= 1);
}

static void check_disposition(void)
{
    struct sigaction action;
    CHECK(sigaction(SIGPIPE, NULL, &action) == 0);
    CHECK(action.sa_handler == SIG_DFL);
}

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    sigset_t before, after;
    signal(SIGPIPE, SIG_DFL);
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &before) == 0);
    parlor_client *client = NULL;
    parlor_options *options = options_for(argv[1], PARLOR_DELIVERY_QUEUE);
    OK(parlor_options_set_str(options, PARLOR_OPT_TLS_CA_FILE, argv[2], PARLOR_STRLEN));
    OK(parlor_client_new(options, NULL, NULL, NULL, &client));
    OK(parlor_options_free(options));
    OK(parlor_client_connect(client, 0, NULL));
    for (int round = 0; round < 10; round++) {
        int32_t state = PARLOR_STATE_READY;
        wait_until_ready(client);
        check_masks();
        say("sending");
        /* Written until the link is known to be gone, so that some of it is written into nothing. */
        while (state == PARLOR_STATE_READY || state == PARLOR_STATE_CONNECTED) {
            parlor_client_call(client, "ping", PARLOR_STRLEN, NULL, 0, 0, NULL);
            parlor_client_say(client, "Hello?", PARLOR_STRLEN, NULL, 0, 0, NULL);
            OK(parlor_client_get_state(client, &state));
        }
        check_disposition();
    }
    OK(parlor_client_destroy(client));
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &after) == 0);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    check_disposition();
    check_nothing_left();
    say("passed");
    return 0;
}
