/* What a further idle client costs in memory: idle URL N. The first ten are warm-up. */
#include "bench.h"

#define WARM_UP 10

int main(int argc, char **argv) {
    if (argc != 3) die("usage: idle URL CLIENTS");
    int clients = atoi(argv[2]);
    parlor_options *options = options_for(argv[1]);
    long before = 0;
    for (int i = 0; i < WARM_UP + clients; i++) {
        parlor_client *client = NULL;
        must(parlor_client_new(options, NULL, NULL, NULL, &client), "client");
        must(parlor_client_connect(client, 0, NULL), "connect");
        wait_ready(client);
        if (i == WARM_UP - 1) {
            usleep(200 * 1000);
            before = resident();
        }
    }
    usleep(200 * 1000);
    printf("{\"clients\":%d,\"growth\":%ld}\n", clients, resident() - before);
    fflush(stdout);
    /* All clients end with the process; how they are destroyed is not what is measured here. */
    _exit(0);
}
