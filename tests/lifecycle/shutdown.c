/* shutdown URL: shuts the library down under a live connection and uses it again, ten times. */
#include "net.h"

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    for (int i = 0; i < 10; i++) {
        parlor_client *one = client_for(argv[1], PARLOR_DELIVERY_QUEUE, NULL, NULL);
        parlor_client *other = client_for(argv[1], PARLOR_DELIVERY_QUEUE, NULL, NULL);
        wait_until_ready(one);
        wait_until_ready(other);
        OK(parlor_client_say(one, "Hello?", PARLOR_STRLEN, NULL, 0, 0, NULL));
        long long began = now_ms();
        OK(parlor_shutdown(5000));
        CHECK(now_ms() - began < 1000);
        CHECK(parlor_client_say(one, "Hello?", PARLOR_STRLEN, NULL, 0, 0, NULL) == PARLOR_ERR_BAD_HANDLE);
        CHECK(parlor_client_destroy(other) == PARLOR_ERR_BAD_HANDLE);
        CHECK(counter(PARLOR_COUNTER_LIVE_CLIENTS) == 0);
        CHECK(counter(PARLOR_COUNTER_LIVE_THREADS) == 0);
    }
    say("passed");
    return 0;
}
