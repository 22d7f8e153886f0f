/* A program that offers two tools to a chat and answers its calls, one of them with a failure. Each line of the
 * standard input is said when the chat has finished with the one before.
 * Usage: toolchat_tools [URL [TOKEN [SERVER_KEY]]]. */
#include <parlor.h>

#include <stdio.h>
#include <string.h>

static const char TOOLS[] =
    "[{\"name\":\"get_time\",\"description\":\"The time of day\",\"timeoutMs\":2000,\"parameters\":["
    "{\"name\":\"zone\",\"type\":\"string\",\"description\":\"UTC, CET, ...\",\"isRequired\":true}]},"
    "{\"name\":\"open_garage\",\"description\":\"Opens a door of the garage\",\"parameters\":["
    "{\"name\":\"door\",\"type\":\"number\",\"description\":\"1 or 2\",\"isRequired\":true,"
    "\"schema\":{\"type\":\"integer\",\"enum\":[1,2]}}]}]";

static int ready, busy, ended;

static int complain(const char *what) {
    char why[512] = "";
    parlor_last_error(why, sizeof why, NULL);
    fprintf(stderr, "toolchat_tools: %s: %s\n", what, why);
    return 1;
}

/* Does what the chat asks for. A library with JSON Schema has seen to it that the arguments fit; a program that is to
 * be linked with another one looks at call->text itself. */
static void run_tool(parlor_client *client, const parlor_event *call) {
    const char *result = "{\"time\":\"23:10\"}";
    int failed = 0;
    if (strcmp(call->name, "open_garage") == 0) {
        result = "the door is stuck";
        failed = 1;
    }
    printf("  [tool %s %s -> %s%s]\n", call->name, call->text, failed ? "failed: " : "", result);
    if (parlor_client_tool_result(client, call->id, call->id_len, result, PARLOR_STRLEN, failed, 0, NULL) != PARLOR_OK)
        complain("tool_result");
}

static void on_event(parlor_client *client, const parlor_event *event) {
    switch (event->kind) {
    case PARLOR_EVENT_STATE:
        printf("* %s%s%s\n", event->name, event->text_len ? ": " : "", event->text);
        ready = event->value == PARLOR_STATE_READY;
        ended = event->value == PARLOR_STATE_CLOSED || event->value == PARLOR_STATE_FAILED;
        break;
    case PARLOR_EVENT_GAP: printf("* GAP: %s\n", event->text); break;
    case PARLOR_EVENT_REASONING: /* start, delta, end; the end has all of it */
        if (event->flags & PARLOR_FLAG_FINAL) printf("  [thought: %s]\n", event->text);
        break;
    case PARLOR_EVENT_SENTENCE: printf("AI: %s\n", event->text); break;
    case PARLOR_EVENT_TOOL_CALL: run_tool(client, event); break;
    case PARLOR_EVENT_REPLY_ENDED:
        if (event->status == PARLOR_OK) busy = 0;
        else if (event->status == PARLOR_ERR_LINK_LOST) printf("  [cut off; the service goes on when we are back]\n");
        else printf("! %s: %s\n", parlor_status_name(event->status), event->text), busy = 0;
        break;
    case PARLOR_EVENT_REQUEST_DONE:
        if (event->status < 0) printf("! %s: %s\n", parlor_status_name(event->status), event->text);
        break;
    default: break; /* there are more kinds, and later versions bring others */
    }
    fflush(stdout);
}

/* Says the next line, or goodbye when there is none. */
static void say_next(parlor_client *client) {
    char line[4096];
    size_t len = 0;
    while (len == 0) {
        if (fgets(line, sizeof line, stdin) == NULL) {
            parlor_client_close(client, 0, NULL); /* its STATE CLOSED ends the program */
            break;
        }
        len = strcspn(line, "\r\n");
    }
    busy = 1;
    if (len > 0) printf("you: %.*s\n", (int)len, line);
    if (len > 0 && parlor_client_say(client, line, len, NULL, 0, 0, NULL) != PARLOR_OK) complain("say");
}

int main(int argc, char **argv) {
    parlor_options *options = NULL;
    parlor_client *client = NULL;
    parlor_batch *batch = NULL;

    parlor_options_new(&options);
    parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "toolchat", PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_URL, argc > 1 ? argv[1] : "http://127.0.0.1:8080", PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_CREDENTIAL, argc > 2 ? argv[2] : "a-token", PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_TOOLCHAT_SERVER_KEY, argc > 3 ? argv[3] : "a-key", PARLOR_STRLEN);
    parlor_options_set_i64(options, PARLOR_OPT_TOOLCHAT_VALIDATE_ARGUMENTS,
                           (parlor_features() & PARLOR_FEATURE_SCHEMA) != 0);
    parlor_options_set_i64(options, PARLOR_OPT_RETRY_MAX_ATTEMPTS, 6);
    if (parlor_client_new(options, NULL, NULL, NULL, &client) != PARLOR_OK) return complain("no client");
    parlor_options_free(options);
    /* Tools are set before the first connection: the chat is READY when the service has confirmed them. */
    if (parlor_client_set_tools(client, TOOLS, PARLOR_STRLEN, 0, NULL) != PARLOR_OK) return complain("set_tools");
    parlor_client_connect(client, 0, NULL);

    while (!ended && parlor_client_take(client, PARLOR_FOREVER, &batch) == PARLOR_OK) {
        const parlor_event *event;
        size_t count, stride;
        parlor_batch_events(batch, &event, &count, &stride);
        for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride))
            on_event(client, event);
        parlor_batch_free(batch);
        if (ready && !busy) say_next(client);
    }
    return parlor_client_destroy(client) != PARLOR_OK || ready;
}
