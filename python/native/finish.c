/* The end of a span: what it gets at the last moment, the decision about its trace, its record. */
#include "core.h"

void span_look_up(Span *span) {
    span->name_id = strings_intern(span->name);
    span->service_id = strings_intern(span->service);
    span->resource_id = strings_value(span->resource);
    span->looked_up = true;
}

static void run_callbacks(Span *span) {
    PyObject *callbacks = span->on_finish;
    span->on_finish = NULL;
    for (Py_ssize_t i = 0; i < PyList_Size(callbacks); i++)
        call_counted(PyList_GetItem(callbacks, i), (PyObject *)span);
    Py_DECREF(callbacks);
}

static PyObject *priority_of(const LocalTrace *local) {
    PyObject *priority = local->metrics ? PyDict_GetItemWithError(local->metrics, names.priority) : NULL;
    return priority == Py_None ? NULL : priority;
}

void decide(Span *root) {
    LocalTrace *local = root->local;
    if (local->decided || priority_of(local))
        return;
    if (core.sampler) {
        call_counted(core.sampler, (PyObject *)root);
        if (priority_of(local))
            return;
    }
    if (!rates_decide(root))
        local_decide(local, BY_DEFAULT);
}

void tell(Span *root) {
    bool writing = ring_wanted();
    if (root->epoch != core.epoch)
        return;
    decide(root);
    LocalTrace *local = root->local;
    if (local_dicts(local) < 0) {
        PyErr_Clear();
        return;
    }
    PyObject *value = priority_of(local);
    double priority = value ? PyFloat_AsDouble(value) : 1;
    PyErr_Clear();
    if (!writing || !ring_attached() || !root->traced || local->root_done ||
        !(priority >= -128 && priority <= 127) || local->told == (int32_t)priority)
        return;
    local->told = (int32_t)priority;
    ring_write_decision(local, local->told);
}

/* Which of our names or the user's gave the span its service. */
static void service_source(Span *span) {
    bool ours = core.inferred_service && same_text(span->service, core.service);
    if (!ours && core.integration_services && span->service && PyObject_Size(core.integration_services) > 0)
        ours = PySequence_Contains(core.integration_services, span->service) == 1;
    if (!ours)
        return;
    PyObject *known = attributes_get(&span->attributes, names.svc_src);
    PyObject *component = attributes_get(&span->attributes, names.component);
    if (!component)
        component = span->api;
    if (known && PyUnicode_CheckExact(known) && PyUnicode_GetLength(known) > 0) {
        if (same_text(component, span->api) ||
            PyUnicode_Tailmatch(known, names.opt, 0, PY_SSIZE_T_MAX, -1) == 1)
            return;
    }
    attributes_set(&span->attributes, names.svc_src, component);
}

static void base_service(Span *span) {
    if (!span->service || !core.service || span->service == core.service ||
        same_text(span->service, core.service) || PyUnicode_GetLength(span->service) == 0 ||
        PyUnicode_GetLength(core.service) == 0)
        return;
    size_t at = ((uintptr_t)span->service >> 4) % BASE_SERVICES;
    if (core.base_services[at].service != span->service) {
        PyObject *lower = PyObject_CallMethodObjArgs(span->service, names.lower, NULL);
        PyObject *base = PyObject_CallMethodObjArgs(core.service, names.lower, NULL);
        core.base_services[at].differs = lower && base && PyUnicode_Compare(lower, base) != 0;
        PyErr_Clear();
        replace_ref(&core.base_services[at].service, new_ref(span->service));
        Py_XDECREF(lower);
        Py_XDECREF(base);
    }
    if (core.base_services[at].differs)
        attributes_set(&span->attributes, names.base_service, core.service);
}

static bool is_top_level(const Span *span) {
    if (!span->root)
        return true;
    return span->parent && span->service && !same_text(span->parent->service, span->service);
}

/* The context keeps the W3C headers it came from beside what goes on the span. */
static bool is_header(PyObject *key) {
    return PyUnicode_CompareWithASCIIString(key, "traceparent") == 0 ||
           PyUnicode_CompareWithASCIIString(key, "tracestate") == 0;
}

static void set_defaults_of(Span *span, PyObject *dict, bool tags) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (dict && PyDict_Next(dict, &position, &key, &value)) {
        bool fits =
            tags ? PyUnicode_CheckExact(value) : PyLong_CheckExact(value) || PyFloat_CheckExact(value);
        if (fits && PyUnicode_CheckExact(key) && !is_header(key))
            attributes_set_default(&span->attributes, key, value);
    }
}

/* What ddtrace puts on the first span of a chunk. */
void chunk_attributes(Span *span) {
    LocalTrace *local = span->local;
    Attributes *attributes = &span->attributes;
    attributes_set(attributes, names.language, names.python);
    if (span->trace_hi) {
        static const char digits[] = "0123456789abcdef";
        char text[16];
        for (int i = 0; i < 16; i++)
            text[i] = digits[span->trace_hi >> (60 - 4 * i) & 15];
        PyObject *high = PyUnicode_FromStringAndSize(text, 16);
        if (high)
            attributes_set(attributes, names.tid, high);
        Py_XDECREF(high);
    }
    if (local->meta) {
        set_defaults_of(span, local->meta, true);
        set_defaults_of(span, local->metrics, false);
    } else {
        attributes_set_default(attributes, names.dm, decided_maker(local->decided));
        attributes_set_default(attributes, names.priority, decided_priority(local->decided));
    }
    set_defaults_of(span, core.root_tags, true);
}

static PyObject *serialized(Span *span) {
    PyObject *structs = PyObject_CallFunctionObjArgs(core.serialize, (PyObject *)span, NULL);
    if (structs && !PyDict_CheckExact(structs))
        Py_CLEAR(structs);
    else if (!structs)
        core.failures++;
    PyErr_Clear();
    return structs;
}

void origin_attribute(Span *span) {
    LocalTrace *local = span->local;
    PyObject *origin = local->meta ? PyDict_GetItemWithError(local->meta, names.origin) : NULL;
    if (origin && PyUnicode_CheckExact(origin))
        attributes_set_default(&span->attributes, names.origin, origin);
}

void span_ended(Span *span) {
    span->ended = true;
    span->local->open--;
    span->local->finished++;
    if (span->local->root_id == span->span_id)
        span->local->root_done = true;
    if (!ring_attached())
        return;
    if (span->generation != core.generation) {
        span->generation = core.generation;
        span->slot = -1; /* that was one of a ring that is gone */
        span->looked_up = false;
    }
    if (span->slot >= 0) {
        slot_close(span->slot);
        span->slot = -1;
    }
}

static void write_record(Span *span, const LocalTrace *local, unsigned flags, PyObject *structs) {
    if (span->generation != core.generation) {
        span->generation = core.generation;
        span->looked_up = false;
    }
    if (!span->looked_up)
        span_look_up(span);
    ring_write_span(span, local->root_id, flags, structs);
}

/* The caller has seen that there is a ring. */
void span_write(Span *span, const LocalTrace *local, unsigned flags) {
    PyObject *structs = span->links || span->events || span->structs ? serialized(span) : NULL;
    if (ring_attached())
        write_record(span, local, flags, structs);
    Py_XDECREF(structs);
}

static void end_traced(Span *span) {
    bool writing = ring_wanted();
    if (span->epoch != core.epoch) {
        core.foreign++;
        if (writing)
            ring_count_foreign();
        return;
    }
    LocalTrace *local = span->local;
    bool is_root = local->root_id == span->span_id;
    service_source(span);
    if (is_top_level(span))
        attributes_set(&span->attributes, names.top_level, names.one);
    base_service(span);
    if (__builtin_expect(core.abandoned != NULL, 0))
        hold_flush_abandoned();
    if (__builtin_expect((core.on_chunk && core.enabled) || local->held, 0)) {
        hold(span);
        return;
    }
    if (is_root) {
        decide(span);
        chunk_attributes(span);
    } else {
        origin_attribute(span);
    }
    PyObject *structs = span->links || span->events || span->structs ? serialized(span) : NULL;

    span_ended(span);
    /* Before the span that makes a part of the trace complete: its reader sends that part at once. */
    if (local->open && local->finished % core.partial_flush == 0 && writing)
        tell(span_root(span));
    if (ring_attached() && writing) {
        write_record(span, local, (is_root ? FLAG_LOCAL_ROOT : 0u) | (local->open ? 0u : FLAG_LAST_OPEN),
                     structs);
    } else {
        core.unsent++;
    }
    Py_XDECREF(structs);
}

void span_end(Span *span, int64_t end) {
    span->finished = true;
    span->duration = saturating_difference(end, span->start);
    if (span->on_finish)
        run_callbacks(span);
    Py_CLEAR(span->store);
    if (span->traced && !span->ended) /* one that was reopened, by a duration of None, has been sent */
        end_traced(span);
}
