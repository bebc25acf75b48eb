/* Writing headers of the default propagation styles for a span of this process, or its context.
 *
 * As in extract.c: what is unusual is left to ddtrace/propagation, before anything is written.
 */
#include <string.h>

#include "headers.h"

#define KNUTH_FACTOR 1111111111111111111u
#define MAX_OWN_MEMBER 256
#define OWN_RESERVED 23 /* "dd=", and "p:<16 digits>;" */
#define MAX_TAGS_SENT 512

typedef struct {
    uint64_t trace_hi, trace_lo, span_id;
    PyObject *meta, *metrics; /* new references */
    Span *span;               /* of the trace, to decide with; a new reference, or NULL */
    PyObject *traceparent, *tracestate, *origin, *last, *maker, *user; /* borrowed from meta */
    long priority;
} Source;

typedef struct {
    char text[MAX_TAGS_SENT + 64];
    size_t size;
} Buffer;

static bool append(Buffer *buffer, size_t limit, const char *text, Py_ssize_t size) {
    if (buffer->size + (size_t)size > limit || buffer->size + (size_t)size > sizeof buffer->text)
        return false;
    memcpy(buffer->text + buffer->size, text, (size_t)size);
    buffer->size += (size_t)size;
    return true;
}

static bool source_span(Source *source, Span *span) {
    if (local_dicts(span->local) < 0)
        return false;
    Py_INCREF(span);
    source->span = span;
    source->trace_hi = span->trace_hi;
    source->trace_lo = span->trace_lo;
    source->span_id = span->span_id;
    source->meta = new_ref(span->local->meta);
    source->metrics = new_ref(span->local->metrics);
    return true;
}

/* A context that a span of this process gave: without baggage, with ids as they were. */
static bool source_context(Source *source, PyObject *context) {
    PyObject *local = PyObject_GetAttr(context, names.private_local);
    PyObject *trace_id = local ? PyObject_GetAttr(context, names.trace_id) : NULL;
    PyObject *span_id = trace_id ? PyObject_GetAttr(context, names.span_id) : NULL;
    PyObject *remote = span_id ? PyObject_GetAttr(context, names.private_is_remote) : NULL;
    PyObject *baggage = remote ? PyObject_GetAttr(context, names.private_baggage) : NULL;
    bool fits = baggage && Py_TYPE(local) == LocalTraceType && remote == Py_False &&
                PyDict_CheckExact(baggage) && PyDict_Size(baggage) == 0 && PyLong_CheckExact(trace_id) &&
                PyLong_CheckExact(span_id);
    if (fits) {
        LocalTrace *trace = (LocalTrace *)local;
        source->trace_hi = trace->trace_hi;
        source->trace_lo = trace->trace_lo;
        source->span_id = PyLong_AsUnsignedLongLong(span_id);
        fits = PyLong_AsUnsignedLongLongMask(trace_id) == trace->trace_lo && !PyErr_Occurred() &&
               (source->meta = PyObject_GetAttr(context, names.private_meta)) &&
               (source->metrics = PyObject_GetAttr(context, names.private_metrics));
    }
    Py_XDECREF(local);
    Py_XDECREF(trace_id);
    Py_XDECREF(span_id);
    Py_XDECREF(remote);
    Py_XDECREF(baggage);
    PyErr_Clear();
    return fits && PyDict_CheckExact(source->meta) && PyDict_CheckExact(source->metrics) && source->span_id;
}

/* The active span, if it is of this trace. */
static bool source_active(Source *source) {
    if (source->span)
        return true;
    PyObject *active = active_get();
    if (active && Py_TYPE(active) == SpanType) {
        Span *span = (Span *)active;
        if (span->trace_hi == source->trace_hi && span->trace_lo == source->trace_lo) {
            source->span = span;
            return true;
        }
    }
    PyErr_Clear();
    Py_XDECREF(active);
    return false;
}

static bool has_priority(Source *source) {
    PyObject *priority = PyDict_GetItemWithError(source->metrics, names.priority);
    if (!priority || !PyLong_CheckExact(priority))
        return false;
    source->priority = PyLong_AsLong(priority);
    PyErr_Clear();
    return source->priority >= -9 && source->priority <= 9;
}

static bool known_name(Slice key, const char *name) {
    return (size_t)key.size == strlen(name) && memcmp(key.at, name, (size_t)key.size) == 0;
}

/* A value that goes into both headers as it is. */
static bool is_plain(Slice value) {
    for (Py_ssize_t i = 0; i < value.size; i++) {
        char c = value.at[i];
        if (!printable(c) || c == ',' || c == ';' || c == '~' || c == '=')
            return false;
    }
    return value.size && value.at[0] != ' ' && value.at[value.size - 1] != ' ';
}

/* x-datadog-tags, and what else of the trace's tags matters. */
static bool read_meta(Source *source, Buffer *tags, size_t limit) {
    PyObject *name, *object;
    Py_ssize_t at = 0;
    while (PyDict_Next(source->meta, &at, &name, &object)) {
        Slice key, value;
        if (!ascii_of(name, &key))
            return false;
        if (!starts_with(key, "_dd.", 4)) {
            if (known_name(key, "traceparent")) {
                uint64_t hi, lo, span_id, flags;
                if (!ascii_of(object, &value) || value.size != 55 || memcmp(value.at, "00-", 3) != 0 ||
                    value.at[35] != '-' || value.at[52] != '-' || !parse_hex(value.at + 3, 16, &hi) ||
                    !parse_hex(value.at + 19, 16, &lo) || !parse_hex(value.at + 36, 16, &span_id) ||
                    !parse_hex(value.at + 53, 2, &flags) || !(hi | lo) || !span_id)
                    return false;
                source->traceparent = object;
            } else if (known_name(key, "tracestate"))
                source->tracestate = object;
            continue;
        }
        if (known_name(key, "_dd.propagation_error"))
            return false;
        if (!starts_with(key, "_dd.p.", 6)) {
            if (known_name(key, "_dd.origin")) {
                if (!ascii_of(object, &value) || !is_plain(value))
                    return false;
                source->origin = object;
            }
            continue;
        }
        if (!ascii_of(object, &value) || !is_plain(value))
            return false;
        for (Py_ssize_t i = 0; i < key.size; i++) {
            if (!printable(key.at[i]) || key.at[i] == ' ' || key.at[i] == ',' || key.at[i] == '=')
                return false;
        }
        if (known_name(key, "_dd.p.dm"))
            source->maker = object;
        else if (known_name(key, "_dd.p.usr.id"))
            source->user = object;
        if ((tags->size && !append(tags, limit, ",", 1)) || !append(tags, limit, key.at, key.size) ||
            !append(tags, limit, "=", 1) || !append(tags, limit, value.at, value.size))
            return false;
    }
    return true;
}

static bool append_tag(Buffer *own, Slice key, Slice value) {
    size_t size = 2 + (size_t)key.size - 6 + 1 + (size_t)value.size + (own->size ? 1 : 0);
    if (OWN_RESERVED + own->size + size > MAX_OWN_MEMBER)
        return true; /* it is left out */
    return (!own->size || append(own, MAX_OWN_MEMBER, ";", 1)) && append(own, MAX_OWN_MEMBER, "t.", 2) &&
           append(own, MAX_OWN_MEMBER, key.at + 6, key.size - 6) && append(own, MAX_OWN_MEMBER, ":", 1) &&
           append(own, MAX_OWN_MEMBER, value.at, value.size);
}

/* Our member of tracestate, without its name and the span id. */
static bool write_own(Source *source, Buffer *own) {
    Slice value;
    long priority = source->priority;
    char digits[2] = {'-', (char)('0' + (priority < 0 ? -priority : priority))};
    append(own, MAX_OWN_MEMBER, "s:", 2);
    append(own, MAX_OWN_MEMBER, priority < 0 ? digits : digits + 1, priority < 0 ? 2 : 1);
    if (source->origin) {
        if (!ascii_of(source->origin, &value) || value.size > 64)
            return false;
        append(own, MAX_OWN_MEMBER, ";o:", 3);
        append(own, MAX_OWN_MEMBER, value.at, value.size);
    }
    PyObject *first[] = {source->maker, source->user};
    const Slice keys[] = {{"_dd.p.dm", 8}, {"_dd.p.usr.id", 12}};
    for (int i = 0; i < 2; i++) {
        if (!first[i])
            continue;
        if (!ascii_of(first[i], &value) || value.size > 64)
            return false; /* these are written beyond the limit */
        append_tag(own, keys[i], value);
    }
    PyObject *name, *object;
    Py_ssize_t at = 0;
    while (PyDict_Next(source->meta, &at, &name, &object)) {
        Slice key;
        if (!ascii_of(name, &key) || !starts_with(key, "_dd.p.", 6) || known_name(key, "_dd.p.dm") ||
            known_name(key, "_dd.p.usr.id"))
            continue;
        for (Py_ssize_t i = 0; i < key.size; i++) {
            if (key.at[i] == ';' || key.at[i] == ':')
                return false;
        }
        if (!ascii_of(object, &value) || !append_tag(own, key, value))
            return false;
    }
    return true;
}

/* The members of others: their text without our old one, if they need no care. */
static bool read_state(Source *source, Slice *others, int *members, bool *otel) {
    others->at = "";
    others->size = 0;
    *members = 0;
    *otel = false;
    if (!source->tracestate)
        return true;
    Slice rest, member;
    if (!ascii_of(source->tracestate, &rest) || rest.size > MAX_STATE_BYTES || !rest.size)
        return false;
    for (Py_ssize_t i = 0; i < rest.size; i++) {
        if (!printable(rest.at[i]))
            return false;
    }
    if (starts_with(rest, "dd=", 3)) {
        const char *comma = memchr(rest.at, ',', (size_t)rest.size);
        if (!comma)
            return true;
        rest.size -= comma + 1 - rest.at;
        rest.at = comma + 1;
    }
    *others = rest;
    while (next_part(&rest, ',', &member)) {
        if (!member.size || starts_with(member, "dd=", 3) || member.at[0] <= ' ' ||
            member.at[member.size - 1] <= ' ')
            return false;
        if (starts_with(member, "ot=", 3)) {
            if (*otel || !(starts_with(member, "ot=rv:", 6) || starts_with(member, "ot=th:", 6)))
                return false;
            *otel = true;
        }
        ++*members;
    }
    return true;
}

/* What OpenTelemetry's samplers are told about a decision by a rate: 0 nothing, 1 `told` has it, -1 unusual.
 */
static int read_rate(Source *source, char *told) {
    Slice maker;
    if (!source->maker || !ascii_of(source->maker, &maker))
        return 0;
    if (!known_name(maker, "-0") && !known_name(maker, "-1") && !known_name(maker, "-3") &&
        !known_name(maker, "-11") && !known_name(maker, "-12"))
        return 0;
    Span *root = span_root(source->span);
    if (root->parent_id)
        return 0;
    PyObject *number = attributes_get(&root->attributes, names.rule_rate);
    bool rule = number != NULL;
    if (!number)
        number = attributes_get(&root->attributes, names.agent_rate);
    double rate = number ? PyFloat_AsDouble(number) : 1;
    if (PyErr_Occurred() || !(rate >= 0 && rate <= 1)) {
        PyErr_Clear();
        return -1;
    }
    uint64_t hash = source->trace_lo * KNUTH_FACTOR;
    if (rule && source->priority < 1 &&
        (rate >= 1 || (rate > 0 && (double)hash <= rate * 18446744073709551616.0)))
        return 0; /* not the rate has rejected it but the limit */
    uint64_t rejected = (uint64_t)((1.0 - rate) * 72057594037927936.0);
    if (rejected >> 56)
        return 0;
    char digits[14];
    int count = 14;
    write_hex(digits, rejected, 14);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    memcpy(told, "ot=rv:", 6);
    write_hex(told + 6, ~hash >> 8, 14);
    memcpy(told + 20, ";th:", 4);
    memcpy(told + 24, digits, (size_t)count);
    told[24 + count] = 0;
    return 1;
}

static bool set_header(PyObject *headers, int name, const char *text, size_t size) {
    PyObject *value = PyUnicode_FromStringAndSize(text, (Py_ssize_t)size);
    bool done =
        value && (PyDict_CheckExact(headers) ? PyDict_SetItem(headers, header_names[name], value)
                                             : PyObject_SetItem(headers, header_names[name], value)) == 0;
    Py_XDECREF(value);
    return done;
}

static bool set_high_bits(Source *source) {
    char digits[16];
    PyObject *known = PyDict_GetItemWithError(source->meta, names.tid);
    Slice text;
    write_hex(digits, source->trace_hi, 16);
    if (known && ascii_of(known, &text) && text.size == 16 && memcmp(text.at, digits, 16) == 0)
        return true;
    PyObject *value = PyUnicode_FromStringAndSize(digits, 16);
    bool done = value && PyDict_SetItem(source->meta, names.tid, value) == 0;
    Py_XDECREF(value);
    return done;
}

static bool write_all(Source *source, PyObject *headers, const Buffer *tags, const Buffer *own,
                      Slice others) {
    char text[64], state[MAX_STATE_BYTES + 64], *end;
    end = write_decimal(text, source->trace_lo);
    if (!set_header(headers, HEADER_trace_id, text, (size_t)(end - text)))
        return false;
    end = write_decimal(text, source->span_id);
    if (!set_header(headers, HEADER_parent_id, text, (size_t)(end - text)))
        return false;
    const char *priority = own->text + 2;
    if (!set_header(headers, HEADER_sampling_priority, priority, source->priority < 0 ? 2 : 1))
        return false;
    Slice origin;
    if (source->origin && ascii_of(source->origin, &origin) &&
        !set_header(headers, HEADER_origin, origin.at, (size_t)origin.size))
        return false;
    if (tags->size && !set_header(headers, HEADER_tags, tags->text, tags->size))
        return false;
    int flags = source->priority > 0;
    memcpy(text, "00-", 3);
    write_hex(write_hex(text + 3, source->trace_hi, 16), source->trace_lo, 16);
    Slice upstream;
    if (source->traceparent && ascii_of(source->traceparent, &upstream) && upstream.size >= 55) {
        uint64_t theirs = 0;
        memcpy(text + 3, upstream.at + 3, 32);
        parse_hex(upstream.at + 53, 2, &theirs);
        flags |= theirs & 2;
    }
    text[35] = text[52] = '-';
    write_hex(text + 36, source->span_id, 16);
    write_hex(text + 53, (uint64_t)flags, 2);
    if (!set_header(headers, HEADER_traceparent, text, 55))
        return false;
    memcpy(state, "dd=p:", 5);
    end = write_hex(state + 5, source->span_id, 16);
    *end++ = ';';
    memcpy(end, own->text, own->size);
    end += own->size;
    if (others.size) {
        *end++ = ',';
        memcpy(end, others.at, (size_t)others.size);
        end += others.size;
    }
    return set_header(headers, HEADER_tracestate, state, (size_t)(end - state));
}

/* 1 written, 0 unusual, -1 with an exception of `headers`. */
static int inject(Source *source, PyObject *headers, size_t limit) {
    bool undecided = PyDict_GetItemWithError(source->metrics, names.priority) == NULL;
    if (undecided) {
        /* With a remote parent Python tells apart who has decided. */
        if (!source_active(source) || span_root(source->span)->parent_id)
            return 0;
        tell(span_root(source->span));
    }
    if (!has_priority(source))
        return 0;
    if (source->trace_hi && !set_high_bits(source))
        return 0;
    Buffer tags = {.size = 0}, own = {.size = 0};
    Slice others;
    int members;
    bool otel;
    char told[40];
    if (!read_meta(source, &tags, limit) || !write_own(source, &own) ||
        !read_state(source, &others, &members, &otel))
        return 0;
    if (!otel && source_active(source)) {
        int rate = read_rate(source, told);
        if (rate < 0 || (rate && source->tracestate))
            return 0;
        if (rate) {
            PyObject *state = PyUnicode_FromString(told);
            bool done = state && PyDict_SetItem(source->meta, header_names[HEADER_tracestate], state) == 0;
            Py_XDECREF(state);
            if (!done)
                return 0;
            others.at = told;
            others.size = (Py_ssize_t)strlen(told);
            members++;
        }
    }
    if (members >= MAX_STATE_MEMBERS || 4 + own.size + (size_t)others.size > MAX_STATE_BYTES)
        return 0;
    return write_all(source, headers, &tags, &own, others) ? 1 : -1;
}

PyObject *headers_inject(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count) {
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "inject_headers() takes a span or context, headers and a limit");
        return NULL;
    }
    PyObject *given = args[0];
    long limit = PyLong_AsLong(args[2]);
    Source source = {0};
    bool usual = false;
    int done = 0;
    if (PyErr_Occurred())
        return NULL;
    if (Py_TYPE(given) == SpanType) {
        Span *span = (Span *)given;
        usual = !span->context && source_span(&source, span);
        if (span->context)
            usual = source_context(&source, span->context);
        if (usual && !source.span) {
            Py_INCREF(span);
            source.span = span;
        }
        usual = usual && (span->context || !span->local->baggage || PyDict_Size(span->local->baggage) == 0);
    } else if ((PyObject *)Py_TYPE(given) == core.context_type) {
        usual = source_context(&source, given);
    }
    if (usual && limit > 0 && limit <= MAX_TAGS_SENT)
        done = inject(&source, args[1], (size_t)limit);
    Py_XDECREF(source.meta);
    Py_XDECREF(source.metrics);
    Py_XDECREF(source.span);
    if (done < 0)
        return NULL;
    PyErr_Clear();
    return new_ref(done ? Py_True : Py_False);
}
