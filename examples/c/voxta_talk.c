/* Talks to a Voxta server without a gateway, and keeps what is heard. Usage: voxta_talk URL FILE.wav <lines.txt
 * Each line of the input is said when the character has finished. The speech comes as PCM, which a game would play and
 * this program writes to a file. It reports every piece as played, or the chat would wait. */
#include <parlor.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct talk {
    parlor_client *client;
    FILE *wav;
    uint32_t rate, bytes;
    int ready, speaking, ended;
} talk;

static void put(FILE *file, uint32_t value, int bytes) {
    for (; bytes > 0; bytes--, value >>= 8) fputc((int)(value & 255), file);
}

static void wav_header(talk *talk) {
    fseek(talk->wav, 0, SEEK_SET);
    fputs("RIFF", talk->wav), put(talk->wav, 36 + talk->bytes, 4), fputs("WAVEfmt ", talk->wav);
    put(talk->wav, 16, 4), put(talk->wav, 1, 2), put(talk->wav, 1, 2), put(talk->wav, talk->rate, 4);
    put(talk->wav, talk->rate * 2, 4), put(talk->wav, 2, 2), put(talk->wav, 16, 2);
    fputs("data", talk->wav), put(talk->wav, talk->bytes, 4);
    fseek(talk->wav, 0, SEEK_END);
}

static void played(talk *talk, int32_t phase, const parlor_event *event) {
    parlor_client_playback(talk->client, phase, event->id, event->id_len, NULL, 0, NULL, 0, 0, NULL);
}

static void on_event(talk *talk, const parlor_event *event) {
    switch (event->kind) {
    case PARLOR_EVENT_STATE:
        printf("* %s%s%s\n", event->name, event->text_len ? ": " : "", event->text);
        talk->ready = event->value == PARLOR_STATE_READY;
        talk->ended = event->value == PARLOR_STATE_CLOSED || event->value == PARLOR_STATE_FAILED;
        if (!talk->ready) talk->speaking = 0;
        break;
    case PARLOR_EVENT_MESSAGE: /* what the character says has been printed already, sentence by sentence */
        if (strcmp(event->role, "assistant") != 0) printf("you: %s\n", event->text);
        break;
    case PARLOR_EVENT_REPLY_STARTED:
        talk->speaking = 1;
        break;
    case PARLOR_EVENT_SENTENCE:
        printf("%s: %s\n", event->name, event->text);
        break;
    case PARLOR_EVENT_TRIGGER:
        printf("    [trigger %s %s]\n", event->name, event->text);
        break;
    case PARLOR_EVENT_TOOL_CALL: /* the server waits until it is done */
        parlor_client_tool_result(talk->client, event->id, event->id_len, "done", PARLOR_STRLEN, 0, 0, NULL);
        break;
    case PARLOR_EVENT_AUDIO:
        if (event->data_len == 0) break; /* this piece could not be fetched; the text says why */
        talk->rate = (uint32_t)event->value;
        talk->bytes += (uint32_t)event->data_len;
        fwrite(event->data, 1, event->data_len, talk->wav);
        played(talk, PARLOR_PLAYBACK_STARTED, event);
        break;
    case PARLOR_EVENT_AUDIO_ENDED:
        if (event->status == PARLOR_OK) played(talk, PARLOR_PLAYBACK_COMPLETED, event);
        talk->speaking = 0;
        break;
    default: break; /* there are more kinds, and later versions bring others */
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    char line[4096];
    int silent = 0, closing = 0;
    parlor_options *options = NULL;
    talk talk = {NULL, NULL, 16000, 0, 0, 0, 0};
    if (argc != 3) return fprintf(stderr, "usage: %s URL FILE.wav <lines.txt\n", argv[0]), 2;
    if ((talk.wav = fopen(argv[2], "wb")) == NULL) return perror(argv[2]), 1;
    wav_header(&talk);
    parlor_options_new(&options);
    parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "voxta", PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_URL, argv[1], PARLOR_STRLEN);
    parlor_options_set_str(options, PARLOR_OPT_VOXTA_SPEECH, "pcm", PARLOR_STRLEN);
    parlor_options_set_i64(options, PARLOR_OPT_RETRY_MAX_ATTEMPTS, 8);
    parlor_options_set_i64(options, PARLOR_OPT_RETRY_MAX_MS, 2000);
    if (parlor_client_new(options, NULL, NULL, NULL, &talk.client) != PARLOR_OK) {
        parlor_last_error(line, sizeof line, NULL);
        return fprintf(stderr, "no client: %s\n", line), 1;
    }
    parlor_options_free(options);
    parlor_client_connect(talk.client, 0, NULL);
    while (!talk.ended) {
        parlor_batch *batch = NULL;
        const parlor_event *event;
        size_t count, stride;
        if (parlor_client_take(talk.client, 250, &batch) == PARLOR_OK) {
            parlor_batch_events(batch, &event, &count, &stride);
            for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride))
                on_event(&talk, event);
            parlor_batch_free(batch);
            silent = 0;
            continue;
        }
        /* One who was interrupted never finishes, so silence has to do in the end. */
        if (closing || ++silent < (talk.ready && !talk.speaking ? 5 : 20)) continue;
        if (talk.ready && fgets(line, sizeof line, stdin) != NULL) {
            parlor_client_say(talk.client, line, strcspn(line, "\r\n"), NULL, 0, 0, NULL);
            talk.speaking = 1;
            silent = 0;
        } else {
            closing = parlor_client_close(talk.client, 0, NULL) == PARLOR_OK; /* its STATE CLOSED ends the loop */
        }
    }
    wav_header(&talk);
    fclose(talk.wav);
    printf("* heard %.1f s, kept in %s\n", talk.bytes / 2.0 / talk.rate, argv[2]);
    return parlor_client_destroy(talk.client) != PARLOR_OK || !closing;
}
