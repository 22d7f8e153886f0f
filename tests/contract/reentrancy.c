/* Every function can be called from inside a callback, in both ways of delivery, and answers without hanging. */
#include "check.h"
#include "every_call.h"

static parlor_client *client;
static gate done = GATE_INIT;

static int allow(parlor_status status)
{
    /* take and poll are refused in the client's own callback, so there is no batch to look into. */
    return status >= 0 || status == PARLOR_ERR_WRONG_STATE || status == PARLOR_ERR_BAD_HANDLE ||
           status == PARLOR_ERR_QUEUE_FULL;
}

static void on_event(const parlor_event *event, void *userdata)
{
    (void)userdata;
    if (event->kind == PARLOR_EVENT_MESSAGE && event->tag >= 100) {
        every_call(client, event, allow);
        gate_open(&done);
    }
}

static void run(void)
{
    for (int thread = 0; thread < 2; thread++) {
        int64_t delivery = thread ? PARLOR_DELIVERY_THREAD : PARLOR_DELIVERY_QUEUE;
        done.count = 0;
        client = testkit_client("testkit:", delivery, on_event, NULL, NULL);
        OK(parlor_client_connect(client, 0, NULL));
        for (uint64_t i = 0; i < 20; i++) OK(call(client, "emit", "{}", 100 + i));
        while (gate_count(&done) < 20) {
            if (thread) gate_wait(&done, 20);
            else OK(parlor_client_poll(client, 0, 0, NULL));
        }
        OK(parlor_client_destroy(client));
    }
}
