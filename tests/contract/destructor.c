/* The userdata is freed exactly once, whatever becomes of the client. */
#include "check.h"

static int freed;

static void free_it(void *userdata)
{
    CHECK(userdata == &freed);
    __atomic_add_fetch(&freed, 1, __ATOMIC_SEQ_CST);
}

static void ignore(const parlor_event *event, void *userdata)
{
    (void)event;
    CHECK(userdata == &freed);
}

static void once(void)
{
    int value = __atomic_exchange_n(&freed, 0, __ATOMIC_SEQ_CST);
    if (value != 1) fprintf(stderr, "freed %d times\n", value);
    CHECK(value == 1);
}

static void modes(parlor_event_fn on_event, int64_t delivery)
{
    parlor_client *client = testkit_client("testkit:", delivery, on_event, &freed, free_it);
    CHECK(freed == 0);
    OK(parlor_client_destroy(client));
    once();

    client = testkit_client("testkit:", delivery, on_event, &freed, free_it);
    OK(parlor_client_connect(client, 0, NULL));
    OK(call(client, "emit", "{\"count\":100}", 1));
    OK(parlor_client_destroy(client));
    once();

    client = testkit_client("testkit:", delivery, on_event, &freed, free_it);
    OK(parlor_client_connect(client, 0, NULL));
    OK(parlor_shutdown(10000));
    once();
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_destroy(client));
    CHECK(freed == 0);
}

static void destroy_self(const parlor_event *event, void *userdata)
{
    (void)event;
    parlor_client *client = __atomic_exchange_n((parlor_client **)userdata, (parlor_client *)NULL, __ATOMIC_SEQ_CST);
    if (client) IS(PARLOR_DEFERRED, parlor_client_destroy(client));
}

static gate self_freed = GATE_INIT;

static void note_freed(void *userdata)
{
    (void)userdata;
    gate_open(&self_freed);
}

static void run(void)
{
    modes(NULL, PARLOR_DELIVERY_QUEUE);
    modes(ignore, PARLOR_DELIVERY_QUEUE);
    modes(ignore, PARLOR_DELIVERY_THREAD);

    /* A call that fails has freed it when it returns. */
    parlor_client *client = NULL;
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_new(NULL, ignore, &freed, free_it, &client));
    once();
    parlor_options *options = testkit_options("testkit:", PARLOR_DELIVERY_THREAD);
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_new(options, ignore, &freed, free_it, NULL));
    once();
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_new(options, NULL, &freed, free_it, &client));
    once();
    OK(parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "nope", PARLOR_STRLEN));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_new(options, ignore, &freed, free_it, &client));
    once();
    OK(parlor_options_free(options));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_client_new(options, ignore, &freed, free_it, &client));
    once();

    /* A client that destroys itself in its callback frees it when the callback returns. */
    static parlor_client *self;
    self = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, destroy_self, &self, note_freed);
    client = self;
    OK(parlor_client_connect(client, 0, NULL));
    while (gate_count(&self_freed) == 0) {
        parlor_status status = parlor_client_poll(client, 0, 0, NULL);
        CHECK(status == PARLOR_OK || status == PARLOR_ERR_BAD_HANDLE);
    }
    CHECK(gate_count(&self_freed) == 1);
    static parlor_client *other;
    client = testkit_client("testkit:", PARLOR_DELIVERY_THREAD, destroy_self, &other, note_freed);
    __atomic_store_n(&other, client, __ATOMIC_SEQ_CST);
    OK(parlor_client_connect(client, 0, NULL));
    gate_wait(&self_freed, 2);
    CHECK(gate_count(&self_freed) == 2);
}
