/* Relays a game's own dialogue to the AI. What is said before there is a chat waits in the client's offline queue; a
 * cutscene silences the AI while it speaks; and whoever waits for the AI to be idle does so with a limit.
 *
 *     game_relay [URL]
 */
#include <parlor.h>

#include <stdio.h>
#include <string.h>

enum { TAG_CONTEXT = 1, TAG_GUARD, TAG_MERCHANT, TAG_HOLD, TAG_NARRATOR, TAG_RELEASE, TAG_CLOSE };
static const char *const NAMES[] = {"", "context", "guard", "merchant", "hold", "narrator", "release", "close"};

typedef struct relay {
    parlor_client *client;
    unsigned done; /* one bit for each tag that has ended, well or not */
    int idle, heard, ended;
} relay;

static void on_event(relay *relay, const parlor_event *event) {
    switch (event->kind) {
    case PARLOR_EVENT_STATE:
        printf("* %s%s%s\n", event->name, event->text_len ? ": " : "", event->text);
        relay->ended = event->value == PARLOR_STATE_CLOSED || event->value == PARLOR_STATE_FAILED;
        break;
    case PARLOR_EVENT_REQUEST_DONE: /* exactly one for each request, whatever happens */
        if (event->tag == 0) break;
        relay->done |= 1u << event->tag;
        printf("  %s: %s %s\n", NAMES[event->tag], parlor_status_name(event->status), event->text);
        break;
    case PARLOR_EVENT_AI_STATE:
        relay->idle = event->value == PARLOR_AI_IDLE;
        break;
    case PARLOR_EVENT_SENTENCE:
        relay->heard = 1;
        printf("%s: %s\n", event->name, event->text);
        break;
    default:
        break;
    }
    fflush(stdout);
}

/* Takes events until nothing has come for so long. */
static int pump(relay *relay, unsigned patience_ms) {
    parlor_batch *batch = NULL;
    const parlor_event *event;
    size_t count, stride;
    if (parlor_client_take(relay->client, patience_ms, &batch) != PARLOR_OK) return 0;
    parlor_batch_events(batch, &event, &count, &stride);
    for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride)) on_event(relay, event);
    parlor_batch_free(batch);
    return 1;
}

static int wait_for(relay *relay, unsigned tag) {
    while (!(relay->done & 1u << tag) && !relay->ended && pump(relay, 20000)) continue;
    return relay->done >> tag & 1;
}

static void say(relay *relay, const char *text, const char *json, unsigned tag) {
    char why[512] = "";
    if (parlor_client_say(relay->client, text, PARLOR_STRLEN, json, PARLOR_STRLEN, tag, NULL) == PARLOR_OK) return;
    parlor_last_error(why, sizeof why, NULL);
    fprintf(stderr, "game_relay: %s\n", why);
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : "http://127.0.0.1:8081";
    const char *cutscene = "{\"source\":\"game\",\"reason\":\"cutscene\",\"hold\":true}";
    char why[512] = "";
    parlor_options *options = NULL;
    relay relay = {NULL, 0, 1, 0, 0};

    parlor_options_new(&options);
    parlor_options_set_str(options, PARLOR_OPT_URL, url, PARLOR_STRLEN);
    parlor_options_set_i64(options, PARLOR_OPT_OFFLINE_MAX_REQUESTS, 32);
    parlor_options_set_i64(options, PARLOR_OPT_OFFLINE_TTL_MS, 15000);
    parlor_options_set_i64(options, PARLOR_OPT_RETRY_MAX_ATTEMPTS, 5);
    if (parlor_client_new(options, NULL, NULL, NULL, &relay.client) != PARLOR_OK) {
        parlor_last_error(why, sizeof why, NULL);
        return fprintf(stderr, "game_relay: %s\n", why), 1;
    }
    parlor_options_free(options);
    parlor_client_connect(relay.client, 0, NULL);

    /* Nothing is connected yet: these wait for the chat and then go in this order. */
    parlor_client_set_context(relay.client, "place", PARLOR_STRLEN, "The town gate, at night.", PARLOR_STRLEN, NULL, 0,
                              TAG_CONTEXT, NULL);
    say(&relay, "Halt! Who goes there?", "{\"source\":\"game\",\"author\":\"Guard\"}", TAG_GUARD);
    say(&relay, "Fresh bread!", "{\"source\":\"game\",\"author\":\"Merchant\",\"immediate_reply\":true}", TAG_MERCHANT);
    wait_for(&relay, TAG_MERCHANT);

    /* The cutscene speaks: the AI falls silent until the hold is released, and may then answer what was said. */
    parlor_client_interrupt(relay.client, cutscene, PARLOR_STRLEN, TAG_HOLD, NULL);
    say(&relay, "The bell strikes midnight.", "{\"source\":\"game\",\"author\":\"Narrator\"}", TAG_NARRATOR);
    wait_for(&relay, TAG_NARRATOR);
    parlor_client_call(relay.client, "external_speaker_stop", PARLOR_STRLEN, "{\"trigger_response\":true}",
                       PARLOR_STRLEN, TAG_RELEASE, NULL);
    wait_for(&relay, TAG_RELEASE);

    /* Nobody plays the AI's speech here, so the service may never say that it is idle: five quiet seconds will do. */
    while (!(relay.idle && relay.heard) && !relay.ended && pump(&relay, 5000)) continue;

    parlor_client_close(relay.client, TAG_CLOSE, NULL);
    wait_for(&relay, TAG_CLOSE);
    return parlor_client_destroy(relay.client) != PARLOR_OK || (relay.done & 0xFE) != 0xFE;
}
