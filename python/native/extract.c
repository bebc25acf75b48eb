/* Reading well-formed headers of the default propagation styles.
 *
 * Every function that meets something else says so, and ddtrace/propagation does
 * the whole of it in Python: that is where each rule is written down.
 */
#include <string.h>

#include "headers.h"

typedef struct {
    PyObject *values[2 * HEADER_COUNT]; /* borrowed; the second half: by the names of a WSGI environment */
} Found;

/* Which header this is, of `values`; -1 for others, -2 when only Python can tell. */
static int header_of(PyObject *name) {
    static const struct {
        const char *text;
        int header;
    } by_size[] = {
        [7] = {"baggage", HEADER_baggage},
        [10] = {"tracestate", HEADER_tracestate},
        [11] = {"traceparent", HEADER_traceparent},
        [14] = {"x-datadog-tags", HEADER_tags},
        [16] = {"x-datadog-origin", HEADER_origin},
        [18] = {"x-datadog-trace-id", HEADER_trace_id},
        [19] = {"x-datadog-parent-id", HEADER_parent_id},
        [27] = {"x-datadog-sampling-priority", HEADER_sampling_priority},
    };
    Slice slice;
    if (!ascii_of(name, &slice))
        return -2;
    bool wsgi = slice.size > 5 && (slice.at[0] | 0x20) == 'h' && slice.at[4] == '_';
    if (wsgi) {
        for (int i = 0; i < 4; i++) {
            if ((slice.at[i] | 0x20) != "http"[i])
                return -1;
        }
        slice.at += 5;
        slice.size -= 5;
    }
    if ((size_t)slice.size >= sizeof by_size / sizeof *by_size || !by_size[slice.size].text)
        return -1;
    const char *text = by_size[slice.size].text;
    for (Py_ssize_t i = 0; i < slice.size; i++) {
        char c = slice.at[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if (c != (wsgi && text[i] == '-' ? '_' : text[i]))
            return -1;
    }
    return by_size[slice.size].header + (wsgi ? HEADER_COUNT : 0);
}

static bool take(Found *found, PyObject *name, PyObject *value) {
    int header = header_of(name);
    if (header >= 0)
        found->values[header] = value;
    return header != -2;
}

/* `items` keeps alive what was found in a mapping that is no dict. */
static bool find(PyObject *headers, Found *found, PyObject **items) {
    PyObject *name, *value;
    Py_ssize_t at = 0;
    if (PyDict_CheckExact(headers)) {
        while (PyDict_Next(headers, &at, &name, &value)) {
            if (!take(found, name, value))
                return false;
        }
    } else {
        PyObject *view = PyObject_CallMethod(headers, "items", NULL);
        *items = view ? PySequence_List(view) : NULL;
        Py_XDECREF(view);
        PyErr_Clear();
        for (Py_ssize_t i = 0; *items && i < PyList_Size(*items); i++) {
            PyObject *item = PyList_GetItem(*items, i);
            if (!PyTuple_Check(item) || PyTuple_Size(item) != 2 ||
                !take(found, PyTuple_GetItem(item, 0), PyTuple_GetItem(item, 1)))
                return false;
        }
        if (!*items)
            return false;
    }
    for (int i = 0; i < HEADER_COUNT; i++) {
        if (!found->values[i])
            found->values[i] = found->values[HEADER_COUNT + i];
    }
    return true;
}

/* What the headers say; NULL is for what they do not. */
typedef struct {
    bool known;
    uint64_t trace_hi, trace_lo, span_id;
    bool decided;
    int priority;
    PyObject *origin, *meta; /* new references */
} Trace;

static void trace_clear(Trace *trace) {
    Py_CLEAR(trace->origin);
    Py_CLEAR(trace->meta);
}

/* A dict's item of which key and value are ASCII; false: out of memory. */
static bool put(PyObject *dict, const char *prefix, Slice key, Slice value) {
    char name[MAX_TAGS_READ + 16];
    size_t size = strlen(prefix);
    memcpy(name, prefix, size);
    memcpy(name + size, key.at, (size_t)key.size);
    PyObject *k = PyUnicode_FromStringAndSize(name, (Py_ssize_t)size + key.size);
    PyObject *v = PyUnicode_FromStringAndSize(value.at, value.size);
    bool done = k && v && PyDict_SetItem(dict, k, v) == 0;
    Py_XDECREF(k);
    Py_XDECREF(v);
    if (!done)
        PyErr_Clear();
    return done;
}

static bool parse_priority(Slice slice, int *priority) {
    bool negative = slice.size > 1 && slice.at[0] == '-';
    if (negative) {
        slice.at++;
        slice.size--;
    }
    uint64_t number;
    if (slice.size > 2 || !parse_decimal(slice, &number))
        return false;
    *priority = negative ? -(int)number : (int)number;
    return true;
}

static bool is_decision_maker(Slice text) {
    uint64_t mechanism;
    Slice number = {text.at + 1, text.size - 1};
    return text.size >= 2 && text.size <= 4 && text.at[0] == '-' && parse_decimal(number, &mechanism) &&
           mechanism <= 255 && (number.size == 1 || number.at[0] != '0');
}

static bool read_tags(PyObject *header, Trace *trace, bool wide) {
    Slice rest, pair;
    if (!ascii_of(header, &rest) || rest.size > MAX_TAGS_READ)
        return false;
    if (rest.size == 0)
        return true;
    while (next_part(&rest, ',', &pair)) {
        const char *equals = memchr(pair.at, '=', (size_t)pair.size);
        if (!equals)
            return false;
        Slice key = {pair.at, equals - pair.at}, value = {equals + 1, pair.at + pair.size - equals - 1};
        if (!key.size || !value.size || value.at[0] == ' ' || value.at[value.size - 1] == ' ')
            return false;
        for (Py_ssize_t i = 0; i < pair.size; i++) {
            if (!printable(pair.at[i]) || (i < key.size && pair.at[i] == ' '))
                return false;
        }
        if (!starts_with(key, "_dd.p.", 6))
            continue;
        if (key.size == 23 && memcmp(key.at, "_dd.p.upstream_services", 23) == 0)
            continue;
        if (key.size == 8 && memcmp(key.at, "_dd.p.dm", 8) == 0 && !is_decision_maker(value))
            return false;
        if (key.size == 9 && memcmp(key.at, "_dd.p.tid", 9) == 0) {
            if (!wide || value.size != 16 || !parse_hex(value.at, 16, &trace->trace_hi) || !trace->trace_hi)
                return false;
        }
        if (!put(trace->meta, "", key, value))
            return false;
    }
    return true;
}

static bool read_datadog(const Found *found, Trace *trace, bool wide) {
    Slice text;
    PyObject *value = found->values[HEADER_trace_id];
    if (!value)
        return true;
    if (!ascii_of(value, &text) || !parse_decimal(text, &trace->trace_lo) || !trace->trace_lo)
        return false;
    if ((value = found->values[HEADER_parent_id]) &&
        (!ascii_of(value, &text) || !parse_decimal(text, &trace->span_id)))
        return false;
    if ((value = found->values[HEADER_sampling_priority])) {
        if (!ascii_of(value, &text) || !parse_priority(text, &trace->priority))
            return false;
        trace->decided = true;
    }
    if ((value = found->values[HEADER_origin])) {
        if (!ascii_of(value, &text))
            return false;
        trace->origin = new_ref(value);
    }
    if (!(trace->meta = PyDict_New()))
        return false;
    if ((value = found->values[HEADER_tags]) && !read_tags(value, trace, wide))
        return false;
    trace->known = true;
    return true;
}

/* OpenTelemetry's member as it is written when nothing is wrong with it: rv:<14 digits>;th:<up to 14>. */
static bool is_otel(Slice value) {
    uint64_t number;
    if (starts_with(value, "rv:", 3)) {
        if (value.size < 17 || !parse_hex(value.at + 3, 14, &number))
            return false;
        if (value.size == 17)
            return true;
        if (value.at[17] != ';')
            return false;
        value.at += 18;
        value.size -= 18;
    }
    return starts_with(value, "th:", 3) && value.size > 3 && value.size <= 17 &&
           parse_hex(value.at + 3, (int)value.size - 3, &number);
}

/* Our member's fields: priority, origin, tags, the last span. */
static bool read_own(Slice value, Trace *trace, bool *has_priority) {
    Slice field;
    while (next_part(&value, ';', &field)) {
        const char *colon = memchr(field.at, ':', (size_t)field.size);
        if (!colon)
            return false;
        Slice key = {field.at, colon - field.at}, text = {colon + 1, field.at + field.size - colon - 1};
        if (memchr(text.at, '~', (size_t)text.size))
            return false;
        if (key.size == 1 && key.at[0] == 's') {
            if (*has_priority || !parse_priority(text, &trace->priority))
                return false;
            *has_priority = true;
        } else if (key.size == 1 && key.at[0] == 'o') {
            if (trace->origin || !text.size)
                return false;
            if (!(trace->origin = PyUnicode_FromStringAndSize(text.at, text.size))) {
                PyErr_Clear();
                return false;
            }
        } else if (starts_with(key, "t.", 2)) {
            Slice rest = {key.at + 2, key.size - 2};
            if (!put(trace->meta, "_dd.p.", rest, text))
                return false;
        } else if (key.size == 1 && key.at[0] == 'p' && text.size) {
            Slice name = {"_dd.parent_id", 13};
            if (!put(trace->meta, "", name, text))
                return false;
        }
    }
    return true;
}

static bool read_tracestate(Slice rest, Trace *trace, bool *has_priority) {
    Slice member;
    int members = 0, otels = 0;
    if (rest.size > MAX_STATE_BYTES)
        return false;
    while (next_part(&rest, ',', &member)) {
        const char *equals = memchr(member.at, '=', (size_t)member.size);
        if (!equals || ++members > MAX_STATE_MEMBERS)
            return false;
        Slice key = {member.at, equals - member.at};
        Slice value = {equals + 1, member.at + member.size - equals - 1};
        if (!key.size || key.size > MAX_STATE_KEY || !value.size || value.size > MAX_STATE_VALUE ||
            value.at[value.size - 1] == ' ')
            return false;
        for (Py_ssize_t i = 0; i < key.size; i++) {
            char c = key.at[i];
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  (i && (c == '_' || c == '-' || c == '*' || c == '/'))))
                return false;
        }
        for (Py_ssize_t i = 0; i < value.size; i++) {
            if (!printable(value.at[i]) || value.at[i] == '=')
                return false;
        }
        if (key.size == 2 && memcmp(key.at, "dd", 2) == 0) {
            if (members > 1 || !read_own(value, trace, has_priority))
                return false;
        } else if (key.size == 2 && memcmp(key.at, "ot", 2) == 0) {
            if (otels++ || !is_otel(value))
                return false;
        }
    }
    return true;
}

static bool read_tracecontext(const Found *found, Trace *trace) {
    Slice text;
    uint64_t version, flags;
    PyObject *value = found->values[HEADER_traceparent];
    if (!value)
        return true;
    if (!ascii_of(value, &text) || text.size != 55 || memcmp(text.at, "00-", 3) != 0 || text.at[35] != '-' ||
        text.at[52] != '-' || !parse_hex(text.at, 2, &version) ||
        !parse_hex(text.at + 3, 16, &trace->trace_hi) || !parse_hex(text.at + 19, 16, &trace->trace_lo) ||
        !parse_hex(text.at + 36, 16, &trace->span_id) || !parse_hex(text.at + 53, 2, &flags) ||
        !(trace->trace_hi | trace->trace_lo) || !trace->span_id)
        return false;
    if (!(trace->meta = PyDict_New()) ||
        PyDict_SetItem(trace->meta, header_names[HEADER_traceparent], value) < 0) {
        PyErr_Clear();
        return false;
    }
    bool has_priority = false;
    value = found->values[HEADER_tracestate];
    if (value) {
        if (!ascii_of(value, &text))
            return false;
        if (text.size) {
            if (PyDict_SetItem(trace->meta, header_names[HEADER_tracestate], value) < 0) {
                PyErr_Clear();
                return false;
            }
            if (!read_tracestate(text, trace, &has_priority))
                return false;
        }
    }
    trace->known = trace->decided = true;
    Slice origin;
    bool sampled = flags & 1;
    if (!(has_priority && trace->priority) && trace->origin && ascii_of(trace->origin, &origin) &&
        origin.size == 3 && memcmp(origin.at, "rum", 3) == 0)
        trace->decided = has_priority; /* a browser may leave it open */
    else if (sampled)
        trace->priority = has_priority && trace->priority > 0 ? trace->priority : 1;
    else
        trace->priority = has_priority && trace->priority < 0 ? trace->priority : 0;
    return true;
}

/* Complete the trace of the first style by the other's, which is the same trace. */
static bool merge(Trace *datadog, const Trace *other) {
    PyObject *value;
    for (int header = HEADER_traceparent; header <= HEADER_tracestate; header++) {
        value = PyDict_GetItemWithError(other->meta, header_names[header]);
        if (value && PyDict_SetItem(datadog->meta, header_names[header], value) < 0)
            return false;
    }
    if (other->span_id == datadog->span_id)
        return true;
    char digits[16];
    write_hex(digits, datadog->span_id, 16);
    PyObject *name = PyUnicode_InternFromString("_dd.parent_id");
    value = name ? PyDict_GetItemWithError(other->meta, name) : NULL;
    value = value ? new_ref(value) : PyUnicode_FromStringAndSize(digits, 16);
    bool done = name && value && PyDict_SetItem(datadog->meta, name, value) == 0;
    Py_XDECREF(name);
    Py_XDECREF(value);
    datadog->span_id = other->span_id;
    return done;
}

static PyObject *read_baggage(PyObject *header) {
    PyObject *items = PyDict_New();
    Slice rest, item;
    int count = 0;
    if (!items || !header)
        return items;
    if (!ascii_of(header, &rest) || rest.size > MAX_BAGGAGE_BYTES)
        goto unusual;
    while (rest.size && next_part(&rest, ',', &item)) {
        const char *equals = memchr(item.at, '=', (size_t)item.size);
        if (!equals || equals == item.at || equals - item.at > MAX_TAGS_READ || ++count > MAX_BAGGAGE_ITEMS)
            goto unusual;
        for (Py_ssize_t i = 0; i < item.size; i++) {
            if (item.at[i] <= ' ' || item.at[i] > '~' || item.at[i] == '%' || item.at[i] == ';')
                goto unusual;
        }
        Slice key = {item.at, equals - item.at}, value = {equals + 1, item.at + item.size - equals - 1};
        if (!put(items, "", key, value))
            goto unusual;
        if (!rest.at)
            break;
        if (!rest.size)
            goto unusual; /* a comma at the end */
    }
    return items;
unusual:
    Py_DECREF(items);
    return NULL;
}

static PyObject *trace_id_of(const Trace *trace) {
    if (!trace->trace_hi)
        return PyLong_FromUnsignedLongLong(trace->trace_lo);
    char digits[33];
    write_hex(write_hex(digits, trace->trace_hi, 16), trace->trace_lo, 16);
    digits[32] = 0;
    return PyLong_FromString(digits, NULL, 16);
}

static bool set_field(PyObject *context, PyObject *name, PyObject *value) {
    bool done = value && PyObject_SetAttr(context, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

/* Context.__init__ without the call; the dict of baggage is taken over. */
static PyObject *new_context(const Trace *trace, PyObject *baggage) {
    PyObject *context = PyType_GenericAlloc((PyTypeObject *)core.context_type, 0);
    PyObject *meta = trace->meta ? new_ref(trace->meta) : PyDict_New(), *metrics = PyDict_New();
    PyObject *priority = trace->decided ? PyLong_FromLong(trace->priority) : NULL;
    bool done = context && meta && metrics && !PyErr_Occurred() &&
                !(priority && PyDict_SetItem(metrics, names.priority, priority) < 0) &&
                !(trace->origin && PyDict_SetItem(meta, names.origin, trace->origin) < 0);
    Py_XDECREF(priority);
    if (done) {
        PyObject *trace_id = trace->known ? trace_id_of(trace) : new_ref(Py_None);
        PyObject *span_id = trace->span_id ? PyLong_FromUnsignedLongLong(trace->span_id) : new_ref(Py_None);
        done = set_field(context, names.trace_id, trace_id) & set_field(context, names.span_id, span_id) &
               set_field(context, names.private_meta, new_ref(meta)) &
               set_field(context, names.private_metrics, new_ref(metrics)) &
               set_field(context, names.private_baggage, new_ref(baggage)) &
               set_field(context, names.private_links, PyList_New(0)) &
               set_field(context, names.private_is_remote, new_ref(Py_True)) &
               set_field(context, names.private_reactivate, new_ref(Py_False)) &
               set_field(context, names.private_local, new_ref(Py_None));
    }
    Py_XDECREF(meta);
    Py_XDECREF(metrics);
    Py_DECREF(baggage);
    if (done)
        return context;
    Py_XDECREF(context);
    return NULL;
}

PyObject *headers_extract(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError,
                        "extract_headers() takes headers and whether trace ids have 128 bits");
        return NULL;
    }
    PyObject *items = NULL, *context = NULL, *baggage;
    Found found = {{NULL}};
    Trace datadog = {0}, other = {0};
    if (core.context_type && find(args[0], &found, &items) &&
        read_datadog(&found, &datadog, PyObject_IsTrue(args[1]) == 1) && read_tracecontext(&found, &other)) {
        const Trace *first = datadog.known || !other.known ? &datadog : &other;
        bool one = !datadog.known || !other.known;
        if (!one && datadog.trace_hi == other.trace_hi && datadog.trace_lo == other.trace_lo)
            one = merge(&datadog, &other);
        if (one && (baggage = read_baggage(found.values[HEADER_baggage])))
            context = new_context(first, baggage);
    }
    PyErr_Clear();
    trace_clear(&datadog);
    trace_clear(&other);
    Py_XDECREF(items);
    return context ? context : new_ref(Py_None);
}
