/* parlor_client_send_audio(): it takes no memory and waits for nobody once the first pieces were sent, also while the
 * library is busy with other things, and what goes in comes out byte by byte. */
#include "check.h"
#include "quiet.h"

enum { PIECE = 960, WARM = 500, PIECES = 2500 };

static volatile int over;
static parlor_client *client;
static unsigned char piece[PIECE];
static uint64_t sent, heard;
static int mixed_up;

/* The pieces hold numbers that go on from one to the next. */
static void fill(void)
{
    for (int at = 0; at < PIECE; at++) piece[at] = (unsigned char)((sent + (uint64_t)at) % 251);
}

static void read_back(uint32_t timeout_ms)
{
    parlor_batch *batch = NULL;
    const parlor_event *event = NULL;
    size_t count = 0, stride = 0;
    if (parlor_client_take(client, timeout_ms, &batch) != PARLOR_OK) return;
    OK(parlor_batch_events(batch, &event, &count, &stride));
    for (size_t at = 0; at < count; at++) {
        if (event->kind == PARLOR_EVENT_AUDIO) {
            for (size_t byte = 0; byte < event->data_len; byte++) {
                if (((const unsigned char *)event->data)[byte] != (heard + byte) % 251) mixed_up = 1;
            }
            heard += event->data_len;
        }
        event = PARLOR_NEXT_EVENT(event, stride);
    }
    OK(parlor_batch_free(batch));
}

static void *reader_thread(void *unused)
{
    (void)unused;
    while (!over) read_back(10);
    return NULL;
}

static void run(void)
{
    pthread_t thread;
    uint64_t longest = 0, full = 0;
    unsigned long memory = 0, locks = 0;
    client = testkit_client("testkit:", PARLOR_DELIVERY_QUEUE, NULL, NULL, NULL);
    OK(parlor_client_connect(client, 0, NULL));
    reader r = reader_of(client);
    reader_until(&r, PARLOR_EVENT_REQUEST_DONE, 0);
    reader_close(&r);
    CHECK(pthread_create(&thread, NULL, reader_thread, NULL) == 0);
    for (int at = 0; at < PIECES; at++) {
        struct timespec pause = { 0, 200000 };
        fill();
        uint64_t from = now_ms();
        quiet_begin();
        parlor_status status = parlor_client_send_audio(client, piece, PIECE);
        quiet_end();
        if (now_ms() - from > longest) longest = now_ms() - from;
        if (at >= WARM) {
            memory += quiet_memory;
            locks += quiet_locks;
        }
        if (status == PARLOR_ERR_QUEUE_FULL) full++;
        else {
            OK(status);
            sent += PIECE;
        }
        nanosleep(&pause, NULL);
    }
    uint64_t until = now_ms() + PATIENCE_MS;
    while (__atomic_load_n(&heard, __ATOMIC_ACQUIRE) != sent) CHECK(now_ms() < until);
    over = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    printf("%d pieces behind %d: %lu calls for memory, %lu for locks; one took %llu ms at most; %llu found no room\n",
           PIECES - WARM, WARM, memory, locks, (unsigned long long)longest, (unsigned long long)full);
    CHECK(memory == 0 && locks == 0 && full == 0 && !mixed_up);

    /* More than there is room for is refused whole, and nobody waits. */
    static char large[1024 * 1024 + 2];
    IS(PARLOR_ERR_INVALID_ARGUMENT, parlor_client_send_audio(client, large, sizeof large));
    OK(parlor_client_destroy(client));
}
