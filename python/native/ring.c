/* The ring file: records, slots and the header's counters, as internal/ring/FORMAT.md lays them down. */
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core.h"

#define HEADER_SIZE 4096
#define SLOTS_OFFSET HEADER_SIZE
#define STRINGS_OFFSET (SLOTS_OFFSET + SLOT_COUNT * SLOT_SIZE)
#define STRINGS_SIZE (2u << 20)
#define RING_OFFSET (STRINGS_OFFSET + STRINGS_SIZE)

#define PID_OFFSET 64

#define KIND_SPAN 1
#define KIND_DECISION 2
#define KIND_NOTE 3
#define INLINE_BIT 0x80000000u

typedef struct {
    uint8_t before[256];
    uint64_t head, string_head, dropped, finished, foreign;
    uint8_t pad1[24];
    uint64_t tail;
    uint8_t pad2[56];
    uint32_t armed, control;
} Header;

typedef struct {
    uint32_t size;
    uint8_t kind, error;
    uint16_t flags;
    uint64_t trace_hi, trace_lo, span_id, parent_id;
    int64_t start, duration;
    uint64_t local_root;
    uint32_t name, service, resource, type;
    uint16_t tags, metrics, structs, zero;
} Record;

typedef struct {
    uint32_t size;
    uint8_t kind, zeros[3];
    uint32_t length, zero;
} Note;

_Static_assert(sizeof(Record) == 88 && sizeof(Note) == 16, "record layout");
_Static_assert(offsetof(Header, head) == 256 && offsetof(Header, tail) == 320 &&
                   offsetof(Header, armed) == 384 && offsetof(Header, control) == 388,
               "header layout");

static Header *header; /* NULL: no ring */
static char *data;     /* the ring, mapped twice in a row so that no record wraps */
static uint64_t size, head;
static uint32_t control; /* the control word as it was last seen */

bool ring_attached(void) {
    return header != NULL;
}

int ring_attach(int fd, uint64_t ring_size) {
    char *front = mmap(NULL, RING_OFFSET, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (front == MAP_FAILED)
        return -1;
    char *twice = mmap(NULL, ring_size * 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (twice == MAP_FAILED)
        goto no_ring;
    uint32_t owner;
    memcpy(&owner, front + PID_OFFSET, sizeof owner);
    if (owner != (uint32_t)getpid()) { /* forked by a signal handler while the ring was made */
        errno = ESTALE;
        goto no_data;
    }
    for (int i = 0; i < 2; i++) {
        if (mmap(twice + (uint64_t)i * ring_size, ring_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                 fd, RING_OFFSET) == MAP_FAILED)
            goto no_data;
    }
    /* A child must not write to its parent's ring. */
    if (madvise(front, RING_OFFSET, MADV_DONTFORK) != 0 || madvise(twice, ring_size * 2, MADV_DONTFORK) != 0)
        goto no_data;
    ring_detach();
    if (!strings_reset(front + STRINGS_OFFSET, STRINGS_SIZE, &((Header *)front)->string_head)) {
        PyErr_Clear();
        errno = ENOMEM;
        goto no_data;
    }
    header = (Header *)front;
    slots_reset(front + SLOTS_OFFSET);
    data = twice;
    size = ring_size;
    head = 0;
    control = 0;
    header->foreign += core.foreign;
    core.generation++;
    core.asked = true;
    notes_flush();
    return 0;
no_data:
    munmap(twice, ring_size * 2);
no_ring:
    munmap(front, RING_OFFSET);
    return -1;
}

void ring_forget(void) {
    header = NULL;
    core.filling = false;
    strings_clear();
}

void ring_detach(void) {
    if (!header)
        return;
    munmap(header, RING_OFFSET);
    munmap(data, size * 2);
    ring_forget();
    core.generation++;
    core.asked = false;
}

/* Where the next bytes of a record go. Past `limit` nothing is written, only counted: strings are
 * interned all the same, so that both writers intern the same ones. */
typedef struct {
    char *base;
    uint64_t used, limit;
} Cursor;

static inline char *room(Cursor *cursor, uint64_t bytes) {
    char *at = cursor->base + cursor->used;
    cursor->used += bytes;
    return cursor->used <= cursor->limit ? at : NULL;
}

static void put_padded(Cursor *cursor, const Text *text) {
    uint64_t length = text_length(text), padded = (length + 7) & ~(uint64_t)7;
    char *to = room(cursor, padded);
    if (to && padded) {
        memset(to + padded - 8, 0, 8);
        text_copy(to, text);
    }
}

/* The ref of a string. If it stands inline, its bytes go to `text`, to be put with put_inline. */
static inline uint32_t ref_of(uint32_t id, PyObject *str, Text *text) {
    if (__builtin_expect(id != STRING_INLINE, 1)) {
        text->data = NULL;
        return id;
    }
    if (!text_of(str, text)) {
        text->data = NULL;
        return 0;
    }
    return text_length(text) | INLINE_BIT;
}

static inline void put_inline(Cursor *cursor, Text *text) {
    if (__builtin_expect(text->data != NULL, 0)) {
        put_padded(cursor, text);
        Py_XDECREF(text->owner);
    }
}

static uint32_t put_string(Cursor *cursor, uint32_t id, PyObject *str) {
    Text text;
    uint32_t ref = ref_of(id, str, &text);
    put_inline(cursor, &text);
    return ref;
}

static void put_tag(Cursor *cursor, PyObject *key, PyObject *value) {
    Text key_text, value_text;
    uint32_t key_ref = ref_of(strings_intern(key), key, &key_text);
    uint32_t value_ref = ref_of(strings_value(value), value, &value_text);
    uint32_t *at = (uint32_t *)room(cursor, 8);
    if (at) {
        at[0] = key_ref;
        at[1] = value_ref;
    }
    put_inline(cursor, &key_text);
    put_inline(cursor, &value_text);
}

static void put_metric(Cursor *cursor, PyObject *key, PyObject *value) {
    Text text;
    uint32_t ref = ref_of(strings_intern(key), key, &text);
    double number = PyFloat_AsDouble(value);
    char *at = room(cursor, 16);
    if (at) {
        uint64_t first = ref;
        memcpy(at, &first, 8);
        memcpy(at + 8, &number, 8);
    }
    put_inline(cursor, &text);
}

static uint16_t put_structs(Cursor *cursor, PyObject *structs) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    uint16_t count = 0;
    while (PyDict_Next(structs, &position, &key, &value)) {
        char *bytes;
        Py_ssize_t length;
        if (!PyUnicode_CheckExact(key) || PyBytes_AsStringAndSize(value, &bytes, &length) < 0) {
            PyErr_Clear();
            continue;
        }
        Text key_text, value_text = {.data = bytes, .size = (uint32_t)length};
        uint32_t ref = ref_of(strings_intern(key), key, &key_text);
        uint32_t *at = (uint32_t *)room(cursor, 8);
        if (at) {
            at[0] = ref;
            at[1] = value_text.size;
        }
        put_inline(cursor, &key_text);
        put_padded(cursor, &value_text);
        count++;
    }
    return count;
}

static Cursor begin(uint64_t first) {
    uint64_t space = size - (head - __atomic_load_n(&header->tail, __ATOMIC_ACQUIRE));
    if (space < size / 2)
        core.filling = true;
    if (space > size / 4)
        space = size / 4; /* the longest record */
    Cursor cursor = {.base = data + (head & (size - 1)), .used = first, .limit = space};
    return cursor;
}

/* Wakes a waiting reader when it is worth it. Without a fence between the store of head and this load
 * a reader that arms just now can be missed; its wait is bounded. */
static void wake(uint64_t before) {
    if (__builtin_expect(__atomic_load_n(&header->armed, __ATOMIC_RELAXED) == 0, 1))
        return;
    uint64_t tail = __atomic_load_n(&header->tail, __ATOMIC_RELAXED);
    if (tail != before && head - tail <= size / 2)
        return;
    __atomic_store_n(&header->armed, 0, __ATOMIC_RELAXED);
    syscall(SYS_futex, &header->armed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static bool publish(const Cursor *cursor, const void *record, size_t length) {
    if (cursor->used > cursor->limit)
        return false;
    memcpy(cursor->base, record, length);
    uint64_t before = head;
    head += cursor->used;
    __atomic_store_n(&header->head, head, __ATOMIC_RELEASE);
    wake(before);
    return true;
}

void ring_write_span(const Span *span, uint64_t root_id, unsigned flags, PyObject *structs) {
    Cursor cursor = begin(sizeof(Record));
    const Attributes *attributes = &span->attributes;
    Record record = {
        .kind = KIND_SPAN,
        .error = span->error != 0,
        .flags = (uint16_t)flags,
        .trace_hi = span->trace_hi,
        .trace_lo = span->trace_lo,
        .span_id = span->span_id,
        .parent_id = span->parent_id,
        .start = span->start,
        .duration = span->duration,
        .local_root = root_id,
    };
    uint32_t type_id = strings_intern(span->type);
    record.name = put_string(&cursor, span->name_id, span->name);
    record.service = put_string(&cursor, span->service_id, span->service);
    record.resource = put_string(&cursor, span->resource_id, span->resource);
    record.type = put_string(&cursor, type_id, span->type);
    for (unsigned i = 0; i < attributes->count; i++) {
        const Attribute *item = &attributes->items[i];
        if (PyUnicode_CheckExact(item->value)) {
            put_tag(&cursor, item->key, item->value);
            record.tags++;
        }
    }
    if (record.tags != attributes->count) {
        for (unsigned i = 0; i < attributes->count; i++) {
            const Attribute *item = &attributes->items[i];
            if (!PyUnicode_CheckExact(item->value))
                put_metric(&cursor, item->key, item->value);
        }
        record.metrics = (uint16_t)(attributes->count - record.tags);
    }
    if (structs)
        record.structs = put_structs(&cursor, structs);
    record.size = (uint32_t)cursor.used;
    header->finished++;
    if (!publish(&cursor, &record, sizeof record))
        header->dropped++;
}

void ring_write_decision(const LocalTrace *local, int priority) {
    Cursor cursor = begin(sizeof(Record));
    Record record = {
        .kind = KIND_DECISION,
        .error = (uint8_t)(int8_t)priority,
        .trace_hi = local->trace_hi,
        .trace_lo = local->trace_lo,
        .local_root = local->root_id,
    };
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(local->meta, &position, &key, &value)) {
        if (!PyUnicode_CheckExact(key) || !PyUnicode_CheckExact(value))
            continue;
        if (key == names.origin || PyUnicode_Compare(key, names.origin) == 0 ||
            PyUnicode_Tailmatch(key, names.propagated, 0, PY_SSIZE_T_MAX, -1) == 1) {
            put_tag(&cursor, key, value);
            record.tags++;
        }
    }
    PyErr_Clear();
    record.size = (uint32_t)cursor.used;
    publish(&cursor, &record, sizeof record);
}

int ring_write_note(const char *bytes, Py_ssize_t length) {
    if ((uint64_t)length > size / 4 - sizeof(Note))
        return -1;
    Cursor cursor = begin(sizeof(Note));
    Text text = {.data = bytes, .size = (uint32_t)length};
    put_padded(&cursor, &text);
    Note note = {.size = (uint32_t)cursor.used, .kind = KIND_NOTE, .length = (uint32_t)length};
    return publish(&cursor, &note, sizeof note);
}

bool ring_control_changed(void) {
    if (!header)
        return false;
    uint32_t now = __atomic_load_n(&header->control, __ATOMIC_ACQUIRE);
    bool changed = now != control;
    control = now;
    return changed;
}

void ring_count_foreign(void) {
    header->foreign++;
}

PyObject *ring_stats(void) {
    if (!header)
        return PyDict_New();
    return Py_BuildValue("{s:K,s:K,s:K,s:K,s:K,s:I}", "head", header->head, "tail", header->tail,
                         "string_head", header->string_head, "dropped", header->dropped, "finished",
                         header->finished, "open", slots_used());
}
