/* Speech for an audio thread: what is spoken is read frame by frame, what is not there is silence, and handles are
 * checked like all others. */
#include "check.h"

static const char *const spoken = "{\"kind\":\"AUDIO\",\"id\":\"reply\",\"name\":\"pcm16\",\"value\":48000,\"bytes\":9600}";
static const char *const ended = "{\"kind\":\"AUDIO_ENDED\",\"id\":\"reply\"}";

static uint64_t number(parlor_audio *audio, int32_t which)
{
    uint64_t value = 0;
    OK(parlor_audio_counter(audio, which, &value));
    return value;
}

static void wait_for(parlor_audio *audio, uint64_t frames)
{
    uint64_t until = now_ms() + PATIENCE_MS;
    while (number(audio, PARLOR_AUDIO_WAITING) != frames) CHECK(now_ms() < until);
}

static void bad_handle(parlor_audio *bad)
{
    float frames[4] = { 7, 7, 7, 7 };
    uint32_t heard = 7;
    uint64_t value = 7;
    char id[8] = "x";
    IS(PARLOR_ERR_BAD_HANDLE, parlor_audio_read(bad, frames, 2, &heard));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_audio_flush(bad));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_audio_counter(bad, PARLOR_AUDIO_HEARD, &value));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_audio_position(bad, &value, id, sizeof id, NULL));
    IS(PARLOR_ERR_BAD_HANDLE, parlor_audio_close(bad));
    for (int at = 0; at < 4; at++) CHECK(frames[at] > 6.9f);
    CHECK(heard == 7 && value == 7 && strcmp(id, "x") == 0);
}

static void run(void)
{
    float frames[2 * 480];
    uint32_t heard = 0;
    uint64_t ms = 0;
    char id[32];
    size_t length = 0;
    parlor_audio *audio = NULL, *second = NULL;
    parlor_client *client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));

    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_audio_open(client, 7999, 2, &audio));
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_audio_open(client, 48000, 9, &audio));
    CHECK(audio == NULL);
    OK(parlor_audio_open(client, 0, 0, &audio));
    CHECK(number(audio, PARLOR_AUDIO_RATE) == 48000 && number(audio, PARLOR_AUDIO_CHANNELS) == 2);
    IS(PARLOR_ERR_WRONG_STATE, parlor_audio_open(client, 0, 0, &second));
    CHECK(second == NULL && counter(PARLOR_COUNTER_LIVE_AUDIO) == 1);
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_audio_counter(audio, 99, &ms));

    /* Nothing is spoken yet. */
    frames[0] = 7;
    OK(parlor_audio_read(audio, frames, 480, &heard));
    CHECK(heard == 0 && frames[0] == 0.0f && frames[959] == 0.0f);
    OK(parlor_audio_read(audio, NULL, 0, NULL));
    OK(parlor_audio_position(audio, &ms, id, sizeof id, &length));
    CHECK(ms == 0 && length == 0 && id[0] == '\0');

    /* 100 ms are spoken, at the rate of the device: they come sample by sample, on both channels. */
    OK(call(client, "emit", spoken, 1));
    OK(call(client, "emit", ended, 2));
    wait_for(audio, 4800);
    for (int at = 0; at < 10; at++) {
        OK(parlor_audio_read(audio, frames, 480, &heard));
        CHECK(heard == 480);
        for (int sample = 0; sample < 960; sample++) CHECK(frames[sample] == (float)0x5A5A / 32768.0f);
        OK(parlor_audio_position(audio, &ms, id, sizeof id, &length));
        CHECK(ms == (uint64_t)(at + 1) * 10 && strcmp(id, "reply") == 0 && length == 5);
    }
    OK(parlor_audio_read(audio, frames, 480, &heard));
    CHECK(heard == 0 && frames[0] == 0.0f && frames[959] == 0.0f);
    CHECK(number(audio, PARLOR_AUDIO_HEARD) == 4800);
    /* The end of the reply may have come a moment after its last sample. */
    uint64_t underruns = number(audio, PARLOR_AUDIO_UNDERRUNS);
    CHECK(underruns <= 1);
    IS(PARLOR_ERR_BUFFER_TOO_SMALL, parlor_audio_position(audio, NULL, id, 3, &length));
    CHECK(strcmp(id, "reply") == 0);

    /* A user who cuts in: what waits is silent at once, and how much was heard stays known. */
    OK(call(client, "emit", spoken, 3));
    OK(call(client, "emit", spoken, 4));
    wait_for(audio, 9600);
    OK(parlor_audio_read(audio, frames, 480, &heard));
    CHECK(heard == 480);
    OK(parlor_audio_flush(audio));
    OK(parlor_audio_read(audio, frames, 480, &heard));
    CHECK(heard == 0 && frames[0] == 0.0f);
    OK(parlor_audio_position(audio, &ms, id, sizeof id, NULL));
    CHECK(ms == 10);

    /* A reply that stops in the middle is an underrun. */
    OK(call(client, "emit", "{\"kind\":\"AUDIO\",\"id\":\"b\",\"name\":\"pcm16\",\"value\":48000,\"bytes\":9600}", 5));
    wait_for(audio, 4800);
    for (int at = 0; at < 11; at++) OK(parlor_audio_read(audio, frames, 480, &heard));
    CHECK(heard == 0 && number(audio, PARLOR_AUDIO_UNDERRUNS) == underruns + 1);

    /* The client goes, and the handle is silent. */
    OK(parlor_client_destroy(client));
    OK(parlor_audio_read(audio, frames, 480, &heard));
    OK(parlor_audio_flush(audio));
    CHECK(heard == 0);
    OK(parlor_audio_close(audio));
    bad_handle(audio);
    bad_handle((parlor_audio *)(void *)client);
    bad_handle((parlor_audio *)(void *)frames);
    IS(PARLOR_ERR_BAD_HANDLE, parlor_audio_open(client, 0, 0, &audio));
    CHECK(audio == NULL);
    OK(parlor_audio_close(NULL));
}
