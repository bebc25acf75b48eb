/* What reading and writing headers share. */
#ifndef HOOFPRINT_HEADERS_H
#define HOOFPRINT_HEADERS_H

#include "core.h"

/* Of ddtrace/propagation: what is beyond them is for Python to deal with. */
#define MAX_TAGS_READ 512
#define MAX_STATE_BYTES 512
#define MAX_STATE_MEMBERS 32
#define MAX_STATE_KEY 256
#define MAX_STATE_VALUE 256
#define MAX_BAGGAGE_ITEMS 64
#define MAX_BAGGAGE_BYTES 8192

#define HEADER_NAMES(X)                                 \
    X(trace_id, "x-datadog-trace-id")                   \
    X(parent_id, "x-datadog-parent-id")                 \
    X(sampling_priority, "x-datadog-sampling-priority") \
    X(origin, "x-datadog-origin")                       \
    X(tags, "x-datadog-tags")                           \
    X(traceparent, "traceparent")                       \
    X(tracestate, "tracestate")                         \
    X(baggage, "baggage")

enum {
#define X(field, text) HEADER_##field,
    HEADER_NAMES(X)
#undef X
        HEADER_COUNT
};

extern PyObject *header_names[HEADER_COUNT];

typedef struct {
    const char *at;
    Py_ssize_t size;
} Slice;

/* The text of an exact str of ASCII; false for all else, without exception. */
bool ascii_of(PyObject *value, Slice *slice);
bool parse_hex(const char *digits, int count, uint64_t *number); /* lower case only */
bool parse_decimal(Slice slice, uint64_t *number);               /* 1 to 20 digits */
char *write_hex(char *to, uint64_t number, int digits);
char *write_decimal(char *to, uint64_t number);
static inline bool starts_with(Slice slice, const char *prefix, Py_ssize_t size) {
    return slice.size >= size && memcmp(slice.at, prefix, (size_t)size) == 0;
}
static inline bool printable(char c) {
    return c >= ' ' && c <= '~';
}
/* The text before the next separator; false at the end of the text. */
bool next_part(Slice *rest, char separator, Slice *part);

int headers_init(void);
PyObject *headers_extract(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *headers_inject(PyObject *self, PyObject *const *args, Py_ssize_t count);

#endif
