/* What the files of the extension share. All state belongs to the process and is guarded by the GIL. */
#ifndef HOOFPRINT_CORE_H
#define HOOFPRINT_CORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "compat.h"

/* ids.c */

void ids_seed(const uint64_t *seed); /* NULL: random */
uint64_t ids_next(void);             /* never 0 */

/* strings.c: the interned strings of the ring. */

#define STRING_INLINE 0xFFFFFFFFu /* a lookup's answer: the string stands inline in its record */
#define MAX_STRING_BYTES 25000

/* The UTF-8 of a str: `size` bytes of data, then "..." if it was cut. */
typedef struct {
    const char *data;
    uint32_t size;
    bool cut;
    PyObject *owner; /* keeps data alive, or NULL */
} Text;

bool text_of(PyObject *str, Text *text); /* false: out of memory; no exception is left */
static inline uint32_t text_length(const Text *text) {
    return text->size + (text->cut ? 3 : 0);
}
void text_copy(char *to, const Text *text);

bool strings_reset(char *region, uint64_t size, uint64_t *head);
void strings_clear(void);
uint32_t strings_intern(PyObject *str); /* NULL and "" are 0 */
uint32_t strings_value(PyObject *str);

/* attributes.c: tags and metrics, one ordered array whose values tell which of the two they are. */

typedef struct {
    PyObject *key; /* exact str */
    Py_hash_t hash;
    PyObject *value; /* exact str: a tag; int or float: a metric */
} Attribute;

#define BASE_SERVICES 8 /* remembered answers, a power of two */
#define INLINE_ATTRIBUTES 10

typedef struct {
    Attribute *items;
    uint16_t count, capacity;
    Attribute inlined[INLINE_ATTRIBUTES];
} Attributes;

#define MAX_ATTRIBUTES 65535 /* the counts of a record are u16 */

void attributes_init(Attributes *attributes);
void attributes_clear(Attributes *attributes);
PyObject *attributes_get(const Attributes *attributes,
                         PyObject *key); /* borrowed, or NULL without exception */
int attributes_set(Attributes *attributes, PyObject *key, PyObject *value);
int attributes_set_default(Attributes *attributes, PyObject *key, PyObject *value);
void attributes_remove(Attributes *attributes, PyObject *key);
PyObject *attributes_dict(const Attributes *attributes, bool tags);

/* local.c: the spans of one trace in this process, and what travels with the trace. */

#define PRIORITY_NONE INT32_MIN

typedef enum { UNDECIDED, BY_DEFAULT, RATE_KEEPS, RATE_REJECTS } Decided;

typedef struct {
    PyObject_HEAD uint64_t trace_hi, trace_lo, root_id;
    uint32_t open, finished, epoch;
    int32_t told;            /* the priority that a decision record gave, or PRIORITY_NONE */
    bool root_done, tracked; /* tracked: by the collector of cycles */
    Decided decided;         /* what the core decided while there were no dicts to hold it */
    uint32_t started;
    PyObject *meta, *metrics, *baggage;
    PyObject *held; /* a list of finished spans that are not written yet, or NULL */
} LocalTrace;

extern PyTypeObject *LocalTraceType;
LocalTrace *local_new(uint64_t trace_hi, uint64_t trace_lo, uint64_t root_id);
int local_dicts(LocalTrace *local); /* makes the three dicts */
void local_share(LocalTrace *local, PyObject *meta, PyObject *metrics, PyObject *baggage);
void local_decide(LocalTrace *local, Decided decided);
PyObject *decided_priority(Decided decided); /* borrowed, as is the next */
PyObject *decided_maker(Decided decided);

/* span.c */

typedef struct Span {
    PyObject_HEAD uint64_t trace_hi, trace_lo, span_id, parent_id;
    int64_t start, duration; /* ns */
    PyObject *name, *service, *resource, *type, *api;
    struct Span *parent, *root;  /* root is NULL for a local root: no reference to itself */
    struct Span *foreign_parent; /* started in the process that forked this one */
    LocalTrace *local;
    PyObject *context, *parent_context;
    PyObject *links, *events, *structs, *store, *on_finish;
    PyObject *weakrefs;
    uint32_t epoch, generation;
    uint32_t ordinal; /* among the spans of its local trace, in the order of their starts */
    int32_t slot;
    uint32_t name_id, service_id, resource_id;
    bool finished, traced, ended, looked_up; /* ended: no longer counted as open */
    int32_t error;
    Attributes attributes;
} Span;

extern PyTypeObject *SpanType;
Span *span_new(PyObject *name, PyObject *service, PyObject *resource, PyObject *type, PyObject *api);
void span_new_trace_id(Span *span);
static inline Span *span_root(Span *span) {
    return span->root ? span->root : span;
}
bool span_is_special(PyObject *key); /* whether set_tag treats it in a way of its own */
PyObject *span_context(Span *span);  /* new reference */

extern PyGetSetDef span_fields[]; /* fields.c */

/* convert.c */

PyObject *text_or_null(
    PyObject *value); /* exact str, new reference; NULL without exception for other types */
PyObject *text_or_empty(PyObject *value);                    /* "" for other types, but NULL for None */
int same_text(PyObject *a, PyObject *b);                     /* both str or NULL */
int parse_u128(PyObject *value, uint64_t *hi, uint64_t *lo); /* 1 if it is an int of 128 bits, else 0 */
PyObject *make_u128(uint64_t hi, uint64_t lo);
int64_t seconds_to_ns(double seconds); /* cut to 64 bits, 0 for what is no number */
/* Of anything that is a number, cut to 64 bits; false, without an exception, for everything else. */
bool any_to_seconds(PyObject *value, double *seconds);
bool any_to_ns(PyObject *value, int64_t *ns);
int64_t saturating_difference(int64_t a, int64_t b); /* what was cut to 64 bits stays so */
int int_to_ns(PyObject *value, int64_t *ns); /* cut to 64 bits; -1 with an exception if it is no int */

/* finish.c */

void span_end(Span *span, int64_t end); /* keeps no exception */
void span_ended(Span *span);            /* counts it, frees its slot */
void span_write(Span *span, const LocalTrace *local, unsigned flags);
void chunk_attributes(Span *span);
void origin_attribute(Span *span);
void span_look_up(Span *span);
void decide(Span *root);
void tell(Span *root);

/* hold.c: finished spans kept until their chunk is complete, for those who want to see it whole. */

void hold(Span *span);
void hold_abandoned(LocalTrace *local);
void hold_flush_abandoned(void);

/* rates.c: the agent's rates. */

PyObject *rates_set(PyObject *self, PyObject *rates);
bool rates_decide(Span *root); /* false: there is no rate for it */

/* notes.c */

PyObject *notes_add(PyObject *self, PyObject *note);
void notes_flush(void); /* writes what has waited for a ring */

/* ring.c */

#define FLAG_LOCAL_ROOT 1
#define FLAG_LAST_OPEN 2

bool ring_attached(void);
int ring_attach(int fd, uint64_t size); /* -1 with OSError */
void ring_detach(void);
void ring_forget(void); /* in a forked child, where nothing is mapped */
void ring_write_span(const Span *span, uint64_t root_id, unsigned flags, PyObject *structs);
void ring_write_decision(const LocalTrace *local, int priority);
/* 1: written, 0: there is no room now, -1: there never is. */
int ring_write_note(const char *bytes, Py_ssize_t length);
bool ring_control_changed(void); /* since the last call */
void ring_count_foreign(void);
PyObject *ring_stats(void);

/* slots.c */

#define SLOT_COUNT 4096
#define SLOT_SIZE 64

void slots_reset(char *region);
unsigned slots_used(void);
int32_t slot_open(const Span *span); /* -1 when every slot is taken */
void slot_close(int32_t slot);

/* state.c */

typedef struct {
    uint32_t epoch;      /* counts forks; a span of another epoch was started in a parent process */
    uint32_t generation; /* counts rings; string ids and slots are of one ring */
    pid_t pid;
    bool enabled, asked;
    bool filling;           /* the ring is more than half full: its reader may be gone */
    int64_t filling_asked;  /* s, monotonic: when the callback was last called */
    bool collects_anywhere; /* CPython before 3.12: allocating may run finalisers */
    uint64_t failures, unsent, foreign;
    int64_t clock_now, clock_step;                                   /* a test's clock, if clock_step >= 0 */
    PyObject *active;                                                /* the context variable */
    PyObject *opener, *on_filling, *on_control, *on_chunk, *sampler; /* NULL: none */
    PyObject *abandoned; /* a list of local traces whose held spans nobody else will write, or NULL */
    PyObject *context_type, *set_tag, *set_metric, *serialize;
    PyObject *defaults; /* a dict, the truth; the rest of the fields is read out of it */
    struct { /* by address of the service: whether it is another than core.service, ignoring case */
        PyObject *service;
        bool differs;
    } base_services[BASE_SERVICES];
    PyObject *service, *env, *version, *hostname, *runtime_id, *integration_services, *service_mapping;
    PyObject *tags, *root_tags, *process_id;
    bool inferred_service, tags_simple, trace_id_128;
    uint32_t partial_flush;
} Core;

extern Core core;
extern volatile uint32_t *core_alive; /* a word that a fork wipes */

int state_init(void);
void state_after_fork(void);
int64_t clock_ns(void);
/* Callbacks may do anything; what they raise is counted. argument NULL: none. */
void call_counted(PyObject *callable, PyObject *argument);
bool ring_wanted(void); /* opens the ring when that is due; whether spans are to be written */
static inline void check_fork(void) {
    if (__builtin_expect(*core_alive == 0, 0))
        state_after_fork();
}
PyObject *state_set_opener(PyObject *self, PyObject *opener);
PyObject *state_set_on_filling(PyObject *self, PyObject *callback);
PyObject *state_set_on_chunk(PyObject *self, PyObject *callback);
PyObject *state_set_on_control(PyObject *self, PyObject *callback);
void see_to_control(void);
PyObject *state_set_sampler(PyObject *self, PyObject *sampler);
PyObject *state_set_enabled(PyObject *self, PyObject *enabled);
PyObject *state_set_hooks(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *state_set_defaults(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *state_get_defaults(PyObject *self, PyObject *unused);

/* tracer.c */

PyObject *active_get(void); /* new reference; Py_None when nothing is active */
int parse_arguments(const char *function, PyObject *const *names, Py_ssize_t count, Py_ssize_t required,
                    PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, PyObject **into);
extern PyType_Spec tracer_spec, span_spec, local_spec;

/* Interned names, made once in module.c. */

#define NAMES(X)                         \
    X(name, "name")                      \
    X(child_of, "child_of")              \
    X(service, "service")                \
    X(resource, "resource")              \
    X(span_type, "span_type")            \
    X(activate, "activate")              \
    X(span_api, "span_api")              \
    X(key, "key")                        \
    X(value, "value")                    \
    X(finish_time, "finish_time")        \
    X(trace_id, "trace_id")              \
    X(span_id, "span_id")                \
    X(private_local, "_local")           \
    X(private_meta, "_meta")             \
    X(private_metrics, "_metrics")       \
    X(private_baggage, "_baggage")       \
    X(private_links, "_span_links")      \
    X(private_is_remote, "_is_remote")   \
    X(private_reactivate, "_reactivate") \
    X(set_exc_info, "set_exc_info")      \
    X(startswith, "startswith")          \
    X(lower, "lower")                    \
    X(datadog, "datadog")                \
    X(runtime_id, "runtime-id")          \
    X(process_id, "process_id")          \
    X(env, "env")                        \
    X(version, "version")                \
    X(component, "component")            \
    X(language, "language")              \
    X(python, "python")                  \
    X(m, "m")                            \
    X(zero_decision, "-0")               \
    X(rate_decision, "-1")               \
    X(agent_rate, "_dd.agent_psr")       \
    X(rule_rate, "_dd.rule_psr")         \
    X(kept_rate, "_dd.p.ksr")            \
    X(dm, "_dd.p.dm")                    \
    X(ts, "_dd.p.ts")                    \
    X(tid, "_dd.p.tid")                  \
    X(origin, "_dd.origin")              \
    X(hostname, "_dd.hostname")          \
    X(svc_src, "_dd.svc_src")            \
    X(top_level, "_dd.top_level")        \
    X(base_service, "_dd.base_service")  \
    X(priority, "_sampling_priority_v1") \
    X(propagated, "_dd.p.")              \
    X(opt, "opt.")                       \
    X(empty, "")

typedef struct {
#define X(field, text) PyObject *field;
    NAMES(X)
#undef X
    PyObject *zero, *one; /* ints */
} Names;

extern Names names;

#endif
