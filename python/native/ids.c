/* Span and trace ids: SplitMix64 from a random state, which never repeats within 2**64 ids. */
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>

#include "core.h"

static uint64_t state;

void ids_seed(const uint64_t *seed) {
    if (seed) {
        state = *seed;
        return;
    }
    /* The system call itself: the C library of a manylinux wheel may be older than its getrandom. */
    if (syscall(SYS_getrandom, &state, sizeof state, GRND_NONBLOCK) != (long)sizeof state) {
        /* Early in the boot of a machine there is no entropy yet; time and pid keep processes apart. */
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        state = (uint64_t)now.tv_nsec * 0x9E3779B97F4A7C15u ^ (uint64_t)now.tv_sec << 20 ^
                (uint64_t)getpid() << 44;
    }
}

uint64_t ids_next(void) {
    for (;;) {
        uint64_t z = state += 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        z ^= z >> 31;
        if (z)
            return z;
    }
}
