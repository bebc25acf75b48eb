/* The fields of a Span. Values of a wrong type are ignored, or become None: a tracer does not raise over
 * a name. */
#include <stddef.h>

#include "core.h"

static PyObject *get_text(PyObject *self, void *offset) {
    return new_ref_or_none(*(PyObject **)((char *)self + (size_t)offset));
}

static int cannot_delete(void) {
    PyErr_SetString(PyExc_AttributeError, "the fields of a span cannot be deleted");
    return -1;
}

/* None for other types than str and bytes. */
static int set_text(PyObject *self, PyObject *value, void *offset) {
    if (!value)
        return cannot_delete();
    replace_ref((PyObject **)((char *)self + (size_t)offset), text_or_null(value));
    ((Span *)self)->looked_up = false;
    return 0;
}

/* "" for other types than str, bytes and None. */
static int set_text_or_empty(PyObject *self, PyObject *value, void *offset) {
    if (!value)
        return cannot_delete();
    replace_ref((PyObject **)((char *)self + (size_t)offset), text_or_empty(value));
    ((Span *)self)->looked_up = false;
    return 0;
}

/* A field that Python code keeps a list, dict or None in. */
static int set_object(PyObject *self, PyObject *value, void *offset) {
    replace_ref((PyObject **)((char *)self + (size_t)offset),
                !value || value == Py_None ? NULL : new_ref(value));
    return 0;
}

static PyObject *get_trace_id(PyObject *self, void *Py_UNUSED(unused)) {
    return make_u128(((Span *)self)->trace_hi, ((Span *)self)->trace_lo);
}

static int set_trace_id(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!value)
        return cannot_delete();
    if (parse_u128(value, &span->trace_hi, &span->trace_lo) && span->local->root_id == span->span_id) {
        span->local->trace_hi = span->trace_hi;
        span->local->trace_lo = span->trace_lo;
    }
    return 0;
}

static PyObject *get_trace_id_64bits(PyObject *self, void *Py_UNUSED(unused)) {
    return PyLong_FromUnsignedLongLong(((Span *)self)->trace_lo);
}

static PyObject *get_span_id(PyObject *self, void *Py_UNUSED(unused)) {
    return PyLong_FromUnsignedLongLong(((Span *)self)->span_id);
}

static int set_span_id(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!value)
        return cannot_delete();
    uint64_t hi, lo;
    if (parse_u128(value, &hi, &lo) && !hi) {
        if (span->local->root_id == span->span_id)
            span->local->root_id = lo;
        span->span_id = lo;
    }
    return 0;
}

static PyObject *get_parent_id(PyObject *self, void *Py_UNUSED(unused)) {
    uint64_t id = ((Span *)self)->parent_id;
    if (!id)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(id);
}

static int set_parent_id(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    uint64_t hi, lo;
    if (!value)
        return cannot_delete();
    if (value == Py_None)
        ((Span *)self)->parent_id = 0;
    else if (parse_u128(value, &hi, &lo) && !hi)
        ((Span *)self)->parent_id = lo;
    return 0;
}

static PyObject *get_error(PyObject *self, void *Py_UNUSED(unused)) {
    return PyLong_FromLong(((Span *)self)->error);
}

static int set_error(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    int64_t error;
    if (!value)
        return cannot_delete();
    bool fits = PyIndex_Check(value) && any_to_ns(value, &error) && error == (int32_t)error;
    ((Span *)self)->error = fits ? (int32_t)error : 0;
    return 0;
}

static PyObject *get_start_ns(PyObject *self, void *Py_UNUSED(unused)) {
    return PyLong_FromLongLong(((Span *)self)->start);
}

static PyObject *get_start(PyObject *self, void *Py_UNUSED(unused)) {
    return PyFloat_FromDouble((double)((Span *)self)->start / 1e9);
}

/* What is no number is the beginning of time, as in ddtrace. */
static int set_start_ns(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    if (!value)
        return cannot_delete();
    if (!any_to_ns(value, &((Span *)self)->start))
        ((Span *)self)->start = 0;
    return 0;
}

static int set_start(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    double seconds;
    if (!value)
        return cannot_delete();
    ((Span *)self)->start = any_to_seconds(value, &seconds) ? seconds_to_ns(seconds) : 0;
    return 0;
}

static PyObject *get_duration_ns(PyObject *self, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!span->finished)
        Py_RETURN_NONE;
    return PyLong_FromLongLong(span->duration);
}

static PyObject *get_duration(PyObject *self, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!span->finished)
        Py_RETURN_NONE;
    return PyFloat_FromDouble((double)span->duration / 1e9);
}

/* None, and what is no number, opens the span again. */
static int set_duration_ns(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!value)
        return cannot_delete();
    span->finished = any_to_ns(value, &span->duration);
    return 0;
}

static int set_duration(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    double seconds;
    if (!value)
        return cannot_delete();
    span->finished = any_to_seconds(value, &seconds);
    if (span->finished)
        span->duration = seconds_to_ns(seconds);
    return 0;
}

static PyObject *get_finished(PyObject *self, void *Py_UNUSED(unused)) {
    return PyBool_FromLong(((Span *)self)->finished);
}

static int set_finished(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(value), void *Py_UNUSED(unused)) {
    PyErr_SetString(PyExc_AttributeError, "Span.finished cannot be set since ddtrace 4.0: use Span.finish()");
    return -1;
}

static PyObject *get_local_root(PyObject *self, void *Py_UNUSED(unused)) {
    return new_ref((PyObject *)span_root((Span *)self));
}

static PyObject *get_ordinal(PyObject *self, void *Py_UNUSED(unused)) {
    return PyLong_FromUnsignedLong(((Span *)self)->ordinal);
}

static PyObject *get_is_top_level(PyObject *self, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!span->root)
        Py_RETURN_TRUE;
    return PyBool_FromLong(span->parent && span->service && !same_text(span->parent->service, span->service));
}

static PyObject *get_context(PyObject *self, void *Py_UNUSED(unused)) {
    return span_context((Span *)self);
}

static int set_context(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!value || value == Py_None) {
        Py_CLEAR(span->context);
        return 0;
    }
    PyObject *meta = PyObject_GetAttr(value, names.private_meta);
    PyObject *metrics = PyObject_GetAttr(value, names.private_metrics);
    PyObject *baggage = PyObject_GetAttr(value, names.private_baggage);
    bool fits = meta && metrics && baggage && PyDict_Check(meta) && PyDict_Check(metrics);
    if (fits) {
        local_share(span->local, meta, metrics, baggage);
        replace_ref(&span->context, new_ref(value));
    } else if (!PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError, "a span's context must be a Context");
    }
    Py_XDECREF(meta);
    Py_XDECREF(metrics);
    Py_XDECREF(baggage);
    return fits ? 0 : -1;
}

static PyObject *get_on_finish(PyObject *self, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!span->on_finish && !(span->on_finish = PyList_New(0)))
        return NULL;
    return new_ref(span->on_finish);
}

#define FIELD(name) (void *)offsetof(Span, name)

PyGetSetDef span_fields[] = {
    {"name", get_text, set_text_or_empty, "The operation.", FIELD(name)},
    {"service", get_text, set_text, "The service.", FIELD(service)},
    {"resource", get_text, set_text_or_empty, "What was operated on.", FIELD(resource)},
    {"span_type", get_text, set_text, "The kind of operation, such as web or sql.", FIELD(type)},
    {"trace_id", get_trace_id, set_trace_id, "128 bits.", NULL},
    {"_trace_id_64bits", get_trace_id_64bits, NULL, "The lower half of the trace id.", NULL},
    {"span_id", get_span_id, set_span_id, "64 bits.", NULL},
    {"parent_id", get_parent_id, set_parent_id, "64 bits, or None.", NULL},
    {"error", get_error, set_error, "1 if the operation failed, else 0.", NULL},
    {"start", get_start, set_start, "Unix time in seconds.", NULL},
    {"start_ns", get_start_ns, set_start_ns, "Unix time in nanoseconds.", NULL},
    {"duration", get_duration, set_duration, "Seconds, None while the span is open.", NULL},
    {"duration_ns", get_duration_ns, set_duration_ns, "Nanoseconds, None while the span is open.", NULL},
    {"finished", get_finished, set_finished, "Whether the span has ended.", NULL},
    {"context", get_context, set_context, "Where the trace goes on from this span.", NULL},
    {"_local_root", get_local_root, NULL, "The first span of the trace in this process.", NULL},
    {"_ordinal", get_ordinal, NULL, "The number of spans that its local trace had when it started.", NULL},
    {"_is_top_level", get_is_top_level, NULL, "Whether the span enters its service.", NULL},
    {"_on_finish_callbacks", get_on_finish, NULL, "Called with the span at its end.", NULL},
    {"_parent", get_text, NULL, "The parent Span of this process, or None.", FIELD(parent)},
    {"_parent_context", get_text, set_object, "The Context that the span continues, or None.",
     FIELD(parent_context)},
    {"_span_api", get_text, NULL, "The API that made the span.", FIELD(api)},
    {"_links", get_text, set_object, "A list of SpanLink, or None.", FIELD(links)},
    {"_events", get_text, set_object, "A list of span events, or None.", FIELD(events)},
    {"_structs", get_text, set_object, "A dict of structured tags, or None.", FIELD(structs)},
    {NULL, NULL, NULL, NULL, NULL},
};
