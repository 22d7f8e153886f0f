/* lookup MODE: a name lookup that the system never answers. This program has its own getaddrinfo(), which stands before
 * that of the system. MODE is what happens meanwhile: destroy, or exit. */
#include "net.h"

#include <netdb.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int asked, released;

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)node, (void)service, (void)hints, (void)found;
    pthread_mutex_lock(&lock);
    asked++;
    pthread_cond_broadcast(&changed);
    while (!released) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return EAI_AGAIN;
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    parlor_client *client = client_for("http://nowhere.test:1", PARLOR_DELIVERY_QUEUE, NULL, NULL);
    pthread_mutex_lock(&lock);
    while (asked == 0) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    say("asked");
    if (strcmp(argv[1], "exit") == 0) return 0;

    long long began = now_ms();
    OK(parlor_client_destroy(client));
    CHECK(now_ms() - began < 1000);
    /* The thread that asks can not be interrupted, and that is said. */
    CHECK(parlor_shutdown(100) == PARLOR_ERR_THREADS_LEFT);
    pthread_mutex_lock(&lock);
    released = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    check_nothing_left();
    /* And again, with a system that answers. */
    client = client_for("http://nowhere.test:1", PARLOR_DELIVERY_QUEUE, NULL, NULL);
    wait_for(client, PARLOR_EVENT_STATE, PARLOR_STATE_RECONNECTING);
    OK(parlor_client_destroy(client));
    check_nothing_left();
    say("passed");
    return 0;
}
