/* One slot of the ring file per open span, so that a reader can list what is running. */
#include <sys/syscall.h>
#include <unistd.h>

#include "core.h"

typedef struct {
    uint64_t span_id, trace_hi, trace_lo, parent_id;
    int64_t start;
    uint64_t local_root;
    uint32_t name, service, resource, thread;
} Slot;

_Static_assert(sizeof(Slot) == SLOT_SIZE, "slot layout");

static Slot *slots;
static uint16_t free_slots[SLOT_COUNT];
static unsigned free_count;

void slots_reset(char *region) {
    slots = (Slot *)region;
    for (free_count = 0; free_count < SLOT_COUNT; free_count++)
        free_slots[free_count] = (uint16_t)(SLOT_COUNT - 1 - free_count);
}

unsigned slots_used(void) {
    return SLOT_COUNT - free_count;
}

static uint32_t thread_id(void) {
    static __thread uint32_t id, epoch;
    if (__builtin_expect(epoch != core.epoch, 0)) {
        id = (uint32_t)syscall(SYS_gettid);
        epoch = core.epoch;
    }
    return id;
}

static inline uint32_t slot_string(uint32_t id) {
    return id == STRING_INLINE ? 0 : id;
}

int32_t slot_open(const Span *span) {
    if (!free_count)
        return -1;
    int32_t index = free_slots[--free_count];
    Slot *slot = &slots[index];
    slot->trace_hi = span->trace_hi;
    slot->trace_lo = span->trace_lo;
    slot->parent_id = span->parent_id;
    slot->start = span->start;
    slot->local_root = span->local->root_id;
    slot->name = slot_string(span->name_id);
    slot->service = slot_string(span->service_id);
    slot->resource = slot_string(span->resource_id);
    slot->thread = thread_id();
    __atomic_store_n(&slot->span_id, span->span_id, __ATOMIC_RELEASE);
    return index;
}

void slot_close(int32_t index) {
    __atomic_store_n(&slots[index].span_id, 0, __ATOMIC_RELEASE);
    free_slots[free_count++] = (uint16_t)index;
}
