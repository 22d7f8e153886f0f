/* Texts in: by length, by NUL, empty, with a NUL inside, not UTF-8, huge. Texts out: size query, exact fit, one short. */
#include "check.h"

static void echoes(parlor_client *client, reader *r, const char *text, size_t length, size_t expected, uint64_t tag)
{
    OK(parlor_client_say(client, text, length, NULL, 0, tag, NULL));
    const parlor_event *event = reader_until(r, PARLOR_EVENT_MESSAGE, tag);
    CHECK(event->text_len == expected);
    CHECK(expected == 0 || memcmp(event->text, text, expected) == 0);
    CHECK(event->text[expected] == 0);
    CHECK(strcmp(event->role, "assistant") == 0 && event->role_len == 9);
    CHECK(event->id != NULL && event->id[0] == 0 && event->id_len == 0);
    reader_until(r, PARLOR_EVENT_REQUEST_DONE, tag);
}

static void out(parlor_client *client)
{
    char buffer[256];
    size_t length = 0;
    OK(parlor_client_mirror(client, NULL, 0, &length));
    CHECK(length > 2 && length < sizeof buffer - 2);
    memset(buffer, '#', sizeof buffer);
    size_t again = 0;
    OK(parlor_client_mirror(client, buffer, length + 1, &again));
    CHECK(again == length && buffer[length] == 0 && buffer[length + 1] == '#' && buffer[0] == '{');
    memset(buffer, '#', sizeof buffer);
    again = 0;
    IS(PARLOR_ERR_BUFFER_TOO_SMALL, parlor_client_mirror(client, buffer, length, &again));
    CHECK(again == length && buffer[0] == '#');
    IS(PARLOR_ERR_BUFFER_TOO_SMALL, parlor_client_mirror(client, buffer, 1, NULL));
    IS(PARLOR_ERR_BUFFER_TOO_SMALL, parlor_client_mirror(client, buffer, 0, NULL));
    CHECK(buffer[0] == '#');
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_mirror(client, NULL, 5, &again));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_mirror(client, NULL, 0, NULL));

    /* The last error is cut where a buffer is too small, since half a sentence helps more than none. */
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_counter(99, NULL));
    OK(parlor_last_error(NULL, 0, &length));
    CHECK(length > 10);
    memset(buffer, '#', sizeof buffer);
    IS(PARLOR_ERR_BUFFER_TOO_SMALL, parlor_last_error(buffer, 5, &again));
    CHECK(again == length && buffer[4] == 0 && buffer[5] == '#' && strlen(buffer) == 4);
    OK(parlor_last_error(buffer, sizeof buffer, &again));
    CHECK(again == length && strlen(buffer) == length);
}

static void run(void)
{
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    reader r = reader_of(client);
    reader_until_state(&r, PARLOR_STATE_READY);

    echoes(client, &r, "hello", PARLOR_STRLEN, 5, 1);
    echoes(client, &r, "hello", 3, 3, 2);
    echoes(client, &r, "h\xc3\xa9llo", PARLOR_STRLEN, 6, 3);
    echoes(client, &r, "a\0b", 3, 3, 4);
    echoes(client, &r, "", PARLOR_STRLEN, 0, 5);
    echoes(client, &r, NULL, 0, 0, 6);
    echoes(client, &r, "\xf0\x9f\x8e\x89", 4, 4, 7);

    const char *wrong[] = { "\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        IS(PARLOR_ERR_BAD_UTF8, parlor_client_say(client, wrong[i], PARLOR_STRLEN, NULL, 0, 1, NULL));
        IS(PARLOR_ERR_BAD_UTF8, parlor_client_say(client, "fine", 4, wrong[i], PARLOR_STRLEN, 1, NULL));
    }
    IS(PARLOR_ERR_BAD_UTF8, parlor_client_say(client, "h\xc3\xa9", 2, NULL, 0, 1, NULL));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_say(client, NULL, 1, NULL, 0, 1, NULL));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_say(client, NULL, PARLOR_STRLEN, NULL, 0, 1, NULL));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_say(client, "x", SIZE_MAX - 1, NULL, 0, 1, NULL));

    size_t huge = 8u * 1024 * 1024;
    char *text = (char *)malloc(huge);
    CHECK(text != NULL);
    memset(text, 'x', huge);
    echoes(client, &r, text, huge, huge, 8);
    free(text);

    out(client);
    reader_close(&r);
    OK(parlor_client_destroy(client));
}
