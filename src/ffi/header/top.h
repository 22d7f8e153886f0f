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
 *         for (; count > 0; count--, event = PARLOR_NEXT_EVENT(event, stride))
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

/** The event of a batch that follows this one, by the stride of parlor_batch_events(). */
#define PARLOR_NEXT_EVENT(event, stride) ((const parlor_event *)(const void *)((const char *)(event) + (stride)))
