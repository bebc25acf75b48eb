/* The Span type: its fields, tags and metrics. The rarely called methods are Python, in _span_extras. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "core.h"

PyTypeObject *SpanType;

/* Keys that set_tag and set_metric treat in a way of their own, in Python. */
static const char *const special_texts[] = {
    "manual.keep",     "manual.drop",      "service.name",
    "service.version", "http.status_code", "network.destination.port",
    "_dd.measured",    "peer.service",
};
#define SPECIAL_COUNT (sizeof special_texts / sizeof *special_texts)
static PyObject *special_keys[SPECIAL_COUNT];
static Py_hash_t special_hashes[SPECIAL_COUNT];

int span_init_module(void) {
    for (size_t i = 0; i < SPECIAL_COUNT; i++) {
        special_keys[i] = PyUnicode_InternFromString(special_texts[i]);
        if (!special_keys[i])
            return -1;
        special_hashes[i] = PyObject_Hash(special_keys[i]);
    }
    return 0;
}

bool span_is_special(PyObject *key) {
    Py_hash_t hash = PyObject_Hash(key);
    for (size_t i = 0; i < SPECIAL_COUNT; i++) {
        if (hash == special_hashes[i] && PyUnicode_Compare(key, special_keys[i]) == 0)
            return true;
    }
    return false;
}

/* Steals the references. */
Span *span_new(PyObject *name, PyObject *service, PyObject *resource, PyObject *type, PyObject *api) {
    Span *span = PyObject_GC_New(Span, SpanType);
    if (!span) {
        Py_XDECREF(name);
        Py_XDECREF(service);
        Py_XDECREF(resource);
        Py_XDECREF(type);
        Py_XDECREF(api);
        return NULL;
    }
    memset((char *)span + offsetof(Span, trace_hi), 0, offsetof(Span, attributes) - offsetof(Span, trace_hi));
    span->name = name;
    span->service = service;
    span->resource = resource;
    span->type = type;
    span->api = api;
    span->start = clock_ns();
    span->epoch = core.epoch;
    span->slot = -1;
    attributes_init(&span->attributes);
    PyObject_GC_Track(span);
    return span;
}

void span_new_trace_id(Span *span) {
    span->trace_lo = ids_next();
    /* Seconds in the upper half tell stores the day of a trace; the zeros below them are ddtrace's. */
    span->trace_hi = core.trace_id_128 ? (uint64_t)(uint32_t)(span->start / 1000000000) << 32 : 0;
}

/* A span that was never finished, and that nobody can finish any more. */
static void abandon(Span *span) {
    LocalTrace *local = span->local;
    if (--local->open == 0 && local->held)
        hold_abandoned(local);
    if (span->slot >= 0 && span->generation == core.generation && ring_attached())
        slot_close(span->slot);
}

/* What Python code keeps with a span may lead back to it: a request that knows its span. A span that
 * is never finished keeps it, so the collector of cycles has to see it. */
static int span_traverse(PyObject *self, visitproc visit, void *arg) {
    Span *span = (Span *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(span->parent);
    Py_VISIT(span->root);
    Py_VISIT(span->foreign_parent);
    Py_VISIT(span->local);
    Py_VISIT(span->context);
    Py_VISIT(span->parent_context);
    Py_VISIT(span->links);
    Py_VISIT(span->events);
    Py_VISIT(span->structs);
    Py_VISIT(span->store);
    Py_VISIT(span->on_finish);
    return 0;
}

/* Breaks every cycle: relatives alone make none, for they are older. */
static int span_clear(PyObject *self) {
    Span *span = (Span *)self;
    Py_CLEAR(span->context);
    Py_CLEAR(span->parent_context);
    Py_CLEAR(span->links);
    Py_CLEAR(span->events);
    Py_CLEAR(span->structs);
    Py_CLEAR(span->store);
    Py_CLEAR(span->on_finish);
    return 0;
}

static void span_dealloc(PyObject *self) {
    Span *span = (Span *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (span->weakrefs)
        PyObject_ClearWeakRefs(self);
    span_clear(self);
    attributes_clear(&span->attributes);
    Py_XDECREF(span->name);
    Py_XDECREF(span->service);
    Py_XDECREF(span->resource);
    Py_XDECREF(span->type);
    Py_XDECREF(span->api);
    Py_XDECREF(span->foreign_parent);
    if (span->traced && !span->ended) {
        check_fork(); /* in a forked child the slot is not mapped */
        if (span->epoch == core.epoch)
            abandon(span);
    }
    Py_XDECREF(span->local);
    Py_XDECREF(span->root);
    /* A chain of parents can be longer than the C stack is deep. */
    Span *parent = span->parent;
    span->parent = NULL;
    while (parent && Py_REFCNT((PyObject *)parent) == 1) {
        Span *above = parent->parent;
        parent->parent = NULL;
        Py_DECREF(parent);
        parent = above;
    }
    Py_XDECREF(parent);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyObject *span_tp_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwargs) {
    static char *keywords[] = {"name",     "service",   "resource", "span_type", "trace_id",
                               "span_id",  "parent_id", "start",    "context",   "on_finish",
                               "span_api", "links",     NULL};
    PyObject *name, *service = NULL, *resource = NULL, *span_type = NULL, *trace_id = NULL, *span_id = NULL;
    PyObject *parent_id = NULL, *start = NULL, *context = Py_None, *on_finish = NULL, *api = NULL,
             *links = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OOOOOOOOOOO:Span", keywords, &name, &service, &resource,
                                     &span_type, &trace_id, &span_id, &parent_id, &start, &context,
                                     &on_finish, &api, &links))
        return NULL;
    check_fork();
    PyObject *name_text = text_or_empty(name);
    PyObject *resource_text = text_or_empty(!resource || resource == Py_None ? name : resource);
    PyObject *api_text = text_or_null(api);
    if (!api_text)
        api_text = new_ref(names.datadog);
    Span *span = span_new(name_text, text_or_null(service), resource_text, text_or_null(span_type), api_text);
    if (!span)
        return NULL;
    if (start && PyLong_Check(start)) {
        int64_t seconds;
        if (int_to_ns(start, &seconds) < 0)
            goto error;
        if (__builtin_mul_overflow(seconds, 1000000000, &span->start))
            span->start = seconds > 0 ? INT64_MAX : INT64_MIN;
    } else if (start && PyFloat_Check(start)) {
        span->start = seconds_to_ns(PyFloat_AsDouble(start));
    }
    if (!parse_u128(trace_id, &span->trace_hi, &span->trace_lo))
        span_new_trace_id(span);
    uint64_t hi, lo;
    span->span_id = parse_u128(span_id, &hi, &lo) && !hi && lo ? lo : ids_next();
    if (parse_u128(parent_id, &hi, &lo) && !hi)
        span->parent_id = lo;
    span->local = local_new(span->trace_hi, span->trace_lo, span->span_id);
    if (!span->local)
        goto error;
    if (context != Py_None && PyObject_SetAttrString((PyObject *)span, "context", context) < 0)
        goto error;
    if (context != Py_None) {
        Py_CLEAR(span->context); /* the span's own has its own span id */
        span->parent_context = new_ref(context);
    }
    if (on_finish && on_finish != Py_None && !(span->on_finish = PySequence_List(on_finish)))
        goto error;
    if (links && links != Py_None && !(span->links = PySequence_List(links)))
        goto error;
    return (PyObject *)span;
error:
    Py_DECREF(span);
    return NULL;
}

PyObject *span_context(Span *span) {
    if (span->context)
        return new_ref(span->context);
    LocalTrace *local = span->local;
    if (local_dicts(local) < 0)
        return NULL;
    PyObject *trace_id = make_u128(span->trace_hi, span->trace_lo);
    PyObject *span_id = PyLong_FromUnsignedLongLong(span->span_id), *context = NULL;
    if (trace_id && span_id)
        context =
            PyObject_CallFunctionObjArgs(core.context_type, trace_id, span_id, Py_None, Py_None, local->meta,
                                         local->metrics, Py_None, local->baggage, Py_False, NULL);
    Py_XDECREF(trace_id);
    Py_XDECREF(span_id);
    if (context && PyObject_SetAttr(context, names.private_local, (PyObject *)local) < 0)
        Py_CLEAR(context);
    if (context)
        replace_ref(&span->context, new_ref(context));
    return context;
}

/* Tags and metrics. */

/* Borrowed. The hash of a str subclass, such as a member of an Enum, may be its own: its text is looked up.
 */
static PyObject *attribute(PyObject *self, PyObject *key) {
    const Attributes *attributes = &((Span *)self)->attributes;
    if (PyUnicode_CheckExact(key))
        return attributes_get(attributes, key);
    PyObject *text = PyUnicode_Check(key) ? text_or_null(key) : NULL;
    PyObject *value = text ? attributes_get(attributes, text) : NULL;
    Py_XDECREF(text);
    return value;
}

static PyObject *slow(PyObject *hook, PyObject *self, PyObject *key, PyObject *value) {
    return PyObject_CallFunctionObjArgs(hook, self, key, value, NULL);
}

/* Whether a value can be a metric as it is. */
static bool is_number(PyObject *value) {
    if (PyLong_CheckExact(value)) {
        int overflow;
        PyLong_AsLongLongAndOverflow(value, &overflow);
        return overflow == 0;
    }
    return PyFloat_CheckExact(value) && isfinite(PyFloat_AsDouble(value));
}

static int parse_key_value(const char *function, Py_ssize_t required, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames, PyObject **into) {
    if (!kwnames && nargs == 2) {
        into[0] = args[0];
        into[1] = args[1];
        return 0;
    }
    PyObject *const expected[] = {names.key, names.value};
    return parse_arguments(function, expected, 2, required, args, nargs, kwnames, into);
}

static PyObject *span_set_tag(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *into[2] = {NULL, Py_None};
    if (parse_key_value("set_tag", 1, args, nargs, kwnames, into) < 0)
        return NULL;
    PyObject *key = into[0], *value = into[1];
    if (!PyUnicode_CheckExact(key) || !(PyUnicode_CheckExact(value) || is_number(value)) ||
        span_is_special(key))
        return slow(core.set_tag, self, key, value);
    attributes_set(&((Span *)self)->attributes, key, value);
    Py_RETURN_NONE;
}

static PyObject *span_set_metric(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *into[2] = {NULL, NULL};
    if (parse_key_value("set_metric", 2, args, nargs, kwnames, into) < 0)
        return NULL;
    PyObject *key = into[0], *value = into[1];
    if (!PyUnicode_CheckExact(key) || !is_number(value) || span_is_special(key))
        return slow(core.set_metric, self, key, value);
    attributes_set(&((Span *)self)->attributes, key, value);
    Py_RETURN_NONE;
}

static PyObject *span_set_attribute(PyObject *self, PyObject *args) {
    PyObject *key, *value;
    if (!PyArg_ParseTuple(args, "OO:_set_attribute", &key, &value))
        return NULL;
    if (!PyUnicode_CheckExact(key)) {
        PyErr_SetString(PyExc_TypeError, "attribute key must be str");
        return NULL;
    }
    if (!PyUnicode_CheckExact(value) && !PyFloat_CheckExact(value) && !is_number(value)) {
        PyErr_SetString(PyExc_TypeError, "attribute value must be str, float or an int of 64 bits");
        return NULL;
    }
    attributes_set(&((Span *)self)->attributes, key, value);
    Py_RETURN_NONE;
}

static PyObject *span_get_attribute(PyObject *self, PyObject *key) {
    return new_ref_or_none(attribute(self, key));
}

static PyObject *span_has_attribute(PyObject *self, PyObject *key) {
    return PyBool_FromLong(attribute(self, key) != NULL);
}

/* The one argument `key` of a method, borrowed. */
static PyObject *parse_key(const char *function, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    if (!kwnames && nargs == 1)
        return args[0];
    PyObject *const expected[] = {names.key};
    PyObject *key = NULL;
    return parse_arguments(function, expected, 1, 1, args, nargs, kwnames, &key) < 0 ? NULL : key;
}

static PyObject *span_get_tag(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *key = parse_key("get_tag", args, nargs, kwnames);
    if (!key)
        return NULL;
    PyObject *value = attribute(self, key);
    return new_ref_or_none(value && PyUnicode_CheckExact(value) ? value : NULL);
}

static PyObject *span_get_metric(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *key = parse_key("get_metric", args, nargs, kwnames);
    if (!key)
        return NULL;
    PyObject *value = attribute(self, key);
    return new_ref_or_none(value && !PyUnicode_CheckExact(value) ? value : NULL);
}

static PyObject *span_remove(PyObject *self, PyObject *key) {
    PyObject *text = PyUnicode_Check(key) ? text_or_null(key) : NULL;
    if (text)
        attributes_remove(&((Span *)self)->attributes, text);
    Py_XDECREF(text);
    Py_RETURN_NONE;
}

static PyObject *span_remove_tag(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    PyObject *key = parse_key("remove_tag", args, nargs, kwnames);
    return key ? span_remove(self, key) : NULL;
}

static PyObject *span_remove_metric(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                    PyObject *kwnames) {
    PyObject *key = parse_key("remove_metric", args, nargs, kwnames);
    return key ? span_remove(self, key) : NULL;
}

static PyObject *span_get_tags(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return attributes_dict(&((Span *)self)->attributes, true);
}

static PyObject *span_get_metrics(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return attributes_dict(&((Span *)self)->attributes, false);
}

static PyObject *span_set_ctx_item(PyObject *self, PyObject *args) {
    PyObject *key, *value;
    Span *span = (Span *)self;
    if (!PyArg_ParseTuple(args, "OO:_set_ctx_item", &key, &value))
        return NULL;
    if (!span->store && !(span->store = PyDict_New()))
        return NULL;
    if (PyDict_SetItem(span->store, key, value) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *span_get_ctx_item(PyObject *self, PyObject *key) {
    Span *span = (Span *)self;
    PyObject *value = span->store ? PyDict_GetItemWithError(span->store, key) : NULL;
    if (!value && PyErr_Occurred())
        return NULL;
    return new_ref_or_none(value);
}

/* The end. */

static PyObject *span_finish(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {
    Span *span = (Span *)self;
    PyObject *when = Py_None;
    if (nargs || kwnames) {
        PyObject *const expected[] = {names.finish_time};
        if (parse_arguments("finish", expected, 1, 0, args, nargs, kwnames, &when) < 0)
            return NULL;
    }
    if (span->finished)
        Py_RETURN_NONE;
    int64_t end;
    if (when == Py_None) {
        end = clock_ns();
    } else {
        double seconds = PyFloat_AsDouble(when);
        if (seconds == -1 && PyErr_Occurred())
            return NULL;
        end = seconds_to_ns(seconds);
    }
    span_end(span, end);
    Py_RETURN_NONE;
}

static PyObject *span_finish_ns(PyObject *self, PyObject *when) {
    int64_t end;
    if (int_to_ns(when, &end) < 0)
        return NULL;
    if (!((Span *)self)->finished)
        span_end((Span *)self, end);
    Py_RETURN_NONE;
}

static PyObject *span_enter(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return new_ref(self);
}

static PyObject *span_exit(PyObject *self, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "__exit__() takes exactly 3 arguments");
        return NULL;
    }
    if (args[0] != Py_None) {
        PyObject *method = PyObject_GetAttr(self, names.set_exc_info);
        PyObject *result =
            method ? PyObject_CallFunctionObjArgs(method, args[0], args[1], args[2], NULL) : NULL;
        Py_XDECREF(method);
        Py_XDECREF(result);
        if (!result) {
            PyErr_Clear();
            core.failures++;
        }
    }
    if (!((Span *)self)->finished)
        span_end((Span *)self, clock_ns());
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"set_tag", FASTCALL(span_set_tag), METH_FASTCALL | METH_KEYWORDS,
     "set_tag($self, /, key, value=None)\n--\n\nSets a tag; an int or float becomes a metric."},
    {"set_metric", FASTCALL(span_set_metric), METH_FASTCALL | METH_KEYWORDS,
     "set_metric($self, /, key, value)\n--\n\nSets a number."},
    {"get_tag", FASTCALL(span_get_tag), METH_FASTCALL | METH_KEYWORDS,
     "get_tag($self, /, key)\n--\n\nThe tag, or None."},
    {"get_metric", FASTCALL(span_get_metric), METH_FASTCALL | METH_KEYWORDS,
     "get_metric($self, /, key)\n--\n\nThe metric, or None."},
    {"get_tags", span_get_tags, METH_NOARGS, "get_tags($self, /)\n--\n\nA copy of all tags."},
    {"get_metrics", span_get_metrics, METH_NOARGS, "get_metrics($self, /)\n--\n\nA copy of all metrics."},
    {"remove_tag", FASTCALL(span_remove_tag), METH_FASTCALL | METH_KEYWORDS,
     "remove_tag($self, /, key)\n--\n\nRemoves a tag, if it is there."},
    {"remove_metric", FASTCALL(span_remove_metric), METH_FASTCALL | METH_KEYWORDS,
     "remove_metric($self, /, key)\n--\n\nRemoves a metric, if it is there."},
    {"finish", FASTCALL(span_finish), METH_FASTCALL | METH_KEYWORDS,
     "finish($self, /, finish_time=None)\n--\n\nEnds the span, now or at a Unix time in seconds; once."},
    {"_finish_ns", span_finish_ns, METH_O, "Ends the span at a Unix time in nanoseconds."},
    {"__enter__", span_enter, METH_NOARGS, NULL},
    {"__exit__", FASTCALL(span_exit), METH_FASTCALL, NULL},
    {"_set_attribute", span_set_attribute, METH_VARARGS, "Sets a tag or metric as it is."},
    {"_get_attribute", span_get_attribute, METH_O, "The tag or metric, or None."},
    {"_has_attribute", span_has_attribute, METH_O, "Whether there is such a tag or metric."},
    {"_remove_attribute", span_remove, METH_O, "Removes a tag or metric, if it is there."},
    {"_set_ctx_item", span_set_ctx_item, METH_VARARGS, "Keeps an object with the span until its end."},
    {"_get_ctx_item", span_get_ctx_item, METH_O, "The object kept under a key, or None."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Span, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot type_slots[] = {
    {Py_tp_new, span_tp_new},
    {Py_tp_dealloc, span_dealloc},
    {Py_tp_traverse, span_traverse},
    {Py_tp_clear, span_clear},
    {Py_tp_getset, span_fields},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_doc,
     "Span(name, service=None, resource=None, span_type=None, trace_id=None, span_id=None, parent_id=None, "
     "start=None, context=None, on_finish=None, span_api='datadog', links=None)\n--\n\n"
     "One operation: its name, times, tags and metrics. Made by the tracer."},
    {0, NULL},
};

/* Final: everything that takes a span checks for this very type. */
PyType_Spec span_spec = {
    .name = "ddtrace._native.Span",
    .basicsize = sizeof(Span),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = type_slots,
};
