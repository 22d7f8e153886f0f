/* Every verb ends in one REQUEST_DONE that bears its request and its tag; the states come in their order. */
#include "check.h"

static void done(reader *r, uint64_t request, uint64_t tag, parlor_status status)
{
    const parlor_event *event = reader_until(r, PARLOR_EVENT_REQUEST_DONE, tag);
    CHECK(event->request == request && request != 0);
    if (event->status != status) fprintf(stderr, "%s\n", parlor_status_name(event->status));
    CHECK(event->status == status);
}

static void states(const char *url, const int64_t *wanted, size_t count, parlor_status connected)
{
    uint64_t request = 0;
    parlor_client *client = testkit_client(url, PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    reader r = reader_of(client);
    OK(parlor_client_connect(client, 9, &request));
    size_t at = 0;
    int ended = 0;
    while (at < count || !ended) {
        const parlor_event *event = reader_until(&r, 0, 0);
        if (event->kind == PARLOR_EVENT_STATE) {
            CHECK(at < count && event->value == wanted[at]);
            CHECK(event->name_len > 0 && event->json_len > 0);
            at++;
        }
        if (event->kind == PARLOR_EVENT_REQUEST_DONE && event->tag == 9) {
            CHECK(event->status == connected && event->request == request);
            ended = 1;
        }
    }
    OK(parlor_client_close(client, 10, &request));
    done(&r, request, 10, PARLOR_OK);
    reader_close(&r);
    OK(parlor_client_destroy(client));
}

static void run(void)
{
    const int64_t ready[] = { PARLOR_STATE_CONNECTING, PARLOR_STATE_CONNECTED, PARLOR_STATE_READY };
    states("testkit:", ready, 3, PARLOR_OK);
    states("testkit:connected", ready, 2, PARLOR_OK);
    const int64_t failed[] = { PARLOR_STATE_CONNECTING, PARLOR_STATE_FAILED };
    states("testkit:give_up", failed, 2, PARLOR_ERR_CONNECTION_LOST);

    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    reader r = reader_of(client);
    uint64_t id = 0;
    IS(PARLOR_ERR_WRONG_STATE, parlor_client_send_audio(client, "abcd", 4));
    OK(parlor_client_connect(client, 1, &id));
    done(&r, id, 1, PARLOR_OK);
    OK(parlor_client_say(client, "hi", 2, "{}", 2, 2, &id));
    done(&r, id, 2, PARLOR_OK);
    OK(parlor_client_interrupt(client, NULL, 0, 3, &id));
    done(&r, id, 3, PARLOR_OK);
    OK(parlor_client_set_context(client, "where", 5, "a tavern", 8, NULL, 0, 4, &id));
    done(&r, id, 4, PARLOR_OK);
    OK(parlor_client_set_tools(client, "[]", 2, 5, &id));
    done(&r, id, 5, PARLOR_OK);
    OK(parlor_client_tool_result(client, "c1", 2, "42", 2, 1, 6, &id));
    done(&r, id, 6, PARLOR_OK);
    OK(parlor_client_playback(client, PARLOR_PLAYBACK_COMPLETED, "m", 1, "s", 1, NULL, 0, 7, &id));
    done(&r, id, 7, PARLOR_OK);
    OK(parlor_client_subscribe(client, "{}", 2, 8, &id));
    done(&r, id, 8, PARLOR_OK);
    OK(parlor_client_set_credential(client, "secret", 6, 9, &id));
    done(&r, id, 9, PARLOR_OK);
    OK(parlor_client_call(client, "echo", 4, "{\"a\":1}", 7, 10, &id));
    const parlor_event *event = reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 10);
    CHECK(event->request == id && strcmp(event->json, "{\"a\":1}") == 0);
    OK(parlor_client_call(client, "fail", 4, "{\"status\":-305}", 15, 11, &id));
    done(&r, id, 11, PARLOR_ERR_RATE_LIMITED);
    OK(parlor_client_call(client, "hold", 4, NULL, 0, 12, &id));
    OK(parlor_client_cancel(client, id));
    done(&r, id, 12, PARLOR_ERR_CANCELLED);
    OK(parlor_client_cancel(client, id));
    OK(parlor_client_cancel(client, 987654321));

    OK(parlor_client_send_audio(client, "abcd", 4));
    OK(parlor_client_send_audio(client, NULL, 0));
    event = reader_until(&r, PARLOR_EVENT_AUDIO, 0);
    CHECK(event->data_len == 4 && memcmp(event->data, "abcd", 4) == 0);
    reader_close(&r);
    OK(parlor_client_destroy(client));
}
