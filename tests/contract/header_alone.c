/* The header needs nothing before it, and this file needs nothing but it. */
#include "parlor.h"

static parlor_event event;

int main(void)
{
    return parlor_check_abi(PARLOR_ABI_VERSION, PARLOR_VERSION_NUMBER) + event.kind;
}
