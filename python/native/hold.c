/* Hold mode: finished spans stay with their local trace until nothing of it is open, or there are so many
 * that a part of it is due. Then core.on_chunk sees them all, and tells which are to be written. */
#include "core.h"

/* Of a list that others may change meanwhile: a new reference, or NULL beyond its end. */
static PyObject *item_at(PyObject *list, Py_ssize_t at) {
    PyObject *item = at < PyList_Size(list) ? PyList_GetItem(list, at) : NULL;
    Py_XINCREF(item);
    return item;
}

/* Steals `held`. What of it is to be written: a list, or NULL. */
static PyObject *chosen(PyObject *held, bool complete) {
    if (!core.on_chunk)
        return held;
    PyObject *callable = new_ref(core.on_chunk); /* it may be replaced while it runs */
    PyObject *found = PyObject_CallFunctionObjArgs(callable, held, complete ? Py_True : Py_False, NULL);
    Py_DECREF(callable);
    if (!found) {
        PyErr_Clear();
        core.failures++;
        return held;
    }
    Py_DECREF(held);
    if (!PyList_Check(found))
        Py_CLEAR(found);
    return found;
}

static Py_ssize_t last_span(PyObject *list) {
    Py_ssize_t at = PyList_Size(list) - 1;
    while (at >= 0 && Py_TYPE(PyList_GetItem(list, at)) != SpanType)
        at--;
    return at;
}

static bool same_trace(const Span *span, const LocalTrace *local) {
    return span->trace_lo == local->trace_lo && span->trace_hi == local->trace_hi;
}

static void flush(LocalTrace *local) {
    PyObject *list = local->held;
    local->held = NULL;
    list = chosen(list, local->open == 0);
    if (!list)
        return;
    bool writing = ring_wanted(), first = true;
    Py_ssize_t last = last_span(list);
    PyObject *item;
    /* Of another epoch: a filter has forked, and the parent writes it. */
    for (Py_ssize_t at = 0; local->epoch == core.epoch && (item = item_at(list, at)) != NULL; at++) {
        Span *span = (Span *)item;
        if (Py_TYPE(item) != SpanType) {
            Py_DECREF(item);
            continue;
        }
        unsigned flags = 0;
        bool alone = !same_trace(span, local); /* of somewhere else: a chunk of its own */
        if (first || alone) {
            decide(span_root(span));
            chunk_attributes(span);
            flags = FLAG_LOCAL_ROOT;
        }
        origin_attribute(span);
        if (alone || (at == last && local->open == 0 && !local->held))
            flags |= FLAG_LAST_OPEN;
        first = first && alone;
        if (writing && ring_attached())
            span_write(span, alone ? span->local : local, flags);
        else
            core.unsent++;
        Py_DECREF(item);
    }
    Py_DECREF(list);
}

void hold(Span *span) {
    LocalTrace *local = span->local;
    if (!local->held) {
        if (!(local->held = PyList_New(0))) {
            PyErr_Clear();
            return;
        }
        /* Spans that it holds know it: a cycle from now on. */
        if (!local->tracked)
            PyObject_GC_Track((PyObject *)local);
        local->tracked = true;
    }
    if (PyList_Append(local->held, (PyObject *)span) < 0)
        PyErr_Clear();
    span_ended(span);
    if (local->open == 0 || PyList_Size(local->held) >= (Py_ssize_t)core.partial_flush) {
        Py_INCREF(local);
        flush(local);
        Py_DECREF(local);
    }
}

/* Called where spans are freed, so what they leave behind is written at the next occasion. */
void hold_abandoned(LocalTrace *local) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (!core.abandoned)
        core.abandoned = PyList_New(0);
    if (core.abandoned)
        PyList_Append(core.abandoned, (PyObject *)local);
    PyErr_Restore(type, value, traceback);
}

void hold_flush_abandoned(void) {
    PyObject *list = core.abandoned;
    core.abandoned = NULL;
    for (Py_ssize_t at = 0; at < PyList_Size(list); at++) {
        LocalTrace *local = (LocalTrace *)PyList_GetItem(list, at);
        if (local->held && local->epoch == core.epoch)
            flush(local);
    }
    Py_DECREF(list);
}
