/* A call that fails leaves its outputs as they were, and an out handle NULL. */
#include "check.h"

#define POISON 0x5A5A5A5A5A5A5A5Au

static void run(void)
{
    parlor_options *options = (parlor_options *)(uintptr_t)POISON;
    OK(parlor_options_new(&options));
    OK(parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "there is no such service", PARLOR_STRLEN));
    parlor_client *client = (parlor_client *)(uintptr_t)POISON;
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_new(options, NULL, NULL, NULL, &client));
    CHECK(client == NULL);
    char text[256];
    OK(parlor_last_error(text, sizeof text, NULL));
    CHECK(strstr(text, "there is no such service") != NULL);

    client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    uint64_t request = POISON;
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_call(client, "nope", 4, NULL, 0, 1, &request));
    IS(PARLOR_ERR_BAD_UTF8, parlor_client_say(client, "\xff", 1, NULL, 0, 1, &request));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_tool_result(client, "a", 1, "b", 1, 2, 1, &request));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_playback(client, 9, "a", 1, "b", 1, "{}", 2, 1, &request));
    CHECK(request == POISON);
    parlor_batch *batch = (parlor_batch *)(uintptr_t)POISON;
    IS(PARLOR_TIMED_OUT, parlor_client_take(client, 0, &batch));
    IS(PARLOR_TIMED_OUT, parlor_client_take(client, PARLOR_OLDEST, &batch));
    CHECK(batch == NULL);
    uint32_t count = 0x5A5A5A5Au;
    IS(PARLOR_ERR_WRONG_STATE, parlor_client_poll(client, 0, 0, &count));
    CHECK(count == 0x5A5A5A5Au);
    uint64_t value = POISON;
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_counter(99, &value));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_counter(-1, &value));
    CHECK(value == POISON);

    OK(parlor_client_connect(client, 1, NULL));
    OK(call(client, "emit", "{}", 2));
    reader r = reader_of(client);
    const parlor_event *event = reader_until(&r, PARLOR_EVENT_MESSAGE, 0);
    int64_t whole = 5;
    double number = 6;
    IS(PARLOR_ERR_NOT_FOUND, parlor_event_get_i64(event, "nope", 4, &whole));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_event_get_i64(event, "text", 4, &whole));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_event_get_f64(event, "text", 4, &number));
    CHECK(whole == 5 && number > 5.9 && number < 6.1);
    size_t length = 3;
    IS(PARLOR_ERR_NOT_FOUND, parlor_event_get(event, "nope", 4, text, sizeof text, &length));
    CHECK(length == 3);
    reader_close(&r);

    /* The last error stays through calls that succeed, and is the thread's own. */
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_options_set_i64(options, 77, 1));
    OK(parlor_client_network_changed(client));
    OK(parlor_last_error(text, sizeof text, NULL));
    CHECK(strstr(text, "there is no option 77") != NULL);
    OK(parlor_client_destroy(client));
    OK(parlor_options_free(options));
}
