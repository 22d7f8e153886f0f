/*
 * parlor.h - an embeddable client for realtime conversational services.
 *
 * This file is made from the sources. Do not edit it.
 *
 * IN ONE MINUTE
 *
 *     parlor_options *options;
 *     parlor_client *client;
 *     parlor_options_new(&options);
 *     parlor_options_set_str(options, PARLOR_OPT_PROTOCOL, "gateway", PARLOR_STRLEN);
 *     parlor_options_set_str(options, PARLOR_OPT_URL, "http://127.0.0.1:8000", PARLOR_STRLEN);
 *     parlor_client_new(options, NULL, NULL, NULL, &client);
 *     parlor_options_free(options);
 *     parlor_client_connect(client, 0, NULL);
 *     for (;;) {
 *         parlor_batch *batch;
 *         const parlor_event *event;
 *         size_t count, stride;
 *         if (parlor_client_take(client, PARLOR_FOREVER, &batch) != PARLOR_OK) break;
 *         parlor_batch_events(batch, &event, &count, &stride);
 *         for (; count > 0; count--, event = (const parlor_event *)((const char *)event + stride))
 *             if (event->kind == PARLOR_EVENT_SENTENCE) puts(event->text);
 *         parlor_batch_free(batch);
 *     }
 *     parlor_client_destroy(client);
 *
 * THREADS
 *
 *   Every function may be called from any thread at any time, also from inside callbacks, unless its comment says
 *   otherwise. None of them waits for the network, except that parlor_client_take() waits for events as long as you say.
 *   Your code never runs on a thread that serves the network. Events of one client are delivered one after another and
 *   in order, in one of three ways:
 *
 *     take    parlor_client_take() hands you what has come as a batch of events. Needs no callback. For scripts, for
 *             bindings, for your own thread.
 *     poll    parlor_client_poll() runs your callback on the thread that calls it. For game loops: once a frame.
 *     thread  with PARLOR_DELIVERY_THREAD, the library's thread "parlor-events" runs your callback. For plain programs.
 *
 *   The first two can be mixed, and parlor_client_set_wake_fd() tells an event loop when to use them.
 *
 * LIFE AND DEATH
 *
 *   The first client starts what the library needs, the last one stops it; there is nothing to initialise.
 *   parlor_client_close() says goodbye: every request ends with an event, and the state becomes CLOSED.
 *   parlor_client_destroy() ends a client at once: when it returns PARLOR_OK, no callback of it runs or will run, and its
 *   userdata has been freed. Inside the client's own callback it returns PARLOR_DEFERRED, and the same becomes true when
 *   that callback returns.
 *   parlor_shutdown() destroys what is left and joins every thread: before a plugin or a script domain is unloaded.
 *   A program that exits without any of this exits cleanly. A child process that was forked while clients were alive
 *   can not use the library: every call answers PARLOR_ERR_FORKED and does nothing.
 *
 * REQUESTS
 *
 *   An action checks its arguments, returns at once, and ends in exactly one PARLOR_EVENT_REQUEST_DONE, unless its client
 *   is destroyed first. The `tag` is yours: it comes back in every event of the request, and it is the way to know them,
 *   because an event can arrive before the call that caused it has returned.
 *
 * MEMORY AND TEXTS
 *
 *   Handles are keys, not pointers: one that was released, or is no handle at all, gives PARLOR_ERR_BAD_HANDLE.
 *   What you pass in is copied. What you get is freed by the function that its comment names, never by free().
 *
 *   owned      yours: release it with the function named
 *   borrowed   not yours: good until the moment named
 *   copied     the library keeps nothing of yours
 *   out        written only when the call succeeds; a handle is set to NULL when it fails
 *   may be NULL / not NULL   a pointer that is not said to be allowed to be NULL gives PARLOR_ERR_INVALID_ARGUMENT,
 *                            or PARLOR_ERR_BAD_HANDLE where it is a handle
 *
 *   A text that goes in is UTF-8 with a length in bytes, or with PARLOR_STRLEN when it ends with a NUL. A text of length
 *   0 may be NULL. A text that comes out has its length and a NUL behind it.
 *
 * WHAT MAY CHANGE
 *
 *   Later versions bring new kinds of events, new statuses, new options and new fields at the end of parlor_event. So:
 *   ignore kinds that you do not know, look at the sign of a status before its number, and walk batches by their stride.
 *   Numbers are never used again for something else. Let a binding call parlor_check_abi() first.
 *   A C++ exception or a longjmp() must never pass through the library.
 */

#ifndef PARLOR_H
#define PARLOR_H

#include <stddef.h>
#include <stdint.h>

/* Define PARLOR_STATIC when you link with the static library on Windows. */
#if defined(_WIN32) && !defined(PARLOR_STATIC)
#  define PARLOR_API __declspec(dllimport)
#elif defined(__GNUC__)
#  define PARLOR_API __attribute__((visibility("default")))
#else
#  define PARLOR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** As the length of a text: it ends with a NUL, go and look. */
#define PARLOR_STRLEN SIZE_MAX

/** One event; its fields stand below. */
typedef struct parlor_event parlor_event;

/* Version ----------------------------------------------------------------------------------------------------------- */

#define PARLOR_VERSION_MAJOR 0              /**< The version of this header. */
#define PARLOR_VERSION_MINOR 1
#define PARLOR_VERSION_PATCH 0

/** One byte for each part, so that numbers compare as versions do. */
#define PARLOR_VERSION_NUMBER (((PARLOR_VERSION_MAJOR << 16) | (PARLOR_VERSION_MINOR << 8)) | PARLOR_VERSION_PATCH)

/** The version of the binary interface. It changes only when a program that was built before could break. */
#define PARLOR_ABI_VERSION 0

/* Handles, and what you are called with ----------------------------------------------------------------------------- */

#define PARLOR_FOREVER UINT32_MAX           /**< As a time to wait: without an end. */
#define PARLOR_OLDEST (UINT32_MAX - 1)      /**< As a time to wait for events: none, and only the oldest events that came together. */

/**
 * The speech of a client, for an audio thread.
 * Owned: release with parlor_audio_close(). It outlives its client.
 */
typedef struct parlor_audio parlor_audio;

/**
 * Some events in the order in which they came.
 * Owned: release with parlor_batch_free(). It outlives its client.
 */
typedef struct parlor_batch parlor_batch;

/**
 * A client: one conversation with one service, over as many connections as it takes.
 * Owned: release with parlor_client_destroy().
 */
typedef struct parlor_client parlor_client;

/**
 * A set of options for clients to be made.
 * Owned: release with parlor_options_free(). A client copies what it needs, so one set can make many clients.
 */
typedef struct parlor_options parlor_options;

/**
 * Receives one event.
 *
 * \param event     not NULL, borrowed until the function returns; parlor_event_keep() makes a copy that stays.
 * \param userdata  what was given to parlor_client_new().
 *
 * It may call every function of this library. It must return: no C++ exception and no longjmp() may leave it.
 */
typedef void (*parlor_event_fn)(const parlor_event *event, void *userdata);

/**
 * Frees the userdata of a client. It is called exactly once, after the last event.
 *
 * \param userdata  what was given to parlor_client_new().
 */
typedef void (*parlor_free_fn)(void *userdata);

/* Statuses ---------------------------------------------------------------------------------------------------------- */

/**
 * What a call or an event reports: 0 is good, a positive number is good with a remark, a negative one is an error. Later
 * versions bring more numbers, so look at the sign first.
 */
typedef int32_t parlor_status;

#define PARLOR_OK 0                         /**< It worked. */
#define PARLOR_DEFERRED 1                   /**< Destroy was called inside this client's own callback and completes when that returns. */
#define PARLOR_TIMED_OUT 2                  /**< Nothing happened in the time given, which is not a failure. */
#define PARLOR_ERR_INVALID_ARGUMENT (-1)    /**< An argument is missing or wrong. */
#define PARLOR_ERR_BAD_HANDLE (-2)          /**< The handle is not one of ours, or was destroyed before. */
#define PARLOR_ERR_BAD_UTF8 (-3)            /**< A text is not valid UTF-8. */
#define PARLOR_ERR_BUFFER_TOO_SMALL (-4)    /**< The buffer does not hold the answer; the length needed was written. */
#define PARLOR_ERR_WRONG_STATE (-5)         /**< The client is not in a state in which this can be done. */
#define PARLOR_ERR_QUEUE_FULL (-6)          /**< Too many requests are pending. */
#define PARLOR_ERR_WOULD_DEADLOCK (-7)      /**< This call waits for the callback that it was made from. */
#define PARLOR_ERR_UNSUPPORTED (-8)         /**< The service has no such thing. */
#define PARLOR_ERR_FORKED (-9)              /**< The library was started in the parent process and can not be used in this child. */
#define PARLOR_ERR_ABI_MISMATCH (-10)       /**< The program was built with a header that does not fit this library. */
#define PARLOR_ERR_RESOURCES (-11)          /**< A thread, a runtime or a descriptor could not be made. */
#define PARLOR_ERR_THREADS_LEFT (-12)       /**< Some threads did not end in the time given. */
#define PARLOR_ERR_NOT_FOUND (-13)          /**< There is no such field. */
#define PARLOR_ERR_DNS (-100)               /**< The host name was not found. */
#define PARLOR_ERR_REFUSED (-101)           /**< Nobody listens at that address. */
#define PARLOR_ERR_UNREACHABLE (-102)       /**< The network does not lead there. */
#define PARLOR_ERR_CONNECT_TIMEOUT (-103)   /**< The address did not answer in time. */
#define PARLOR_ERR_CONNECTION_LOST (-104)   /**< The connection ended without a word. */
#define PARLOR_ERR_PROXY (-105)             /**< The proxy refused or failed. */
#define PARLOR_ERR_IDLE_TIMEOUT (-106)      /**< The other side has been silent for too long. */
#define PARLOR_ERR_HANDSHAKE_TIMEOUT (-107) /**< TLS or the WebSocket upgrade did not complete in time. */
#define PARLOR_ERR_TOO_BIG (-108)           /**< A frame or a body is larger than the limit. */
#define PARLOR_ERR_TLS (-200)               /**< TLS failed. */
#define PARLOR_ERR_TLS_CERTIFICATE (-201)   /**< The certificate is not acceptable. */
#define PARLOR_ERR_HTTP (-300)              /**< An HTTP answer that was not expected. */
#define PARLOR_ERR_UNAUTHORIZED (-301)      /**< HTTP 401: the credential is missing, wrong or expired. */
#define PARLOR_ERR_FORBIDDEN (-302)         /**< HTTP 403: not allowed, or the path is wrong. */
#define PARLOR_ERR_HTTP_NOT_FOUND (-303)    /**< HTTP 404 or 405: there is no such thing at that path. */
#define PARLOR_ERR_REJECTED (-304)          /**< HTTP 400 or 422: the service found a fault in the request. */
#define PARLOR_ERR_RATE_LIMITED (-305)      /**< HTTP 429: too many requests. */
#define PARLOR_ERR_SERVER_ERROR (-306)      /**< HTTP 5xx: the service failed. */
#define PARLOR_ERR_REDIRECT (-307)          /**< A redirect to another origin, which is not followed. */
#define PARLOR_ERR_CONFLICT (-308)          /**< HTTP 409: it clashes with what the service already has. */
#define PARLOR_ERR_PROTOCOL (-400)          /**< The other side broke the protocol. */
#define PARLOR_ERR_NO_ANSWER (-401)         /**< The service did not give its first answer in time. */
#define PARLOR_ERR_REPLACED (-402)          /**< Another connection took this client's place. */
#define PARLOR_ERR_SERVICE_CLOSED (-403)    /**< The service closed the connection. */
#define PARLOR_ERR_SERVICE (-404)           /**< The service reported an error. */
#define PARLOR_ERR_OVERFLOW (-405)          /**< The host did not take its events, so the link was let go. */
#define PARLOR_ERR_CANCELLED (-500)         /**< The request was cancelled. */
#define PARLOR_ERR_TIMEOUT (-501)           /**< The request was not answered in time. */
#define PARLOR_ERR_LINK_LOST (-502)         /**< The link was lost before the answer came; whether it took effect is unknown. */
#define PARLOR_ERR_EXPIRED (-503)           /**< The request waited for a chat longer than its time to live. */
#define PARLOR_ERR_PANIC (-1000)            /**< A fault inside the library; the client that it touched has failed. */

/**
 * The name of a status: "PARLOR_ERR_REFUSED".
 *
 * \returns a text that lives as long as the library, also for numbers that are no status. Not NULL.
 * \threadsafety any thread, also in a forked child.
 * \since 0.1
 */
PARLOR_API const char *parlor_status_name(parlor_status status);

/**
 * One sentence about a status: "nobody listens at that address".
 *
 * \returns a text that lives as long as the library, also for numbers that are no status. Not NULL.
 * \threadsafety any thread, also in a forked child.
 * \since 0.1
 */
PARLOR_API const char *parlor_status_text(parlor_status status);

/**
 * Copies out what was wrong with the last call that failed on this thread, in words: what is wrong and what to do.
 * Calls that succeed leave it as it is, and so does this one. What fails later, on the way to the service, is told by
 * the `text` of an event instead.
 *
 * \param buffer    receives the text and a NUL; a text that does not fit is cut. May be NULL when `capacity` is 0.
 * \param out_len   may be NULL; receives the length of the whole text without the NUL.
 * \returns PARLOR_OK; PARLOR_ERR_BUFFER_TOO_SMALL when the text was cut.
 * \threadsafety any thread, also in a forked child.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_last_error(char *buffer, size_t capacity, size_t *out_len);

/* The library ------------------------------------------------------------------------------------------------------- */

/** Bit of parlor_features(): this build holds the protocol "testkit", which needs no network. Never in a release. */
#define PARLOR_FEATURE_TESTKIT 1

/** Bit of parlor_features(): this build holds the simulators of the services. Never in a release. */
#define PARLOR_FEATURE_SIMULATORS 2

/**
 * Bit of parlor_features(): this build can check the arguments of tool calls against JSON Schema, as the option
 * PARLOR_OPT_TOOLCHAT_VALIDATE_ARGUMENTS asks for.
 */
#define PARLOR_FEATURE_SCHEMA 4

#define PARLOR_COUNTER_LIVE_CLIENTS 0       /**< As the counter: clients that were made and not destroyed. */
#define PARLOR_COUNTER_LIVE_OPTIONS 1       /**< As the counter: sets of options that were made and not freed. */
#define PARLOR_COUNTER_LIVE_BATCHES 2       /**< As the counter: batches that were given out and not freed. */
#define PARLOR_COUNTER_LIVE_THREADS 3       /**< As the counter: threads of the library. */
#define PARLOR_COUNTER_DROPPED_EVENTS 4     /**< As the counter: events that full queues have dropped. */
#define PARLOR_COUNTER_PANICS 5             /**< As the counter: faults inside the library that were caught. */
#define PARLOR_COUNTER_LATE_ANSWERS 6       /**< As the counter: answers that came after their request had ended. */
#define PARLOR_COUNTER_LIVE_AUDIO 7         /**< As the counter: audio handles that were opened and not closed. */

/**
 * The version of the library that is running, to be compared with PARLOR_VERSION_NUMBER.
 *
 * \threadsafety any thread, also in a forked child.
 * \since 0.1
 */
PARLOR_API uint32_t parlor_version_number(void);

/**
 * The version of the library that is running, as text: "0.1.0".
 *
 * \returns a text that lives as long as the library. Not NULL.
 * \threadsafety any thread, also in a forked child.
 * \since 0.1
 */
PARLOR_API const char *parlor_version_string(void);

/**
 * Checks that the library fits the header that you compiled with. The first call of every binding:
 *
 *     parlor_check_abi(PARLOR_ABI_VERSION, PARLOR_VERSION_NUMBER)
 *
 * \returns PARLOR_OK; PARLOR_ERR_ABI_MISMATCH when the binary interface is another one or the library is older than the
 *          header, and parlor_last_error() says which.
 * \threadsafety any thread, also in a forked child.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_check_abi(uint32_t header_abi, uint32_t header_version);

/**
 * What this build of the library holds: bits of PARLOR_FEATURE_. The functions of the header are in every build.
 *
 * \threadsafety any thread, also in a forked child.
 * \since 0.1
 */
PARLOR_API uint64_t parlor_features(void);

/**
 * Destroys every client that is left and joins every thread of the library. It can be used again afterwards.
 *
 * Call it before the host unloads what its callbacks are made of: a script domain, an interpreter, a plugin. A program
 * that simply exits need not.
 *
 * \param timeout_ms  how long to wait for the threads; PARLOR_FOREVER waits without an end. A name lookup that the
 *                    system does not answer can keep one for many seconds.
 * \returns PARLOR_OK; PARLOR_ERR_THREADS_LEFT; PARLOR_ERR_WOULD_DEADLOCK inside a callback, with nothing done.
 * \threadsafety any thread, but not inside callbacks. Clients that other threads make meanwhile may survive it.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_shutdown(uint32_t timeout_ms);

/**
 * Reads a counter, for tests and for bug reports.
 *
 * \param counter    one of PARLOR_COUNTER_.
 * \param out_value  not NULL.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such counter.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_counter(int32_t counter, uint64_t *out_value);

/* Options ----------------------------------------------------------------------------------------------------------- */

#define PARLOR_DELIVERY_QUEUE 0             /**< As the value of PARLOR_OPT_DELIVERY: events wait until the host takes or polls them. */

/** As the value of PARLOR_OPT_DELIVERY: the library's thread parlor-events calls the callback. */
#define PARLOR_DELIVERY_THREAD 1

/** As the value of PARLOR_OPT_QUEUE_OVERFLOW: let go of the link, and come back when the host has drained the queue. */
#define PARLOR_OVERFLOW_DISCONNECT 0

#define PARLOR_OVERFLOW_PAUSE 1             /**< As the value of PARLOR_OPT_QUEUE_OVERFLOW: stop reading until there is room. */

/** As the value of PARLOR_OPT_LOG_LEVEL and of LOG events. Each level includes those before it. */
#define PARLOR_LOG_OFF 0

#define PARLOR_LOG_ERROR 1
#define PARLOR_LOG_WARN 2
#define PARLOR_LOG_INFO 3
#define PARLOR_LOG_DEBUG 4
#define PARLOR_LOG_TRACE 5

/**
 * "protocol" (text; default gateway; since 0.1): The service to talk to: gateway, voxta, tokenbowl, centrifugo,
 * voicelive or toolchat.
 */
#define PARLOR_OPT_PROTOCOL 1

/**
 * "url" (text; default ""; since 0.1): Where the service is: http, https, ws or wss, with a base path where there
 * is one. Empty stands for http://localhost:8081 with the protocol gateway, http://127.0.0.1:5384 with voxta.
 */
#define PARLOR_OPT_URL 2

/** "credential" (secret text; default ""; since 0.1): The key or token of the service, where it wants one. */
#define PARLOR_OPT_CREDENTIAL 3

/**
 * "headers" (secret text; default ""; since 0.1): Further HTTP headers for every request and upgrade, as a JSON
 * object of texts.
 */
#define PARLOR_OPT_HEADERS 4

/** "user_agent" (text; default ""; since 0.1): The User-Agent header; empty stands for parlor/VERSION. */
#define PARLOR_OPT_USER_AGENT 5

/**
 * "delivery" (queue, thread; default queue; since 0.1): How events reach the host: `queue`, the host takes or
 * polls them; `thread`, the library's thread parlor-events calls the callback.
 */
#define PARLOR_OPT_DELIVERY 10

/**
 * "events.kinds" (text; default ""; since 0.1): The kinds to deliver: names divided by commas, `all` for every
 * kind, a leading `-` removes one. Empty is everything but FRAME. What happens to the client itself is always
 * told.
 */
#define PARLOR_OPT_EVENTS_KINDS 11

/**
 * "events.lazy" (0 or 1; default 0; since 0.1): Deliver only kind, type and json of service events; their fields
 * are read with parlor_event_get. Saves most of the decoding in a flood of events.
 */
#define PARLOR_OPT_EVENTS_LAZY 12

/** "queue.max_events" (16 to 1000000; default 4096; since 0.1): How many events may wait for the host. */
#define PARLOR_OPT_QUEUE_MAX_EVENTS 20

/**
 * "queue.max_bytes" (65536 to 1073741824; default 16777216; since 0.1): How many bytes of events may wait for the
 * host.
 */
#define PARLOR_OPT_QUEUE_MAX_BYTES 21

/**
 * "queue.overflow" (disconnect, pause; default disconnect; since 0.1): What to do when the queue is full of events
 * that may not be dropped: `disconnect` lets go of the link and comes back with a GAP when the host has drained
 * the queue; `pause` stops reading, which some services answer by stalling everybody.
 */
#define PARLOR_OPT_QUEUE_OVERFLOW 22

/**
 * "audio.rate" (8000 to 192000; default 48000; since 0.1): The rate at which parlor_audio_read() gives speech, in
 * frames a second, where parlor_audio_open() is not told one: that of the sound device.
 */
#define PARLOR_OPT_AUDIO_RATE 40

/**
 * "audio.channels" (1 to 8; default 2; since 0.1): How many channels parlor_audio_read() gives, where
 * parlor_audio_open() is not told. Speech has one, so each gets the same.
 */
#define PARLOR_OPT_AUDIO_CHANNELS 41

/**
 * "audio.latency_ms" (0 to 10000; default 80; since 0.1): How much speech of a reply must have come before it
 * begins to be heard, against a network that is uneven.
 */
#define PARLOR_OPT_AUDIO_LATENCY_MS 42

/**
 * "audio.buffer_ms" (1000 to 3600000; default 300000; since 0.1): How much speech may wait for
 * parlor_audio_read(). What is more is dropped, and counted.
 */
#define PARLOR_OPT_AUDIO_BUFFER_MS 43

/**
 * "log.level" (off, error, warn, info, debug, trace; default off; since 0.1): Which log records become LOG events.
 * Where it is not set, the environment variable PARLOR_LOG is asked.
 */
#define PARLOR_OPT_LOG_LEVEL 30

/**
 * "connect.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long name lookup and TCP connect (through
 * the proxy, where there is one) may take; 0 is no limit.
 */
#define PARLOR_OPT_CONNECT_TIMEOUT_MS 100

/**
 * "handshake.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long TLS and the WebSocket upgrade may
 * take; 0 is no limit.
 */
#define PARLOR_OPT_HANDSHAKE_TIMEOUT_MS 101

/**
 * "answer.timeout_ms" (0 to 86400000; default 10000; since 0.1): How long the service may take from the open
 * socket to its first answer; 0 is no limit.
 */
#define PARLOR_OPT_ANSWER_TIMEOUT_MS 102

/**
 * "idle.timeout_ms" (0 to 86400000; default 60000; since 0.1): How long the service may be silent, pings and pongs
 * included, before the link counts as lost; 0 is no limit.
 */
#define PARLOR_OPT_IDLE_TIMEOUT_MS 103

/** "keepalive.interval_ms" (0 to 86400000; default 20000; since 0.1): How often a quiet link is pinged; 0 is never. */
#define PARLOR_OPT_KEEPALIVE_INTERVAL_MS 104

/**
 * "request.timeout_ms" (0 to 86400000; default 30000; since 0.1): How long a request may take before it ends with
 * PARLOR_ERR_TIMEOUT; 0 is no limit.
 */
#define PARLOR_OPT_REQUEST_TIMEOUT_MS 105

/** "request.max_pending" (1 to 100000; default 1024; since 0.1): How many requests may be pending at once. */
#define PARLOR_OPT_REQUEST_MAX_PENDING 106

/**
 * "frame.max_bytes" (1024 to 1073741824; default 16777216; since 0.1): The largest message or HTTP body that is
 * taken from the service.
 */
#define PARLOR_OPT_FRAME_MAX_BYTES 107

/**
 * "retry.max_attempts" (0 to 1000000; default 0; since 0.1): How many attempts in a row may fail before the client
 * gives up; 0 is no limit.
 */
#define PARLOR_OPT_RETRY_MAX_ATTEMPTS 120

/**
 * "retry.initial_ms" (1 to 3600000; default 500; since 0.1): The longest wait before the second attempt; each wait
 * is drawn evenly from 0 to its longest.
 */
#define PARLOR_OPT_RETRY_INITIAL_MS 121

/** "retry.max_ms" (1 to 3600000; default 30000; since 0.1): The longest wait that the growth may reach. */
#define PARLOR_OPT_RETRY_MAX_MS 122

/**
 * "retry.factor_percent" (100 to 1000; default 200; since 0.1): How the longest wait grows from attempt to
 * attempt.
 */
#define PARLOR_OPT_RETRY_FACTOR_PERCENT 123

/**
 * "retry.stable_ms" (0 to 86400000; default 10000; since 0.1): How long a link must have held before the attempts
 * are counted anew.
 */
#define PARLOR_OPT_RETRY_STABLE_MS 124

/**
 * "proxy" (secret text; default ""; since 0.1): The proxy: an http, https, socks5 or socks5h URL, `none` for no
 * proxy; empty asks the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY).
 */
#define PARLOR_OPT_PROXY 140

#define PARLOR_OPT_IP_FAMILY 141            /**< "ip.family" (any, 4, 6; default any; since 0.1): Which addresses of a host are tried. */

/**
 * "tls.roots" (platform, webpki; default platform; since 0.1): Which certificate authorities are trusted: the
 * platform's (Mozilla's where it has none), or always Mozilla's.
 */
#define PARLOR_OPT_TLS_ROOTS 150

/** "tls.ca_pem" (text; default ""; since 0.1): Further certificate authorities, as PEM text. */
#define PARLOR_OPT_TLS_CA_PEM 151

/** "tls.ca_file" (text; default ""; since 0.1): Further certificate authorities, as the path of a PEM file. */
#define PARLOR_OPT_TLS_CA_FILE 152

/**
 * "tls.pin_sha256" (text; default ""; since 0.1): The SHA-256 of the public key (SubjectPublicKeyInfo) that the
 * server's certificate must carry, in hex or base64; on top of the usual checks.
 */
#define PARLOR_OPT_TLS_PIN_SHA256 153

/**
 * "tls.insecure_accept_any" (0 or 1; default 0; since 0.1): Accept any certificate. For a laboratory only: whoever
 * is on the way can then read and change everything.
 */
#define PARLOR_OPT_TLS_INSECURE_ACCEPT_ANY 154

/**
 * "offline.max_requests" (0 to 100000; default 0; since 0.1): How many say and set_context requests may wait for a
 * chat; 0 refuses them at once with PARLOR_ERR_WRONG_STATE.
 */
#define PARLOR_OPT_OFFLINE_MAX_REQUESTS 160

/**
 * "offline.ttl_ms" (0 to 86400000; default 60000; since 0.1): How long such a request may wait before it ends with
 * PARLOR_ERR_EXPIRED; 0 is no limit.
 */
#define PARLOR_OPT_OFFLINE_TTL_MS 161

/**
 * "gateway.client_id" (text; default ""; since 0.1): The name by which the gateway knows this client; empty draws
 * one that is kept for the life of the client. While the gateway may still hold a dead socket of that name, or
 * another client uses it, a suffix is added: name~2, name~3.
 */
#define PARLOR_OPT_GATEWAY_CLIENT_ID 1000

/**
 * "gateway.exact_client_id" (0 or 1; default 0; since 0.1): Never add a suffix to the client id. Where the gateway
 * still holds an old socket of that id, the client then closes and connects again until it is heard; where another
 * client keeps taking the id, it fails with PARLOR_ERR_REPLACED.
 */
#define PARLOR_OPT_GATEWAY_EXACT_CLIENT_ID 1001

/**
 * "gateway.events" (text; default all; since 0.1): The gateway events to deliver, divided by commas, or `all`;
 * empty is none. The client always subscribes to what its mirror needs as well, and keeps that to itself.
 */
#define PARLOR_OPT_GATEWAY_EVENTS 1002

/**
 * "gateway.filters" (text; default ""; since 0.1): For events with a source, which sources to deliver: a JSON
 * object of event name to array of sources.
 */
#define PARLOR_OPT_GATEWAY_FILTERS 1003

/**
 * "voxta.session" (first, own, chat; default first; since 0.1): Which chat of the server this client takes part
 * in: the first that there is, only one that it has started or resumed itself, or the one of voxta.chat_id. While
 * that one lives, no other takes its place unless this client asks for it.
 */
#define PARLOR_OPT_VOXTA_SESSION 1100

#define PARLOR_OPT_VOXTA_CHAT_ID 1101       /**< "voxta.chat_id" (text; default ""; since 0.1): The chat to take part in, for `chat`. */

/**
 * "voxta.resume" (0 or 1; default 0; since 0.1): After a lost link, resume the chat where the server does not run
 * it any more.
 */
#define PARLOR_OPT_VOXTA_RESUME 1102

/** "voxta.client" (text; default parlor; since 0.1): The name by which this client introduces itself. */
#define PARLOR_OPT_VOXTA_CLIENT 1103

/** "voxta.scope" (text; default role:app; since 0.1): The scopes to ask for, divided by commas. */
#define PARLOR_OPT_VOXTA_SCOPE 1104

/**
 * "voxta.capabilities" (text; default ""; since 0.1): Capabilities to introduce this client with, as a JSON
 * object; its members replace those that follow from the other options.
 */
#define PARLOR_OPT_VOXTA_CAPABILITIES 1105

/**
 * "voxta.app_label" (text; default ""; since 0.1): With a label, the client registers as an app under it
 * (registerApp).
 */
#define PARLOR_OPT_VOXTA_APP_LABEL 1106

/**
 * "voxta.negotiate" (0 or 1; default 0; since 0.1): Negotiate over HTTP before the socket is opened, for servers
 * behind a service that distributes connections.
 */
#define PARLOR_OPT_VOXTA_NEGOTIATE 1107

/**
 * "voxta.auth" (bearer, query; default bearer; since 0.1): How the credential travels: as an Authorization header,
 * or as access_token in the query of the sockets, for proxies that drop the header.
 */
#define PARLOR_OPT_VOXTA_AUTH 1108

/**
 * "voxta.pairing" (0 or 1; default 0; since 0.1): Where the server wants a key and there is none that it takes,
 * ask it for a code that a person enters there: CREDENTIAL_NEEDED then has the code as its name and the address as
 * its text, and the client connects by itself once that is done.
 */
#define PARLOR_OPT_VOXTA_PAIRING 1109

/** "voxta.ping_ms" (0 to 86400000; default 10000; since 0.1): How often the hub is pinged; 0 is never. */
#define PARLOR_OPT_VOXTA_PING_MS 1110

/**
 * "voxta.silence_ms" (0 to 86400000; default 30000; since 0.1): How long the hub may send nothing, its own pings
 * included, before the link counts as lost; 0 is no limit.
 */
#define PARLOR_OPT_VOXTA_SILENCE_MS 1111

/**
 * "voxta.speech" (none, encoded, pcm; default none; since 0.1): What to do about the speech of replies: nothing,
 * fetch it and deliver it as the server encodes it, or deliver it as PCM.
 */
#define PARLOR_OPT_VOXTA_SPEECH 1112

/**
 * "voxta.acknowledge" (auto, library, host; default auto; since 0.1): Who tells the server that a reply is being
 * spoken, without which a chat stalls: the library as soon as it can, or the host with parlor_client_playback().
 * `auto` is the library where voxta.speech is none, else the host.
 */
#define PARLOR_OPT_VOXTA_ACKNOWLEDGE 1113

/**
 * "voxta.microphone_rate" (0 to 48000; default 0; since 0.1): The sample rate, 8000 to 48000, of the 16-bit mono
 * PCM given to parlor_client_send_audio(); 0 is no microphone.
 */
#define PARLOR_OPT_VOXTA_MICROPHONE_RATE 1114

/**
 * "voxta.microphone_send_rate" (0 to 48000; default 16000; since 0.1): The sample rate, 8000 to 48000, at which
 * the server gets what the microphone has picked up: 16000 is what it works with. 0 sends it as it is given.
 */
#define PARLOR_OPT_VOXTA_MICROPHONE_SEND_RATE 1117

/**
 * "voxta.barge_in" (0 or 1; default 0; since 0.1): Interrupt the reply when the server hears the user begin to
 * speak.
 */
#define PARLOR_OPT_VOXTA_BARGE_IN 1115

/**
 * "voxta.send_transcript" (0 or 1; default 0; since 0.1): Say what the server has heard as the user's message,
 * which the server does not do by itself.
 */
#define PARLOR_OPT_VOXTA_SEND_TRANSCRIPT 1116

/**
 * "voicelive.dialect" (azure, openai; default azure; since 0.1): Which of the two services is spoken. A URL that
 * is OpenAI's own says so itself.
 */
#define PARLOR_OPT_VOICELIVE_DIALECT 1200

/** "voicelive.model" (text; default ""; since 0.1): The model, or with Azure OpenAI the name of the deployment. */
#define PARLOR_OPT_VOICELIVE_MODEL 1201

/**
 * "voicelive.agent_name" (text; default ""; since 0.1): The agent to talk to instead of a model; it needs
 * voicelive.agent_project too.
 */
#define PARLOR_OPT_VOICELIVE_AGENT_NAME 1202

#define PARLOR_OPT_VOICELIVE_AGENT_PROJECT 1203 /**< "voicelive.agent_project" (text; default ""; since 0.1): The project of that agent. */

/** "voicelive.agent_version" (text; default ""; since 0.1): Which version of the agent; empty is its latest. */
#define PARLOR_OPT_VOICELIVE_AGENT_VERSION 1204

/**
 * "voicelive.conversation_id" (text; default ""; since 0.1): The agent's conversation to go on with; empty begins
 * one.
 */
#define PARLOR_OPT_VOICELIVE_CONVERSATION_ID 1205

/**
 * "voicelive.agent_client_id" (text; default ""; since 0.1): The client id of the identity by which the agent
 * signs in (agent-authentication-identity-client-id).
 */
#define PARLOR_OPT_VOICELIVE_AGENT_CLIENT_ID 1206

/**
 * "voicelive.foundry_resource" (text; default ""; since 0.1): The Foundry resource of the agent where it is
 * another one (foundry-resource-override).
 */
#define PARLOR_OPT_VOICELIVE_FOUNDRY_RESOURCE 1207

/**
 * "voicelive.api_version" (text; default ""; since 0.1): The version of the service's interface; empty is
 * 2026-07-15 with azure and none with openai.
 */
#define PARLOR_OPT_VOICELIVE_API_VERSION 1208

/**
 * "voicelive.profile" (text; default ""; since 0.1): For a model of your own: byom-azure-openai-realtime or
 * byom-azure-openai-chat-completion.
 */
#define PARLOR_OPT_VOICELIVE_PROFILE 1209

/**
 * "voicelive.features" (text; default ""; since 0.1): Flags of previews, as the service writes them:
 * client_ec_reference:true.
 */
#define PARLOR_OPT_VOICELIVE_FEATURES 1210

/**
 * "voicelive.query" (secret text; default ""; since 0.1): Further query parameters, as a JSON object of texts.
 * They count more than those of other options and of the URL.
 */
#define PARLOR_OPT_VOICELIVE_QUERY 1211

/**
 * "voicelive.auth" (auto, key, bearer, token, query; default auto; since 0.1): How the credential travels: `key`
 * in the header api-key, `bearer` in the header Authorization, `token` the same and asked for anew before each
 * further connection, `query` in the URL, where logs can show it. `auto` is key with Azure and bearer with OpenAI.
 */
#define PARLOR_OPT_VOICELIVE_AUTH 1212

/**
 * "voicelive.session" (text; default ""; since 0.1): The session to begin with, as a JSON object. The client is
 * READY when the service has confirmed it, and repeats it after a reconnect.
 */
#define PARLOR_OPT_VOICELIVE_SESSION 1213

/**
 * "voicelive.restore_history" (0 or 1; default 0; since 0.1): After a reconnect, put the text of the conversation
 * so far into the new session.
 */
#define PARLOR_OPT_VOICELIVE_RESTORE_HISTORY 1214

/**
 * "voicelive.tool_response" (0 or 1; default 1; since 0.1): Ask for a response when every tool call of a reply has
 * its result and the reply is done.
 */
#define PARLOR_OPT_VOICELIVE_TOOL_RESPONSE 1215

/**
 * "voicelive.truncate" (0 or 1; default 1; since 0.1): When a reply is interrupted while it is played, tell the
 * service how much of it was heard.
 */
#define PARLOR_OPT_VOICELIVE_TRUNCATE 1216

/**
 * "voicelive.expiry_warning_ms" (0 to 86400000; default 60000; since 0.1): How long before the session's end the
 * client tells that it is near; 0 is never.
 */
#define PARLOR_OPT_VOICELIVE_EXPIRY_WARNING_MS 1217

/**
 * "toolchat.profile" (text; default current; since 0.1): Which generation of the service is spoken: current,
 * documented, or a JSON object that names a base and the members of it to replace.
 */
#define PARLOR_OPT_TOOLCHAT_PROFILE 1400

/**
 * "toolchat.server_key" (secret text; default ""; since 0.1): The key of the chat server, which the ticket request
 * carries beside the user's token (option credential).
 */
#define PARLOR_OPT_TOOLCHAT_SERVER_KEY 1401

/**
 * "toolchat.user_id" (text; default ""; since 0.1): The user that the ticket is for, where the profile asks for
 * one.
 */
#define PARLOR_OPT_TOOLCHAT_USER_ID 1402

/** "toolchat.entity_id" (text; default ""; since 0.1): The entity that the conversation is about. */
#define PARLOR_OPT_TOOLCHAT_ENTITY_ID 1403

/** "toolchat.entity_type" (text; default ""; since 0.1): What kind of entity that is: BRAND, ACCOUNT or USER. */
#define PARLOR_OPT_TOOLCHAT_ENTITY_TYPE 1404

/**
 * "toolchat.conversation" (text; default ""; since 0.1): The conversation to go on with; empty begins one, whose
 * id the service then tells.
 */
#define PARLOR_OPT_TOOLCHAT_CONVERSATION 1405

/**
 * "toolchat.ticket_timeout_ms" (0 to 86400000; default 10000; since 0.1): How long a ticket, or the check of one,
 * may take; 0 is no limit.
 */
#define PARLOR_OPT_TOOLCHAT_TICKET_TIMEOUT_MS 1406

/**
 * "toolchat.tools_timeout_ms" (0 to 86400000; default 10000; since 0.1): How long the service may take to confirm
 * the tools of a new session; 0 is no limit.
 */
#define PARLOR_OPT_TOOLCHAT_TOOLS_TIMEOUT_MS 1407

/**
 * "toolchat.tool_timeout_ms" (0 to 86400000; default 60000; since 0.1): How long a tool of the host may take
 * before the service is told that it failed; 0 is no limit. A tool can have its own with timeoutMs.
 */
#define PARLOR_OPT_TOOLCHAT_TOOL_TIMEOUT_MS 1408

/**
 * "toolchat.results_kept" (1 to 100000; default 1024; since 0.1): How many answered tool calls are remembered, so
 * that one that is asked for again is answered and not executed again.
 */
#define PARLOR_OPT_TOOLCHAT_RESULTS_KEPT 1409

/**
 * "toolchat.validate_arguments" (0 or 1; default 0; since 0.1): Answer a tool call whose arguments do not fit the
 * schema of the tool with an error, instead of handing it to the host. Only a library built with the feature
 * schema can: see parlor_features.
 */
#define PARLOR_OPT_TOOLCHAT_VALIDATE_ARGUMENTS 1410

/**
 * "toolchat.builtin_tools" (0 or 1; default 1; since 0.1): Acknowledge render_ui and ask_user_question, which the
 * service offers by itself, and tell the host by TRIGGER; a tool of the host of that name goes first.
 */
#define PARLOR_OPT_TOOLCHAT_BUILTIN_TOOLS 1411

/**
 * "centrifugo.tokens" (ask, fixed; default ask; since 0.1): What to do when a token ends or is refused as expired:
 * `ask` the host with CREDENTIAL_NEEDED; `fixed`, there is only the one, so the client fails.
 */
#define PARLOR_OPT_CENTRIFUGO_TOKENS 1300

/**
 * "centrifugo.subscriptions" (text; default ""; since 0.1): The channels to subscribe to with every connection: a
 * JSON array of names, or of objects as parlor_client_subscribe takes them.
 */
#define PARLOR_OPT_CENTRIFUGO_SUBSCRIPTIONS 1301

/** "centrifugo.data" (text; default ""; since 0.1): What to send to the service's connect handler, as JSON. */
#define PARLOR_OPT_CENTRIFUGO_DATA 1302

/**
 * "centrifugo.name" (text; default parlor; since 0.1): What the client calls itself in the connect command: at
 * most 16 characters.
 */
#define PARLOR_OPT_CENTRIFUGO_NAME 1303

/**
 * "centrifugo.command_timeout_ms" (100 to 3600000; default 5000; since 0.1): How long the service may take to
 * answer a connect, subscribe, unsubscribe or refresh command before the client connects again.
 */
#define PARLOR_OPT_CENTRIFUGO_COMMAND_TIMEOUT_MS 1304

/**
 * "centrifugo.ping_grace_ms" (100 to 3600000; default 10000; since 0.1): How much later than announced a ping of
 * the service may come before the link counts as lost.
 */
#define PARLOR_OPT_CENTRIFUGO_PING_GRACE_MS 1305

/**
 * "tokenbowl.generation" (auto, a, b; default auto; since 0.1): Which server to expect: `b`, REST and Centrifugo
 * (2.x); `a`, a plain WebSocket (up to 1.1.5); `auto` asks for a connection token, and takes a 404 for `a`.
 */
#define PARLOR_OPT_TOKENBOWL_GENERATION 1320

/**
 * "tokenbowl.ws_url" (text; default ""; since 0.1): The WebSocket to use instead of the one that the server names,
 * which may be known inside its own network only.
 */
#define PARLOR_OPT_TOKENBOWL_WS_URL 1321

/**
 * "tokenbowl.auth" (key, session; default key; since 0.1): What the credential is: an API `key`, sent as
 * X-API-Key, or a Stytch `session`, sent as a bearer token.
 */
#define PARLOR_OPT_TOKENBOWL_AUTH 1322

/**
 * "tokenbowl.key_in_query" (0 or 1; default 0; since 0.1): Generation a: send the key in the query of the
 * WebSocket, as old clients do, instead of a header. It ends up in logs.
 */
#define PARLOR_OPT_TOKENBOWL_KEY_IN_QUERY 1323

/**
 * "tokenbowl.rate_per_second" (0 to 100000; default 10; since 0.1): How many REST calls a second are sent on
 * average; the others wait. 0 is no limit.
 */
#define PARLOR_OPT_TOKENBOWL_RATE_PER_SECOND 1324

/**
 * "tokenbowl.burst" (1 to 100000; default 20; since 0.1): How many REST calls may be sent at once before that
 * limit counts.
 */
#define PARLOR_OPT_TOKENBOWL_BURST 1325

/** "tokenbowl.gap_fill" (0 or 1; default 1; since 0.1): Fetch the messages of the time without a link over REST. */
#define PARLOR_OPT_TOKENBOWL_GAP_FILL 1326

/**
 * "tokenbowl.gap_overlap_ms" (0 to 3600000; default 5000; since 0.1): How far before the last known message the
 * fetch begins, since clocks tie; what is known already is not told again.
 */
#define PARLOR_OPT_TOKENBOWL_GAP_OVERLAP_MS 1327

/**
 * "tokenbowl.silence_ms" (100 to 3600000; default 60000; since 0.1): Generation a: how long after the last ping of
 * the server the link counts as dead. The server forgets a connection without closing it.
 */
#define PARLOR_OPT_TOKENBOWL_SILENCE_MS 1328

/**
 * Makes a set of options, all at their defaults.
 *
 * \param out_options  not NULL; receives the set. Owned: release with parlor_options_free(). NULL on failure.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT.
 * \threadsafety any thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_options_new(parlor_options **out_options);

/**
 * Frees a set of options. Clients that were made with it keep their copies.
 *
 * \param options  may be NULL (nothing happens).
 * \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE when it was freed before.
 * \threadsafety any thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_options_free(parlor_options *options);

/**
 * Sets an option that takes a text or a word.
 *
 * \param options  not NULL.
 * \param key      one of PARLOR_OPT_.
 * \param value    copied.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such option or it takes something else, and
 *          parlor_last_error() says what.
 * \threadsafety any thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_options_set_str(parlor_options *options, int32_t key, const char *value,
    size_t value_len);

/**
 * Sets an option that takes a number, a flag (0 or 1), or a word by its constant.
 *
 * \param options  not NULL.
 * \param key      one of PARLOR_OPT_.
 * \param value    the number; a time is in milliseconds.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such option, it takes a text, or the value is out of
 *          its range, and parlor_last_error() says what.
 * \threadsafety any thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_options_set_i64(parlor_options *options, int32_t key, int64_t value);

/**
 * Sets any option by its name, from a text: for config files and command lines.
 *
 * \param options  not NULL.
 * \param name     such as "queue.max_events"; it stands behind each constant below.
 * \param value    copied; a number as digits, a flag as "true" or "false", a word as itself.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such option or the value does not fit, and
 *          parlor_last_error() says what.
 * \threadsafety any thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_options_set_named(parlor_options *options, const char *name, size_t name_len,
    const char *value, size_t value_len);

/* Clients ----------------------------------------------------------------------------------------------------------- */

/**
 * Makes a client. It does nothing before parlor_client_connect().
 *
 * \param options        not NULL; copied.
 * \param on_event       receives the events: on the library's thread "parlor-events" with PARLOR_DELIVERY_THREAD, else
 *                       inside parlor_client_poll(). May be NULL when events are taken with parlor_client_take().
 * \param userdata       handed to on_event and to free_userdata; never touched otherwise. May be NULL.
 * \param free_userdata  called exactly once, after the last event, also when this call fails. May be NULL.
 * \param out_client     not NULL; receives the client. Owned: release with parlor_client_destroy(). NULL on failure.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when the options do not fit together, and parlor_last_error() says
 *          which; PARLOR_ERR_RESOURCES when no thread could be made; PARLOR_ERR_FORKED.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_new(const parlor_options *options, parlor_event_fn on_event, void *userdata,
    parlor_free_fn free_userdata, parlor_client **out_client);

/**
 * Ends a client at once: no event of it is delivered after this returns, and its userdata has been freed.
 *
 * Blocks while another thread runs a callback of this client. Events that wait are discarded, and pending requests end
 * without an event; to see them end, call parlor_client_close() first and wait for the state PARLOR_STATE_CLOSED.
 * Two clients that destroy each other from their callbacks wait for each other for ever.
 *
 * \param client  may be NULL (nothing happens).
 * \returns PARLOR_OK; PARLOR_DEFERRED when called inside this client's own callback: the end comes when that callback
 *          returns, and no event comes in between; PARLOR_ERR_BAD_HANDLE when it was destroyed before;
 *          PARLOR_ERR_FORKED.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_destroy(parlor_client *client);

/**
 * Connects, and stays connected: a lost link is made anew until parlor_client_close(), as the retry options say.
 *
 * The request ends when the service has accepted the client, or when the first attempts have failed for good. STATE
 * events tell the way.
 *
 * \param client       not NULL.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns PARLOR_OK when it is on its way: one REQUEST_DONE event follows, at once when it is connected already.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_connect(parlor_client *client, uint64_t tag, uint64_t *out_request);

/**
 * Says goodbye and closes the link. Every pending request ends with an event first, PARLOR_ERR_CANCELLED where it has
 * no answer yet, then the state becomes PARLOR_STATE_CLOSED. The client can connect again.
 *
 * \param client       not NULL.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns PARLOR_OK.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_close(parlor_client *client, uint64_t tag, uint64_t *out_request);

/**
 * Tells the state that the client is in now. STATE events tell every change.
 *
 * \param client     not NULL.
 * \param out_state  not NULL; receives one of PARLOR_STATE_.
 * \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_get_state(const parlor_client *client, int32_t *out_state);

/**
 * Copies the mirror out: what is known of the service's state, as one JSON object. It can change between a size query
 * and the copy, so ask again when the buffer turns out too small.
 *
 * \param client    not NULL.
 * \param buffer    receives the text and a NUL. May be NULL when `capacity` is 0: then only the length is asked for.
 * \param out_len   may be NULL; receives the length without the NUL, also when the buffer is too small.
 * \returns PARLOR_OK; PARLOR_ERR_BUFFER_TOO_SMALL, with the buffer left as it was.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_mirror(const parlor_client *client, char *buffer, size_t capacity,
    size_t *out_len);

/**
 * Tells the client that the network has changed (another Wi-Fi, awake from sleep): a waiting retry happens now, and a
 * link that looks alive is checked.
 *
 * \param client  not NULL.
 * \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_network_changed(parlor_client *client);

/**
 * Takes events out, as a batch. Without a wait it is everything that waits in the client, for hosts that look once a
 * frame. With a wait it is the oldest events that came together, up to some thousand; what else is there comes with the
 * next call at once. PARLOR_OLDEST does not wait either, and is for event loops: they hand out the oldest events, see to
 * everything else, and call again until nothing is left.
 *
 * \param client      not NULL; with PARLOR_DELIVERY_QUEUE.
 * \param timeout_ms  the longest wait for the first event; 0 and PARLOR_OLDEST do not wait, PARLOR_FOREVER waits
 *                    without an end.
 * \param out_batch   not NULL; receives the batch. Owned: release with parlor_batch_free(). NULL unless PARLOR_OK.
 * \returns PARLOR_OK; PARLOR_TIMED_OUT when nothing came; PARLOR_ERR_WRONG_STATE with PARLOR_DELIVERY_THREAD
 *          or inside this client's own callback; PARLOR_ERR_BAD_HANDLE, also when the client is destroyed during the wait.
 * \threadsafety any thread. Of several that wait, one gets the batch.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_take(parlor_client *client, uint32_t timeout_ms, parlor_batch **out_batch);

/**
 * Runs the callback for the events that wait, on this thread: call it once a frame. Never waits.
 *
 * \param client      not NULL; with PARLOR_DELIVERY_QUEUE and a callback.
 * \param max_events  how many at most; 0 is no limit.
 * \param budget_us   for how many microseconds at most, measured between events; 0 is no limit.
 * \param out_count   may be NULL; receives how many were delivered.
 * \returns PARLOR_OK, also when another thread is polling this client: then with a count of 0; PARLOR_ERR_WRONG_STATE
 *          with PARLOR_DELIVERY_THREAD, without a callback, or inside this client's own callback.
 * \threadsafety any thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_poll(parlor_client *client, uint32_t max_events, uint32_t budget_us,
    uint32_t *out_count);

/**
 * Has a descriptor written to when events begin to wait, for hosts that sleep in epoll, select or an event loop.
 *
 * The bytes are written when the queue goes from empty to non-empty, never for each event. Read them, then take or poll
 * until nothing is left; there may be nothing, when you have been quicker. Take or poll once after this call, too: what
 * waits already is not announced. A write that would block is not repeated: then there are unread bytes anyway.
 *
 * \param client  not NULL; with PARLOR_DELIVERY_QUEUE.
 * \param fd      a descriptor of yours (a pipe, a socket, an eventfd), which must be non-blocking and stay open until it
 *                is removed or the client is destroyed; -1 removes it. On Windows, a SOCKET.
 * \param bytes   what is written: 1 to 8 bytes, copied. An eventfd wants 8. NULL with -1.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_set_wake_fd(parlor_client *client, intptr_t fd, const void *bytes,
    size_t bytes_len);

/**
 * Cancels a request: if it is still pending, it ends with PARLOR_ERR_CANCELLED. Whether the service has acted on it
 * already is unknown. A connect or close request ends with its client's state and can not be cancelled.
 *
 * \param client   not NULL.
 * \param request  the number of a request.
 * \returns PARLOR_OK, also when it has ended already.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_cancel(parlor_client *client, uint64_t request);

/* Actions: they return at once, and each ends with one REQUEST_DONE event ------------------------------------------- */

#define PARLOR_PLAYBACK_STARTED 0           /**< As the phase of parlor_client_playback(): the host's loudspeaker has begun to play it. */
#define PARLOR_PLAYBACK_COMPLETED 1         /**< As the phase of parlor_client_playback(): it was played to its end. */

/**
 * Says something into the conversation.
 *
 * \param client       not NULL.
 * \param text         what is said; copied.
 * \param json         the service's own parameters as a JSON object; copied. May be NULL with a length of 0.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns PARLOR_OK when it is on its way: one REQUEST_DONE event follows; PARLOR_ERR_INVALID_ARGUMENT;
 *          PARLOR_ERR_BAD_UTF8; PARLOR_ERR_UNSUPPORTED; PARLOR_ERR_WRONG_STATE; PARLOR_ERR_QUEUE_FULL.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_say(parlor_client *client, const char *text, size_t text_len, const char *json,
    size_t json_len, uint64_t tag, uint64_t *out_request);

/**
 * Sends what the microphone has picked up. This is the one action that is no request: there is no event for it. It waits
 * for nothing, and takes no memory once the first pieces were sent.
 *
 * \param client    not NULL.
 * \param pcm       the samples, in the format that the options set; copied. May be NULL with a length of 0.
 * \param byte_len  how many bytes, not samples.
 * \returns PARLOR_OK; PARLOR_ERR_UNSUPPORTED when the service hears nothing; PARLOR_ERR_WRONG_STATE while it does not
 *          listen, or when another thread sends at this moment; PARLOR_ERR_QUEUE_FULL when the network is too slow for
 *          it; PARLOR_ERR_INVALID_ARGUMENT for more than 1 MiB at once.
 * \threadsafety any thread, one at a time, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_send_audio(parlor_client *client, const void *pcm, size_t byte_len);

/**
 * Makes the service stop speaking, or drop the reply that it is making.
 *
 * \param client       not NULL.
 * \param json         the service's own parameters as a JSON object; copied. May be NULL with a length of 0.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns as parlor_client_say().
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_interrupt(parlor_client *client, const char *json, size_t json_len,
    uint64_t tag, uint64_t *out_request);

/**
 * Gives the service something to know about the situation, under a key. Setting the same key again replaces it, and an
 * empty text removes it. The library sets it again after a reconnection.
 *
 * \param client       not NULL.
 * \param key          copied.
 * \param text         copied.
 * \param json         the service's own parameters as a JSON object; copied. May be NULL with a length of 0.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns as parlor_client_say().
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_set_context(parlor_client *client, const char *key, size_t key_len,
    const char *text, size_t text_len, const char *json, size_t json_len, uint64_t tag, uint64_t *out_request);

/**
 * Sets the tools that the service may call, in place of those set before. The library sets them again after a
 * reconnection. Calls arrive as TOOL_CALL events.
 *
 * \param client       not NULL.
 * \param json         the tools as the service wants them: a JSON array or object; copied.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns as parlor_client_say().
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_set_tools(parlor_client *client, const char *json, size_t json_len,
    uint64_t tag, uint64_t *out_request);

/**
 * Answers a TOOL_CALL event.
 *
 * \param client       not NULL.
 * \param id           the `id` of that event; copied.
 * \param result       what came of it, as text or JSON; copied.
 * \param failed       1 when the tool failed and `result` says why, else 0.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns as parlor_client_say().
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_tool_result(parlor_client *client, const char *id, size_t id_len,
    const char *result, size_t result_len, int32_t failed, uint64_t tag, uint64_t *out_request);

/**
 * Tells the service what the loudspeaker does, for services that wait for it.
 *
 * \param client       not NULL.
 * \param phase        PARLOR_PLAYBACK_STARTED or PARLOR_PLAYBACK_COMPLETED.
 * \param id           the `id` of the event that is played; copied.
 * \param sender       the `sender` of that event; copied. May be NULL with a length of 0.
 * \param json         the service's own parameters as a JSON object; copied. May be NULL with a length of 0.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns as parlor_client_say().
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_playback(parlor_client *client, int32_t phase, const char *id, size_t id_len,
    const char *sender, size_t sender_len, const char *json, size_t json_len, uint64_t tag, uint64_t *out_request);

/**
 * Subscribes to what the service sends only when it is asked to: rooms, channels, kinds of messages. The library
 * subscribes again after a reconnection.
 *
 * \param client       not NULL.
 * \param json         what to subscribe to, as the service's page in the docs says; copied.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns as parlor_client_say().
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_subscribe(parlor_client *client, const char *json, size_t json_len,
    uint64_t tag, uint64_t *out_request);

/**
 * Replaces the credential, also as the answer to a CREDENTIAL_NEEDED event.
 *
 * \param client       not NULL.
 * \param value        copied, and never shown.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns as parlor_client_say().
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_set_credential(parlor_client *client, const char *value, size_t value_len,
    uint64_t tag, uint64_t *out_request);

/**
 * Calls any operation of the service by the service's own name for it: "startChat", "conversation.item.truncate",
 * "POST /bots". The answer is the `json` of the REQUEST_DONE event.
 *
 * \param client       not NULL.
 * \param name         the operation; copied. The service's page in the docs lists them.
 * \param json         its parameters as a JSON object; copied. May be NULL with a length of 0.
 * \param tag          comes back in the events of the request.
 * \param out_request  may be NULL; receives the number of the request.
 * \returns as parlor_client_say(); PARLOR_ERR_INVALID_ARGUMENT names the field that is missing or mistyped.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_client_call(parlor_client *client, const char *name, size_t name_len,
    const char *json, size_t json_len, uint64_t tag, uint64_t *out_request);

/* Events ------------------------------------------------------------------------------------------------------------ */

/**
 * The client's state has changed, or another attempt has failed. value: PARLOR_STATE_; name: its name without prefix;
 * status and text: why; json: the library's own, with "attempt" and "delay_ms".
 */
#define PARLOR_EVENT_STATE 1

/**
 * A request has ended; exactly one for each. request, tag; status and text: how; value: the HTTP status, or 0; json: the
 * service's answer.
 */
#define PARLOR_EVENT_REQUEST_DONE 2

/**
 * The queue was full and events were dropped, of kinds that can be spared. value: how many; text; json: the library's
 * own, with "dropped" and "joined".
 */
#define PARLOR_EVENT_DROPPED 3

/**
 * The link was down and what happened meanwhile is not known. value: for how many milliseconds; text; json: the
 * library's own.
 */
#define PARLOR_EVENT_GAP 4

/** The service has refused the credential: answer with parlor_client_set_credential(). status, text. */
#define PARLOR_EVENT_CREDENTIAL_NEEDED 5

/** A log record (option log.level). value: PARLOR_LOG_; name: the part of the library; text. */
#define PARLOR_EVENT_LOG 6

/** A chat has begun, or was found begun (PARLOR_FLAG_SNAPSHOT). id and name of the chat where the service gives them. */
#define PARLOR_EVENT_CHAT_STARTED 100

#define PARLOR_EVENT_CHAT_CLOSED 101        /**< The chat is over. id of the chat where the service gives it. */
#define PARLOR_EVENT_MESSAGE 102            /**< A whole message. text; id of the message; sender, name and role: who; time. */

/** A further piece of a reply's text. text; id of the reply; PARLOR_FLAG_COALESCED when pieces were joined. */
#define PARLOR_EVENT_TEXT_DELTA 103

/**
 * A whole sentence of a reply, ready to be shown or spoken. text; id of the reply; sender, name and role: who.
 * PARLOR_FLAG_SYNTHETIC when the library has split it, since the service does not.
 */
#define PARLOR_EVENT_SENTENCE 104

#define PARLOR_EVENT_REPLY_STARTED 105      /**< The service has begun a reply. id of the reply; sender: who. */

/**
 * A reply is complete or was broken off. id of the reply; status; text: all of it, where the service repeats it; name:
 * why it ended, in the service's word.
 */
#define PARLOR_EVENT_REPLY_ENDED 106

/** What the service thinks before it speaks. text; id of the reply; PARLOR_FLAG_FINAL with the last piece. */
#define PARLOR_EVENT_REASONING 107

/** What the AI is doing has changed. value: PARLOR_AI_; name and text: the service's word for it. */
#define PARLOR_EVENT_AI_STATE 108

#define PARLOR_EVENT_CHARACTERS 109         /**< Who takes part has changed. value: how many; json: the list. */

/** Somebody began or stopped speaking outside of the service. value: 1 or 0; name and sender: who. */
#define PARLOR_EVENT_SPEAKER 110

/** What the service has heard. text; id of the speech; PARLOR_FLAG_FINAL when it will not change any more. */
#define PARLOR_EVENT_TRANSCRIPT 111

#define PARLOR_EVENT_TYPING 112             /**< Somebody began or stopped typing. value: 1 or 0; sender and name: who. */

/** A message was delivered or read. id of the message; sender: by whom; name: which of the two, in the service's word. */
#define PARLOR_EVENT_RECEIPT 113

#define PARLOR_EVENT_UNREAD 114             /**< How much is unread has changed. value: how much; id of the room. */
#define PARLOR_EVENT_PRESENCE 115           /**< Somebody has come or gone. value: 1 or 0; sender and name: who. */

/**
 * A piece of speech. data: the bytes; name: their format ("pcm16"); value: the sample rate, or 0 where the format says
 * it; id of the reply; sender: who.
 */
#define PARLOR_EVENT_AUDIO 200

#define PARLOR_EVENT_AUDIO_ENDED 201        /**< The speech of a reply is complete. id of the reply. */

/** The service hears somebody begin or stop speaking. value: 1 or 0; id of the speech; json: its times. */
#define PARLOR_EVENT_VOICE_ACTIVITY 202

/** The service wants the microphone on or off. value: 1 or 0; json: the format that it wants. */
#define PARLOR_EVENT_MICROPHONE 203

/**
 * Something to do at a moment of the speech: a mouth shape, a word. name: which; value: milliseconds into the speech; id
 * of the reply.
 */
#define PARLOR_EVENT_CUE 204

/**
 * The service calls a tool of yours; answer with parlor_client_tool_result(). id of the call; name of the tool; text:
 * its arguments as JSON.
 */
#define PARLOR_EVENT_TOOL_CALL 300

#define PARLOR_EVENT_TRIGGER 301            /**< The service wants something done and no answer. name: what; text: its arguments as JSON. */

/**
 * Any message of the service that has no kind of its own. type, json. PARLOR_ERR_PROTOCOL as the status when it could
 * not be read; then text or data hold what came.
 */
#define PARLOR_EVENT_SERVICE 900

/** One message on the wire, for debugging (option events.kinds). name: "in" or "out"; text or data: all of it. */
#define PARLOR_EVENT_FRAME 901

#define PARLOR_FLAG_FINAL 1                 /**< As a flag of an event: the last of its kind in a row, such as a final transcript. */

/** As a flag of an event: the library concluded this itself; the service sent no message of its own for it. */
#define PARLOR_FLAG_SYNTHETIC 2

#define PARLOR_FLAG_SNAPSHOT 4              /**< As a flag of an event: learned from a snapshot, so it may have been so for a while. */

/** As a flag of an event: several in a row were joined into this one, because the queue was full. */
#define PARLOR_FLAG_COALESCED 8

#define PARLOR_STATE_CLOSED 0               /**< As a state: not connected, and not trying to be. */
#define PARLOR_STATE_CONNECTING 1           /**< As a state: a first attempt is under way. */

/** As a state: the service has accepted the client; it may not take part in a conversation yet. */
#define PARLOR_STATE_CONNECTED 2

/** As a state: the service takes part in a conversation now: a chat is active, a session is established. */
#define PARLOR_STATE_READY 3

#define PARLOR_STATE_RECONNECTING 4         /**< As a state: the link was lost; another attempt is waiting or under way. */
#define PARLOR_STATE_FAILED 5               /**< As a state: given up, and the STATE event says why. parlor_client_connect() starts anew. */
#define PARLOR_AI_IDLE 0                    /**< As the value of AI_STATE: it waits. */
#define PARLOR_AI_THINKING 1                /**< As the value of AI_STATE: it makes a reply. */
#define PARLOR_AI_SPEAKING 2                /**< As the value of AI_STATE: it speaks. */

/**
 * One event. It is immutable, and everything that it points to lives as long as itself: until the callback returns, or
 * until its batch is freed. Every text is UTF-8, never NULL, and has a NUL behind its last byte; the lengths do not
 * count that NUL. What a kind does not fill is empty: "" or 0.
 *
 * Later versions append fields at the end: step from event to event with the stride that parlor_batch_events() gives, and look
 * at `size` before you read a field that your header has and the library may not.
 */
struct parlor_event {
  /** How many bytes of the struct the library has filled. */
  uint32_t size;
  /** One of PARLOR_EVENT_. Kinds that you do not know must be ignored: later versions bring more. */
  int32_t kind;
  /** How it went, for the kinds that report something. */
  parlor_status status;
  /** Bits of PARLOR_FLAG_. */
  uint32_t flags;
  /**
   * One more than that of the event before. Numbers are missing only where a DROPPED event stands for them, or one
   * with PARLOR_FLAG_COALESCED.
   */
  uint64_t sequence;
  /** When the library received it, in nanoseconds of the client's own clock, which only ever goes forward. */
  uint64_t monotonic_ns;
  /** The request that it belongs to, or 0. */
  uint64_t request;
  /** Your own mark of that request, or 0. */
  uint64_t tag;
  /** The kind's number: a state, an HTTP status, a count, milliseconds. */
  int64_t value;
  /** When it happened by the service's clock, in seconds since 1970, or 0 where the service does not say. */
  double time;
  /** The service's own name for the message. */
  const char *type;
  size_t type_len;
  /** The kind's main text. */
  const char *text;
  size_t text_len;
  /** The id of the thing: a message, a call, a chat. */
  const char *id;
  size_t id_len;
  /** The name of the thing: a tool, a trigger, an author, a state. */
  const char *name;
  size_t name_len;
  /** The id of who it comes from: a character, a user, a client. */
  const char *sender;
  size_t sender_len;
  /** The part that the sender plays: "user", "assistant", "system", or the service's own word. */
  const char *role;
  size_t role_len;
  /** Bytes that are not text: PCM, mostly. NULL where there are none. */
  const void *data;
  size_t data_len;
  /** The service's own message, byte for byte. parlor_event_get() reads single fields out of it. */
  const char *json;
  size_t json_len;
  /** The part of `json` that holds the fields of this kind; a length of 0 means all of it. */
  uint32_t body_offset;
  uint32_t body_len;
};

/**
 * Copies one field of the service's message out, as text.
 *
 * \param event     not NULL.
 * \param name      the field's name, looked for in the body and then in the whole message; or a path with dots
 *                  ("usage.total_tokens", "items.0.id"); or a JSON pointer ("/items/0/id").
 * \param buffer    receives the text and a NUL. A string of the message comes without its quotes and escapes; any
 *                  other value comes as JSON text. May be NULL when `capacity` is 0: then only the length is asked for.
 * \param out_len   may be NULL; receives the length without the NUL, also when the buffer is too small.
 * \returns PARLOR_OK; PARLOR_ERR_NOT_FOUND; PARLOR_ERR_BUFFER_TOO_SMALL, with the buffer left as it was.
 * \threadsafety any thread, as long as the event lives.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_event_get(const struct parlor_event *event, const char *name, size_t name_len,
    char *buffer, size_t capacity, size_t *out_len);

/**
 * Reads one field of the service's message as a whole number. A boolean reads as 0 or 1.
 *
 * \param event      not NULL.
 * \param name       as in parlor_event_get().
 * \param out_value  not NULL; written only on success.
 * \returns PARLOR_OK; PARLOR_ERR_NOT_FOUND when there is no such field, or it is null; PARLOR_ERR_INVALID_ARGUMENT when
 *          it is not a whole number of 64 bits.
 * \threadsafety any thread, as long as the event lives.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_event_get_i64(const struct parlor_event *event, const char *name, size_t name_len,
    int64_t *out_value);

/**
 * Reads one field of the service's message as a number.
 *
 * \param event      not NULL.
 * \param name       as in parlor_event_get().
 * \param out_value  not NULL; written only on success.
 * \returns PARLOR_OK; PARLOR_ERR_NOT_FOUND when there is no such field, or it is null; PARLOR_ERR_INVALID_ARGUMENT when
 *          it is not a number.
 * \threadsafety any thread, as long as the event lives.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_event_get_f64(const struct parlor_event *event, const char *name, size_t name_len,
    double *out_value);

/* Batches of events ------------------------------------------------------------------------------------------------- */

/**
 * Tells where the events of a batch are: one array, to be walked with a stride.
 *
 *     for (size_t i = 0; i < count; i++) {
 *         const parlor_event *event = (const parlor_event *)((const char *)events + i * stride);
 *     }
 *
 * \param batch       not NULL.
 * \param out_events  not NULL; receives the first event, borrowed until parlor_batch_free().
 * \param out_count   not NULL; receives how many there are, at least 1.
 * \param out_stride  not NULL; receives the distance in bytes from one event to the next, which is more than
 *                    sizeof(parlor_event) when the library is newer than your header.
 * \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE when the batch was freed before.
 * \threadsafety any thread; the events may be read by many threads at once.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_batch_events(const parlor_batch *batch, const parlor_event **out_events,
    size_t *out_count, size_t *out_stride);

/**
 * Frees a batch with its events. A batch may outlive its client.
 *
 * \param batch  may be NULL (nothing happens).
 * \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE when it was freed before.
 * \threadsafety any thread, once no thread reads its events any more.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_batch_free(parlor_batch *batch);

/**
 * Copies one event, to be kept beyond its batch or its callback.
 *
 * \param event      not NULL, borrowed.
 * \param out_batch  not NULL; receives a batch that holds the copy and nothing else. Owned: release with
 *                   parlor_batch_free(). NULL on failure.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when it is not an event.
 * \threadsafety any thread, as long as the event lives.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_event_keep(const parlor_event *event, parlor_batch **out_batch);

/* Speech for audio threads ------------------------------------------------------------------------------------------ */

#define PARLOR_AUDIO_HEARD 0                /**< For parlor_audio_counter(): frames of speech that were read. */

/** For parlor_audio_counter(): how often a reply was being heard and nothing more of it was there. */
#define PARLOR_AUDIO_UNDERRUNS 1

#define PARLOR_AUDIO_WAITING 2              /**< For parlor_audio_counter(): frames that wait to be read. */

/** For parlor_audio_counter(): frames that were dropped because more waited than the option audio.buffer_ms allows. */
#define PARLOR_AUDIO_DROPPED 3

#define PARLOR_AUDIO_RATE 4                 /**< For parlor_audio_counter(): the rate, in frames a second. */
#define PARLOR_AUDIO_CHANNELS 5             /**< For parlor_audio_counter(): the number of channels. */

/**
 * Opens the speech of a client for an audio thread: from now on what the service speaks is decoded, brought to the rate
 * of the sound device and buffered, and parlor_audio_read() takes it. AUDIO events go on coming unless the option
 * events.kinds leaves them out. Only what services send as PCM, or what the library decodes, can be heard here.
 *
 * A client has one at a time. It stays good when the client is destroyed, and is silent then.
 *
 * \param client     not NULL.
 * \param rate       frames a second, 8000 to 192000; 0 takes the option audio.rate.
 * \param channels   1 to 8; 0 takes the option audio.channels.
 * \param out_audio  not NULL; receives the handle. Owned: release with parlor_audio_close(). NULL on failure.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT; PARLOR_ERR_WRONG_STATE when the client has one already;
 *          PARLOR_ERR_RESOURCES; PARLOR_ERR_UNSUPPORTED when this library was built without services that speak.
 * \threadsafety any thread, also inside callbacks.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_audio_open(parlor_client *client, uint32_t rate, uint32_t channels,
    parlor_audio **out_audio);

/**
 * Reads speech. This is the function for an audio thread: it takes no lock and no memory, calls no system and waits for
 * nothing; what is not there is silence. A reply begins to be heard when the option audio.latency_ms of it is there.
 *
 * An error leaves `frames` as they were, and does not touch parlor_last_error().
 *
 * \param audio        not NULL.
 * \param frames       receives frame_count frames of interleaved samples from -1 to 1, one sample for each channel. Not
 *                     NULL unless frame_count is 0.
 * \param frame_count  how many frames the sound device wants.
 * \param out_heard    may be NULL; receives how many of the frames are speech. The others are silence.
 * \returns PARLOR_OK, also when all of it is silence; PARLOR_ERR_INVALID_ARGUMENT; PARLOR_ERR_BAD_HANDLE;
 *          PARLOR_ERR_WRONG_STATE when another thread reads through the same handle at this moment.
 * \threadsafety any thread, one at a time.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_audio_read(parlor_audio *audio, float *frames, uint32_t frame_count,
    uint32_t *out_heard);

/**
 * Silences what waits to be heard, at once: for a user who has begun to speak. What the service speaks after this call is
 * heard again. To make the service stop as well, call parlor_client_interrupt(), which does the same to what waits.
 *
 * \param audio  not NULL.
 * \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE.
 * \threadsafety any thread, also inside callbacks; it takes a lock, so not the audio thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_audio_flush(parlor_audio *audio);

/**
 * Tells which reply is being heard, and how much of it was: what was really read, silence left out.
 *
 * \param audio    not NULL.
 * \param out_ms   may be NULL; receives the milliseconds of that reply that were read.
 * \param buffer   receives the id of the reply, as its AUDIO events bear it, and a NUL; empty when nothing was heard yet.
 *                 May be NULL when `capacity` is 0: then only the length is asked for.
 * \param out_len  may be NULL, but not together with `buffer`; receives the length without the NUL.
 * \returns PARLOR_OK; PARLOR_ERR_BUFFER_TOO_SMALL, with the buffer left as it was; PARLOR_ERR_BAD_HANDLE.
 * \threadsafety any thread, also inside callbacks; it takes a lock, so not the audio thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_audio_position(const parlor_audio *audio, uint64_t *out_ms, char *buffer,
    size_t capacity, size_t *out_len);

/**
 * Reads a number of an audio handle.
 *
 * \param audio      not NULL.
 * \param counter    one of PARLOR_AUDIO_.
 * \param out_value  not NULL.
 * \returns PARLOR_OK; PARLOR_ERR_INVALID_ARGUMENT when there is no such number; PARLOR_ERR_BAD_HANDLE.
 * \threadsafety any thread, also inside callbacks; it takes a lock, so not the audio thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_audio_counter(const parlor_audio *audio, int32_t counter, uint64_t *out_value);

/**
 * Closes an audio handle. A read that is under way on another thread ends first; later ones find the handle gone.
 *
 * \param audio  may be NULL (nothing happens).
 * \returns PARLOR_OK; PARLOR_ERR_BAD_HANDLE when it was closed before.
 * \threadsafety any thread, also inside callbacks; it waits for the thread "parlor-audio", so not the audio thread.
 * \since 0.1
 */
PARLOR_API parlor_status parlor_audio_close(parlor_audio *audio);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* PARLOR_H */
