/* Says hello to a gateway and prints what it answers, until it has been quiet for three seconds. */
#include <parlor.h>
#include <stdio.h>

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : "http://127.0.0.1:8081";
    char why[512] = "";
    int said = 0;
    parlor_options *options = NULL;
    parlor_client *client = NULL;
    parlor_batch *batch = NULL;

    parlor_options_new(&options);
    parlor_options_set_str(options, PARLOR_OPT_URL, url, PARLOR_STRLEN);
    if (parlor_client_new(options, NULL, NULL, NULL, &client) != PARLOR_OK) {
        parlor_last_error(why, sizeof why, NULL);
        return fprintf(stderr, "%s\n", why), 1;
    }
    parlor_options_free(options);
    parlor_client_connect(client, 0, NULL);

    while (parlor_client_take(client, 3000, &batch) == PARLOR_OK) {
        const parlor_event *event;
        size_t count, stride;
        parlor_batch_events(batch, &event, &count, &stride);
        for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride)) {
            if (event->kind == PARLOR_EVENT_STATE) printf("* %s %s\n", event->name, event->text);
            if (event->kind == PARLOR_EVENT_SENTENCE) printf("%s: %s\n", event->name, event->text);
            if (event->kind == PARLOR_EVENT_STATE && event->value == PARLOR_STATE_READY && !said++)
                parlor_client_say(client, "Hello! Who are you?", PARLOR_STRLEN, NULL, 0, 0, NULL);
        }
        parlor_batch_free(batch);
    }
    return parlor_client_destroy(client) != PARLOR_OK;
}
