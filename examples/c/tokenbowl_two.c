/* Two users of Token Bowl Chat in one program. Usage: tokenbowl_two [URL]; the URL is also taken from PARLOR_URL.
 * Each line of the standard input is said by one of them: `alice: text` in the room, `alice>bob: text` to bob
 * alone. The keys are taken from ALICE_KEY and BOB_KEY, or are those of the simulator. Before a line is read,
 * everybody has heard the last one, so a script is told the same way every time. */
#include <parlor.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct user {
    const char *name;
    parlor_client *client;
    int state, heard, gaps;
} user;

static user users[2] = {{"alice", NULL, 0, 0, 0}, {"bob", NULL, 0, 0, 0}};

static int complain(const char *what) {
    char why[512] = "";
    parlor_last_error(why, sizeof why, NULL);
    fprintf(stderr, "tokenbowl_two: %s: %s\n", what, why);
    return 1;
}

static void on_event(user *user, const parlor_event *event) {
    if (event->kind == PARLOR_EVENT_STATE) {
        user->state = (int)event->value;
        printf("  [%s is %s]\n", user->name, event->name);
    } else if (event->kind == PARLOR_EVENT_MESSAGE) {
        user->heard++;
        printf("  [%s hears] %s%s: %s%s\n", user->name, event->name, strcmp(event->role, "direct") ? "" : " (direct)",
               event->text, event->flags & PARLOR_FLAG_SNAPSHOT ? "   (missed, and caught up)" : "");
    } else if (event->kind == PARLOR_EVENT_GAP) {
        user->gaps++;
        printf("  [%s has a gap] %s\n", user->name,
               strstr(event->json, "true") ? "closed: nothing is missing" : event->text);
    } else if (event->kind == PARLOR_EVENT_REQUEST_DONE && event->status < 0) {
        printf("  [%s] %s: %s\n", user->name, parlor_status_name(event->status), event->text);
    }
    fflush(stdout);
}

/* Takes what comes for this user, waiting for it at most so long. */
static void take(user *user, uint32_t patience) {
    parlor_batch *batch = NULL;
    const parlor_event *event;
    size_t count, stride;
    if (parlor_client_take(user->client, patience, &batch) != PARLOR_OK) return;
    parlor_batch_events(batch, &event, &count, &stride);
    for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride))
        on_event(user, event);
    parlor_batch_free(batch);
}

static int start(user *user, const char *url, const char *key) {
    parlor_options *options = NULL;
    int made = parlor_options_new(&options) == PARLOR_OK &&
               parlor_options_set_named(options, "protocol", PARLOR_STRLEN, "tokenbowl", PARLOR_STRLEN) == PARLOR_OK &&
               parlor_options_set_named(options, "url", PARLOR_STRLEN, url, PARLOR_STRLEN) == PARLOR_OK &&
               parlor_options_set_named(options, "credential", PARLOR_STRLEN, key, PARLOR_STRLEN) == PARLOR_OK &&
               parlor_client_new(options, NULL, NULL, NULL, &user->client) == PARLOR_OK &&
               parlor_client_connect(user->client, 0, NULL) == PARLOR_OK;
    parlor_options_free(options);
    while (made && user->state != PARLOR_STATE_READY && user->state != PARLOR_STATE_FAILED) take(user, 1000);
    return made && user->state == PARLOR_STATE_READY;
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : getenv("PARLOR_URL");
    const char *keys[2] = {getenv("ALICE_KEY"), getenv("BOB_KEY")};
    char line[4096], to[128];
    if (!keys[0]) keys[0] = "616c696365616c696365616c696365616c696365616c696365616c696365616c";
    if (!keys[1]) keys[1] = "626f62626f62626f62626f62626f62626f62626f62626f62626f62626f62626f";
    for (int i = 0; i < 2; i++)
        if (!start(&users[i], url ? url : "http://127.0.0.1:8000", keys[i])) return complain(users[i].name);
    while (fgets(line, sizeof line, stdin)) {
        char *text = strstr(line, ": "), *whom;
        int by = strncmp(line, "bob", 3) == 0, gaps = users[by].gaps;
        line[strcspn(line, "\r\n")] = 0;
        if (!text) continue;
        *text = 0;
        text += 2;
        to[0] = 0;
        if ((whom = strchr(line, '>')) != NULL) snprintf(to, sizeof to, "{\"to\":\"%.50s\"}", whom + 1);
        printf("%s: %s\n", line, text);
        int heard[2] = {users[0].heard, users[1].heard};
        if (parlor_client_say(users[by].client, text, PARLOR_STRLEN, to, strlen(to), 0, NULL) < 0) complain("say");
        for (int i = 0; i < 40 && (users[0].heard == heard[0] || users[1].heard == heard[1]); i++)
            for (int u = 0; u < 2; u++) take(&users[u], 50);
        /* Who goes away comes back by itself, and is waited for. */
        for (int i = 0; i < 200 && !strcmp(text, "brb") && users[by].gaps == gaps; i++)
            take(&users[by], 50);
    }
    for (int u = 0; u < 2; u++) parlor_client_close(users[u].client, 0, NULL);
    for (int u = 0; u < 2; u++) {
        while (users[u].state != PARLOR_STATE_CLOSED && users[u].state != PARLOR_STATE_FAILED) take(&users[u], 1000);
        parlor_client_destroy(users[u].client);
    }
    return parlor_shutdown(2000) == PARLOR_OK ? 0 : complain("shutdown");
}
