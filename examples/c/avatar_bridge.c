/* The bridge between the AI and an avatar, as a game would have it: poll() once a frame runs the callback on the game's
 * own thread. Sentences queue up to be spoken one after another, the service is told when each begins and ends, and
 * whoever else speaks silences the avatar.
 *
 *     avatar_bridge [URL [SECONDS]]
 */
#define _POSIX_C_SOURCE 200809L
#include <parlor.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FRAMES_PER_SECOND = 60, LINES = 64 };

typedef struct avatar {
    parlor_client *client;
    parlor_batch *lines[LINES]; /* events that were kept, in the order in which they will be spoken */
    unsigned first, count;
    unsigned frames_left; /* of the line that is being spoken */
    int ended;
} avatar;

static const parlor_event *line_at_front(const avatar *avatar) {
    const parlor_event *event = NULL;
    size_t count, stride;
    parlor_batch_events(avatar->lines[avatar->first], &event, &count, &stride);
    return event;
}

static void report(avatar *avatar, int phase) {
    const parlor_event *line = line_at_front(avatar);
    parlor_client_playback(avatar->client, phase, line->id, line->id_len, line->sender, line->sender_len, NULL, 0, 0,
                           NULL);
}

static void drop_front(avatar *avatar) {
    parlor_batch_free(avatar->lines[avatar->first]);
    avatar->first = (avatar->first + 1) % LINES;
    avatar->count--;
    avatar->frames_left = 0;
}

static void on_event(const parlor_event *event, void *userdata) {
    avatar *avatar = userdata;
    switch (event->kind) {
    case PARLOR_EVENT_SENTENCE: /* the event is borrowed until this returns, so keep a copy of it */
        if (avatar->count < LINES &&
            parlor_event_keep(event, &avatar->lines[(avatar->first + avatar->count) % LINES]) == PARLOR_OK)
            avatar->count++;
        break;
    case PARLOR_EVENT_TRIGGER:
        printf("  face: %s %s\n", event->name, event->text);
        break;
    case PARLOR_EVENT_SPEAKER:
        if (event->value == 0) break;
        printf("  hush: %s speaks, %u lines dropped\n", event->name, avatar->count);
        if (avatar->frames_left != 0) report(avatar, PARLOR_PLAYBACK_COMPLETED);
        while (avatar->count > 0) drop_front(avatar);
        break;
    case PARLOR_EVENT_STATE:
        printf("* %s%s%s\n", event->name, event->text_len ? ": " : "", event->text);
        avatar->ended = event->value == PARLOR_STATE_CLOSED || event->value == PARLOR_STATE_FAILED;
        break;
    default:
        break;
    }
    fflush(stdout);
}

/* What an engine would do with the line at the front in one frame: here, a character takes one frame to say. */
static void speak(avatar *avatar) {
    if (avatar->count == 0) return;
    if (avatar->frames_left == 0) {
        const parlor_event *line = line_at_front(avatar);
        printf("%s says: %s\n", line->name, line->text);
        fflush(stdout);
        report(avatar, PARLOR_PLAYBACK_STARTED);
        avatar->frames_left = (unsigned)line->text_len + 1;
    }
    if (--avatar->frames_left == 0) {
        report(avatar, PARLOR_PLAYBACK_COMPLETED);
        drop_front(avatar);
    }
}

int main(int argc, char **argv) {
    const char *url = argc > 1 ? argv[1] : "http://127.0.0.1:8081";
    long frames = (argc > 2 ? strtol(argv[2], NULL, 10) : 60) * FRAMES_PER_SECOND;
    const struct timespec frame = {0, 1000000000L / FRAMES_PER_SECOND};
    char why[512] = "";
    parlor_options *options = NULL;
    static avatar avatar;

    parlor_options_new(&options);
    parlor_options_set_str(options, PARLOR_OPT_URL, url, PARLOR_STRLEN);
    parlor_options_set_i64(options, PARLOR_OPT_RETRY_MAX_ATTEMPTS, 5);
    if (parlor_client_new(options, on_event, &avatar, NULL, &avatar.client) != PARLOR_OK) {
        parlor_last_error(why, sizeof why, NULL);
        return fprintf(stderr, "avatar_bridge: %s\n", why), 1;
    }
    parlor_options_free(options);
    parlor_client_connect(avatar.client, 0, NULL);

    for (; frames > 0 && !avatar.ended; frames--) {
        parlor_client_poll(avatar.client, 64, 2000, NULL); /* at most 64 events and 2 ms of this frame */
        speak(&avatar);
        nanosleep(&frame, NULL);
    }
    while (avatar.count > 0) drop_front(&avatar);
    return parlor_client_destroy(avatar.client) != PARLOR_OK || avatar.ended;
}
