/* A spoken conversation with Voice Live: lines of the standard input are said when the last reply is over, a line ~400
 * is spoken into the microphone for 400 ms (as a tone), and a tool switches the light.
 * Usage: voicelive_talk URL [MODEL [KEY]]. OpenAI Realtime is the same with its own URL. */
#include <parlor.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SESSION[] =
    "{\"instructions\":\"You keep a lighthouse.\",\"input_audio_transcription\":{\"model\":\"whisper-1\"},"
    "\"turn_detection\":{\"type\":\"server_vad\",\"silence_duration_ms\":500}}";
static const char TOOLS[] =
    "[{\"type\":\"function\",\"name\":\"set_light\",\"description\":\"Changes the light\",\"parameters\":"
    "{\"type\":\"object\",\"properties\":{\"color\":{\"type\":\"string\"},\"blink\":{\"type\":\"boolean\"}}}}]";

static int ready, busy, ended;
static size_t heard; /* bytes of speech, which a program with a loudspeaker would play */

static int complain(const char *what) {
    char why[512] = "";
    parlor_last_error(why, sizeof why, NULL);
    fprintf(stderr, "voicelive_talk: %s: %s\n", what, why);
    return 1;
}

static void on_event(parlor_client *client, const parlor_event *event) {
    switch (event->kind) {
    case PARLOR_EVENT_STATE:
        printf("* %s%s%s\n", event->name, event->text_len ? ": " : "", event->text);
        ready = event->value == PARLOR_STATE_READY;
        ended = event->value == PARLOR_STATE_CLOSED || event->value == PARLOR_STATE_FAILED;
        break;
    case PARLOR_EVENT_GAP: printf("* GAP: %s\n", event->text); break;
    case PARLOR_EVENT_VOICE_ACTIVITY: printf("    [you %s]\n", event->value ? "speak" : "are silent"); break;
    case PARLOR_EVENT_TRANSCRIPT:
        if (event->flags & PARLOR_FLAG_FINAL) printf("    [heard: %s]\n", event->text);
        break;
    case PARLOR_EVENT_SENTENCE: printf("AI: %s\n", event->text); break;
    case PARLOR_EVENT_AUDIO: heard += event->data_len; break;
    case PARLOR_EVENT_AUDIO_ENDED:
        printf("    [%.1f s of speech%s%s]\n", (double)heard / 48000, event->name_len ? ", " : "", event->name);
        heard = 0;
        break;
    case PARLOR_EVENT_TOOL_CALL: /* the reply goes on when the result is there */
        printf("    [tool %s %s]\n", event->name, event->text);
        parlor_client_tool_result(client, event->id, event->id_len, "done", PARLOR_STRLEN, 0, 0, NULL);
        break;
    case PARLOR_EVENT_REPLY_ENDED: /* one that only called a tool says nothing */
        busy = event->status == PARLOR_OK && event->text_len == 0;
        break;
    case PARLOR_EVENT_REQUEST_DONE:
        if (event->status < 0) printf("! %s: %s\n", parlor_status_name(event->status), event->text);
        break;
    default: break; /* there are more kinds, and later versions bring others */
    }
    fflush(stdout);
}

/* A tone and then silence, in pieces of 20 ms, as a microphone gives them. */
static void speak(parlor_client *client, int ms) {
    int16_t piece[480];
    for (int at = 0; at < ms + 700; at += 20) {
        for (int i = 0; i < 480; i++) piece[i] = at >= ms ? 0 : i % 48 < 24 ? 8000 : -8000;
        if (parlor_client_send_audio(client, piece, sizeof piece) != PARLOR_OK) complain("send_audio");
    }
}

/* Says the next line, or goodbye when there is none. */
static void say_next(parlor_client *client) {
    char line[4096];
    size_t len = 0;
    while (len == 0) {
        if (fgets(line, sizeof line, stdin) == NULL) {
            parlor_client_close(client, 0, NULL); /* its STATE CLOSED ends the program */
            busy = 1;
            return;
        }
        len = strcspn(line, "\r\n");
    }
    busy = 1;
    printf("you: %.*s\n", (int)len, line);
    if (line[0] == '~') speak(client, atoi(line + 1));
    else if (parlor_client_say(client, line, len, NULL, 0, 0, NULL) != PARLOR_OK) complain("say");
}

int main(int argc, char **argv) {
    parlor_options *options = NULL;
    parlor_client *client = NULL;
    parlor_batch *batch = NULL;

    parlor_options_new(&options);
    parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "voicelive", PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_URL, argc > 1 ? argv[1] : "", PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_VOICELIVE_MODEL, argc > 2 ? argv[2] : "gpt-realtime", PARLOR_STRLEN);
    if (argc > 3) parlor_options_set_str(options, PARLOR_OPT_CREDENTIAL, argv[3], PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_VOICELIVE_SESSION, SESSION, PARLOR_STRLEN);
    if (parlor_client_new(options, NULL, NULL, NULL, &client) != PARLOR_OK) return complain("no client");
    parlor_options_free(options);
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
