/* every_call.h - one call of every function of the library, for tests that ask where they may be made. A test holds this
 * list to the header. */
#ifndef EVERY_CALL_H
#define EVERY_CALL_H

/* Calls everything that does not end the client. `allow` tells whether a status is fine. */
static UNUSED void every_call(parlor_client *client, const parlor_event *event, int (*allow)(parlor_status))
{
    char buffer[128];
    size_t length = 0, count = 0, stride = 0;
    uint32_t polled = 0;
    int32_t state = 0;
    int64_t whole = 0;
    double number = 0;
    uint64_t request = 0;
    parlor_options *options = NULL;
    parlor_client *another = NULL;
    parlor_batch *batch = NULL, *kept = NULL;
    const parlor_event *events = NULL;
    parlor_audio *audio = NULL;
    float frames[16];
    uint32_t heard = 0;
#define ALLOWED(call)                                                                                                 \
    do {                                                                                                              \
        parlor_status status = (call);                                                                                \
        if (!allow(status)) {                                                                                         \
            fprintf(stderr, "%s\n", parlor_status_name(status));                                                      \
            check_failed(__FILE__, __LINE__, #call);                                                                  \
        }                                                                                                             \
    } while (0)
    CHECK(parlor_version_number() == PARLOR_VERSION_NUMBER);
    CHECK(parlor_version_string() != NULL);
    CHECK(parlor_status_name(PARLOR_OK) != NULL && parlor_status_text(-12345) != NULL);
    CHECK(parlor_features() & PARLOR_FEATURE_TESTKIT);
    OK(parlor_check_abi(PARLOR_ABI_VERSION, PARLOR_VERSION_NUMBER));
    parlor_last_error(buffer, sizeof buffer, &length);
    ALLOWED(parlor_counter(PARLOR_COUNTER_PANICS, &request));
    ALLOWED(parlor_options_new(&options));
    ALLOWED(parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "testkit", PARLOR_STRLEN));
    ALLOWED(parlor_options_set_i64(options, PARLOR_OPT_DELIVERY, PARLOR_DELIVERY_QUEUE));
    ALLOWED(parlor_options_set_named(options, "url", 3, "testkit:", PARLOR_STRLEN));
    ALLOWED(parlor_client_new(options, NULL, NULL, NULL, &another));
    ALLOWED(parlor_options_free(options));
    ALLOWED(parlor_client_connect(another, 1, &request));
    ALLOWED(parlor_client_close(another, 1, &request));
    ALLOWED(parlor_client_destroy(another));
    ALLOWED(parlor_client_get_state(client, &state));
    ALLOWED(parlor_client_mirror(client, buffer, sizeof buffer, &length));
    ALLOWED(parlor_client_network_changed(client));
    ALLOWED(parlor_client_take(client, 0, &batch));
    ALLOWED(parlor_batch_events(batch, &events, &count, &stride));
    ALLOWED(parlor_batch_free(batch));
    ALLOWED(parlor_client_poll(client, 1, 1, &polled));
    ALLOWED(parlor_client_set_wake_fd(client, -1, NULL, 0));
    ALLOWED(parlor_client_say(client, "a", 1, NULL, 0, 1, &request));
    ALLOWED(parlor_client_cancel(client, request));
    ALLOWED(parlor_client_send_audio(client, "ab", 2));
    ALLOWED(parlor_audio_open(client, 48000, 2, &audio));
    ALLOWED(parlor_audio_read(audio, frames, 8, &heard));
    ALLOWED(parlor_audio_counter(audio, PARLOR_AUDIO_HEARD, &request));
    ALLOWED(parlor_audio_position(audio, &request, buffer, sizeof buffer, &length));
    ALLOWED(parlor_audio_flush(audio));
    ALLOWED(parlor_audio_close(audio));
    ALLOWED(parlor_client_interrupt(client, NULL, 0, 1, &request));
    ALLOWED(parlor_client_set_context(client, "k", 1, "t", 1, NULL, 0, 1, &request));
    ALLOWED(parlor_client_set_tools(client, "[]", 2, 1, &request));
    ALLOWED(parlor_client_tool_result(client, "i", 1, "r", 1, 0, 1, &request));
    ALLOWED(parlor_client_playback(client, PARLOR_PLAYBACK_STARTED, "i", 1, NULL, 0, NULL, 0, 1, &request));
    ALLOWED(parlor_client_subscribe(client, "{}", 2, 1, &request));
    ALLOWED(parlor_client_set_credential(client, "c", 1, 1, &request));
    ALLOWED(parlor_client_call(client, "echo", 4, "{}", 2, 1, &request));
    if (event != NULL) {
        ALLOWED(parlor_event_get(event, "text", 4, buffer, sizeof buffer, &length));
        ALLOWED(parlor_event_get_i64(event, "n", 1, &whole));
        ALLOWED(parlor_event_get_f64(event, "n", 1, &number));
        ALLOWED(parlor_event_keep(event, &kept));
        ALLOWED(parlor_batch_free(kept));
    }
#undef ALLOWED
}

#endif
