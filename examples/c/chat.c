/* A conversation on the pull API: what you write is said, what comes back is printed as it comes. Usage: chat [URL];
 * the URL is also taken from PARLOR_URL. The program sleeps in one poll() on two descriptors: the standard input, and
 * a pipe that the client writes to when events begin to wait. A person speaks at any time; a script waits its turn. */
#define _POSIX_C_SOURCE 200809L
#include <parlor.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct chat {
    parlor_client *client;
    int ready; /* the service takes part in a conversation now */
    int idle;  /* the AI neither thinks nor speaks */
    int ended; /* closed, or failed for good */
} chat;

static int complain(const char *what) {
    char why[512] = "";
    parlor_last_error(why, sizeof why, NULL);
    fprintf(stderr, "chat: %s: %s\n", what, why);
    return 1;
}

static void on_event(chat *chat, const parlor_event *event) {
    switch (event->kind) {
    case PARLOR_EVENT_STATE:
        printf("* %s%s%s\n", event->name, event->text_len ? ": " : "", event->text);
        chat->ready = event->value == PARLOR_STATE_READY;
        chat->ended = event->value == PARLOR_STATE_CLOSED || event->value == PARLOR_STATE_FAILED;
        break;
    case PARLOR_EVENT_GAP:
        printf("* GAP: %s\n", event->text);
        break;
    case PARLOR_EVENT_CHAT_STARTED:
        printf("* %s is here\n", event->name);
        break;
    case PARLOR_EVENT_MESSAGE: /* what the AI says has been printed already, sentence by sentence */
        if (strcmp(event->role, "assistant") != 0)
            printf("%s: %s\n", event->name_len ? event->name : event->role, event->text);
        break;
    case PARLOR_EVENT_SENTENCE:
        printf("%s: %s\n", event->name_len ? event->name : "AI", event->text);
        break;
    case PARLOR_EVENT_AI_STATE:
        printf("    [%s]\n", event->text);
        chat->idle = event->value == PARLOR_AI_IDLE;
        break;
    case PARLOR_EVENT_SPEAKER:
        printf("    [%s %s%s%s]\n", event->name, event->value ? "speaks" : "has spoken", event->text_len ? ": " : "",
               event->text);
        break;
    case PARLOR_EVENT_TRIGGER:
        printf("    [trigger %s %s]\n", event->name, event->text);
        break;
    case PARLOR_EVENT_REQUEST_DONE:
        if (event->status < 0) printf("! %s: %s\n", parlor_status_name(event->status), event->text);
        break;
    default: break; /* there are more kinds, and later versions bring others */
    }
    fflush(stdout);
}

static void take_events(chat *chat) {
    parlor_batch *batch = NULL;
    while (parlor_client_take(chat->client, 0, &batch) == PARLOR_OK) {
        const parlor_event *event;
        size_t count, stride;
        parlor_batch_events(batch, &event, &count, &stride);
        for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride)) on_event(chat, event);
        parlor_batch_free(batch);
    }
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : getenv("PARLOR_URL");
    char line[4096];
    int wake[2], eof = 0, silent_ms = 0, person = isatty(STDIN_FILENO);
    parlor_options *options = NULL;
    chat chat = {NULL, 0, 1, 0};

    setvbuf(stdin, NULL, _IONBF, 0); /* or poll() would not know of the lines that stdio holds */
    parlor_options_new(&options);
    parlor_options_set_str(options, PARLOR_OPT_URL, url ? url : "http://127.0.0.1:8081", PARLOR_STRLEN);
    parlor_options_set_i64(options, PARLOR_OPT_RETRY_MAX_ATTEMPTS, 8);
    parlor_options_set_i64(options, PARLOR_OPT_RETRY_MAX_MS, 2000);
    if (parlor_client_new(options, NULL, NULL, NULL, &chat.client) != PARLOR_OK) return complain("no client");
    parlor_options_free(options);
    if (pipe(wake) != 0 || fcntl(wake[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(wake[1], F_SETFL, O_NONBLOCK) != 0)
        return perror("pipe"), 1;
    if (parlor_client_set_wake_fd(chat.client, wake[1], "!", 1) != PARLOR_OK) return complain("no wake descriptor");
    parlor_client_connect(chat.client, 0, NULL);

    while (!chat.ended) {
        /* An AI whose speech nobody plays may never say that it is idle, so silence has to do in the end. */
        int quiet = silent_ms >= (chat.ready && chat.idle ? 1250 : 5000);
        int my_turn = chat.ready && !eof && (person || quiet);
        struct pollfd fds[2] = {{wake[0], POLLIN, 0}, {my_turn ? STDIN_FILENO : -1, POLLIN, 0}};
        silent_ms = poll(fds, 2, 250) > 0 ? 0 : silent_ms + 250;
        while (read(wake[0], line, sizeof line) > 0) continue;
        take_events(&chat);
        if (fds[1].revents != 0) {
            size_t len = (eof = fgets(line, sizeof line, stdin) == NULL) ? 0 : strcspn(line, "\r\n");
            if (len > 0 && parlor_client_say(chat.client, line, len, NULL, 0, 0, NULL) != PARLOR_OK) complain("say");
        }
        if (eof == 1 && quiet) {
            parlor_client_close(chat.client, 0, NULL); /* its STATE CLOSED ends the loop */
            eof = 2;
        }
    }
    return parlor_client_destroy(chat.client) != PARLOR_OK || eof != 2;
}
