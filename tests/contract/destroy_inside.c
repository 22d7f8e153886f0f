/* Destroying inside the client's own callback is deferred, and no event comes in between; also of another client there. */
#include "check.h"

static parlor_client *self, *other;
static int calls_after, done, other_freed;
static gate freed = GATE_INIT;

static void on_event(const parlor_event *event, void *userdata)
{
    (void)userdata;
    if (done) calls_after++;
    if (event->kind == PARLOR_EVENT_MESSAGE && !done) {
        done = 1;
        if (other) {
            OK(parlor_client_destroy(other));
            CHECK(other_freed == 1);
            IS(PARLOR_ERR_BAD_HANDLE, parlor_client_destroy(other));
        }
        IS(PARLOR_DEFERRED, parlor_client_destroy(self));
        CHECK(gate_count(&freed) == 0);
        IS(PARLOR_ERR_BAD_HANDLE, parlor_client_destroy(self));
        IS(PARLOR_ERR_BAD_HANDLE, parlor_client_say(self, "x", 1, NULL, 0, 0, NULL));
        /* The event in hand is good until the end of the callback all the same. */
        CHECK(event->text[event->text_len] == 0 && strcmp(event->text, "bye") == 0);
    }
}

static void note_freed(void *userdata)
{
    (void)userdata;
    gate_open(&freed);
}

static void note_other(void *userdata)
{
    (void)userdata;
    other_freed++;
}

static void ignore(const parlor_event *event, void *userdata)
{
    (void)event;
    (void)userdata;
}

static void round_of(int64_t delivery, int with_other)
{
    done = 0;
    other_freed = 0;
    other = NULL;
    if (with_other) {
        other = testkit_client("testkit:", PARLOR_DELIVERY_THREAD, ignore, NULL, note_other);
        OK(parlor_client_connect(other, 0, NULL));
    }
    self = testkit_client("testkit:", delivery, on_event, NULL, note_freed);
    freed.count = 0;
    OK(parlor_client_connect(self, 0, NULL));
    OK(call(self, "emit", "{\"text\":\"bye\",\"count\":50}", 1));
    parlor_client *client = self;
    while (gate_count(&freed) == 0) {
        if (delivery == PARLOR_DELIVERY_QUEUE) {
            parlor_status status = parlor_client_poll(client, 0, 0, NULL);
            CHECK(status == PARLOR_OK || status == PARLOR_ERR_BAD_HANDLE);
        } else {
            gate_wait(&freed, 1);
        }
    }
    CHECK(gate_count(&freed) == 1);
    check_nothing_left();
    CHECK(calls_after == 0);
}

static void run(void)
{
    for (int i = 0; i < 20; i++) {
        round_of(PARLOR_DELIVERY_QUEUE, i & 1);
        round_of(PARLOR_DELIVERY_THREAD, i & 1);
    }
}
