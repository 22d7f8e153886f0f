/* The header may be included as often as one likes, and macros of others do not disturb it. */
#define OK 77
#define STATE 78
#include "parlor.h"
#include "parlor.h"
#include <stdint.h>
#include "parlor.h"

int main(void)
{
    return PARLOR_OK == 0 && PARLOR_EVENT_STATE == 1 && PARLOR_STRLEN == SIZE_MAX ? 0 : 1;
}
