/* A chat overlay for a stream: it only reads, and only what it shows. The library's own thread calls the callback.
 *
 *     overlay [URL]     ends when the standard input does
 */
#include <parlor.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct overlay {
    unsigned shown;
} overlay;

/* Called on the thread "parlor-events", one event after another. The event is borrowed until this returns. */
static void on_event(const parlor_event *event, void *userdata) {
    overlay *overlay = userdata;
    switch (event->kind) {
    case PARLOR_EVENT_CHAT_STARTED:
        printf("+--- %s ---\n", event->name);
        break;
    case PARLOR_EVENT_CHAT_CLOSED:
        printf("+---\n");
        break;
    case PARLOR_EVENT_MESSAGE:
        if (strcmp(event->role, "assistant") == 0) return; /* its sentences have been shown */
        printf("| %s> %s\n", event->name_len ? event->name : event->role, event->text);
        overlay->shown++;
        break;
    case PARLOR_EVENT_SENTENCE:
        printf("| %s> %s\n", event->name_len ? event->name : "AI", event->text);
        overlay->shown++;
        break;
    case PARLOR_EVENT_STATE:
        if (event->status < 0) printf("| (%s: %s)\n", event->name, event->text);
        break;
    default: /* what happens to the client itself is always told, and need not be shown */
        break;
    }
    fflush(stdout);
}

/* Called exactly once, after the last event. */
static void on_gone(void *userdata) {
    overlay *overlay = userdata;
    printf("overlay: %u lines shown\n", overlay->shown);
    free(overlay);
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : "http://127.0.0.1:8081";
    const char *config[][2] = {
        {"delivery", "thread"},
        /* What the gateway is asked to send. */
        {"gateway.events", "chat_started,chat_closed,dialogue_received,sentence_ready"},
        /* What becomes an event here. */
        {"events.kinds", "CHAT_STARTED,CHAT_CLOSED,MESSAGE,SENTENCE"},
    };
    char why[512] = "";
    size_t i;
    parlor_options *options = NULL;
    parlor_client *client = NULL;
    overlay *userdata = calloc(1, sizeof *userdata);
    if (userdata == NULL) return perror("calloc"), 1;

    parlor_options_new(&options);
    parlor_options_set_str(options, PARLOR_OPT_URL, url, PARLOR_STRLEN);
    for (i = 0; i < sizeof config / sizeof *config; i++)
        if (parlor_options_set_named(options, config[i][0], PARLOR_STRLEN, config[i][1], PARLOR_STRLEN) != PARLOR_OK)
            parlor_last_error(why, sizeof why, NULL);
    /* From here on the userdata belongs to the client, also when this fails. */
    if (parlor_client_new(options, on_event, userdata, on_gone, &client) != PARLOR_OK)
        parlor_last_error(why, sizeof why, NULL);
    parlor_options_free(options);
    if (why[0] != '\0') fprintf(stderr, "overlay: %s\n", why);

    if (client != NULL && parlor_client_connect(client, 0, NULL) == PARLOR_OK)
        while (getchar() != EOF) continue;

    /* When this returns, no callback runs or will run, and on_gone has run. */
    return parlor_client_destroy(client) != PARLOR_OK || why[0] != '\0';
}
