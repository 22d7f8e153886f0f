/* quiet.h - counts what a thread takes from the system while it is watched: memory, locks, calls of the kernel.
 *
 * The functions here stand before those of the C library for the whole program, so they also see what the library under
 * test calls. Locks that nobody contends for make no call at all; what finds those is in audio_thread.c. */
#ifndef QUIET_H
#define QUIET_H

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__cplusplus)
#  define QUIET_C extern "C"
#  define QUIET_THROWS noexcept
#else
#  define QUIET_C extern
#  define QUIET_THROWS
#endif

static __thread int quiet_watched;
static __thread unsigned long quiet_memory, quiet_locks, quiet_kernel;

static void quiet_begin(void)
{
    quiet_memory = quiet_locks = quiet_kernel = 0;
    quiet_watched = 1;
}

static void quiet_end(void)
{
    quiet_watched = 0;
}

QUIET_C void *__libc_malloc(size_t size);
QUIET_C void *__libc_calloc(size_t count, size_t size);
QUIET_C void *__libc_realloc(void *memory, size_t size);
QUIET_C void *__libc_memalign(size_t alignment, size_t size);
QUIET_C void __libc_free(void *memory);

QUIET_C void *malloc(size_t size) QUIET_THROWS
{
    quiet_memory += (unsigned long)quiet_watched;
    return __libc_malloc(size);
}

QUIET_C void *calloc(size_t count, size_t size) QUIET_THROWS
{
    quiet_memory += (unsigned long)quiet_watched;
    return __libc_calloc(count, size);
}

QUIET_C void *realloc(void *memory, size_t size) QUIET_THROWS
{
    quiet_memory += (unsigned long)quiet_watched;
    return __libc_realloc(memory, size);
}

QUIET_C void *aligned_alloc(size_t alignment, size_t size) QUIET_THROWS
{
    quiet_memory += (unsigned long)quiet_watched;
    return __libc_memalign(alignment, size);
}

QUIET_C int posix_memalign(void **memory, size_t alignment, size_t size) QUIET_THROWS
{
    quiet_memory += (unsigned long)quiet_watched;
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

QUIET_C void free(void *memory) QUIET_THROWS
{
    quiet_memory += (unsigned long)(quiet_watched && memory != NULL);
    __libc_free(memory);
}

/* The functions of the C library that lock and wait, each passed on to the real one. */
#define QUIET_LOCK(name, type)                                                                                        \
    QUIET_C int name(type *lock) QUIET_THROWS                                                                            \
    {                                                                                                                 \
        static int (*real)(type *);                                                                                   \
        quiet_locks += (unsigned long)quiet_watched;                                                                  \
        if (real == NULL) *(void **)(void *)&real = dlsym(RTLD_NEXT, #name);                                          \
        return real(lock);                                                                                            \
    }

QUIET_LOCK(pthread_mutex_lock, pthread_mutex_t)
QUIET_LOCK(pthread_mutex_trylock, pthread_mutex_t)
QUIET_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
QUIET_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)

/* Futexes, and whatever else goes to the kernel without a function of its own. */
QUIET_C long syscall(long number, ...) QUIET_THROWS
{
    static long (*real)(long, ...);
    long a[6];
    va_list list;
    quiet_kernel += (unsigned long)quiet_watched;
    if (real == NULL) *(void **)(void *)&real = dlsym(RTLD_NEXT, "syscall");
    va_start(list, number);
    for (int at = 0; at < 6; at++) a[at] = va_arg(list, long);
    va_end(list);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#endif
