/* What would wait for the callback that it is called from is refused there. */
#include "check.h"

static parlor_client *client;
static gate done = GATE_INIT;
static int freed_checked;

static void on_event(const parlor_event *event, void *userdata)
{
    (void)userdata;
    if (event->kind != PARLOR_EVENT_MESSAGE) return;
    IS(PARLOR_ERR_WOULD_DEADLOCK, parlor_shutdown(PARLOR_FOREVER));
    IS(PARLOR_ERR_WOULD_DEADLOCK, parlor_shutdown(0));
    parlor_batch *batch = NULL;
    IS(PARLOR_ERR_WRONG_STATE, parlor_client_take(client, PARLOR_FOREVER, &batch));
    IS(PARLOR_ERR_WRONG_STATE, parlor_client_poll(client, 0, 0, NULL));
    /* Nothing of it was done. */
    OK(parlor_client_network_changed(client));
    gate_open(&done);
}

static void on_free(void *userdata)
{
    (void)userdata;
    IS(PARLOR_ERR_WOULD_DEADLOCK, parlor_shutdown(1000));
    freed_checked++;
}

static void run(void)
{
    client = testkit_client("testkit:", PARLOR_DELIVERY_THREAD, on_event, NULL, on_free);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "emit", "{}", 1));
    gate_wait(&done, 1);
    OK(parlor_client_destroy(client));
    CHECK(freed_checked == 1);

    client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, on_event, NULL, on_free);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "emit", "{}", 1));
    while (gate_count(&done) == 1) OK(parlor_client_poll(client, 0, 0, NULL));
    OK(parlor_client_destroy(client));
    CHECK(freed_checked == 2);
}
