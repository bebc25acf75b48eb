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
    "_dd.measured",
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

PyObject *text_or_null(PyObject *value) {
    if (!value)
        return NULL;
    if (PyUnicode_CheckExact(value))
        return new_ref(value);
    PyObject *text = NULL;
    if (PyUnicode_Check(value))
        text = PyUnicode_FromObject(value); /* of a subclass: an exact copy */
    else if (PyBytes_Check(value))
        text = PyUnicode_FromEncodedObject(value, "utf-8", "replace");
    PyErr_Clear();
    return text;
}

int same_text(PyObject *a, PyObject *b) {
    if (a == b)
        return 1;
    return a && b && PyUnicode_Compare(a, b) == 0;
}

int parse_u128(PyObject *value, uint64_t *hi, uint64_t *lo) {
    if (!value || !PyLong_Check(value))
        return 0;
    unsigned long long small = PyLong_AsUnsignedLongLong(value);
    if (small != (unsigned long long)-1 || !PyErr_Occurred()) {
        *hi = 0;
        *lo = small;
        return 1;
    }
    PyErr_Clear();
    PyObject *shift = PyLong_FromLong(64), *upper = shift ? PyNumber_Rshift(value, shift) : NULL;
    unsigned long long high = upper ? PyLong_AsUnsignedLongLong(upper) : 0;
    bool fits = upper && !PyErr_Occurred();
    PyErr_Clear();
    Py_XDECREF(shift);
    Py_XDECREF(upper);
    if (!fits)
        return 0;
    *hi = high;
    *lo = PyLong_AsUnsignedLongLongMask(value);
    return 1;
}

static PyObject *make_u128(uint64_t hi, uint64_t lo) {
    if (!hi)
        return PyLong_FromUnsignedLongLong(lo);
    PyObject *result = NULL, *shifted = NULL;
    PyObject *high = PyLong_FromUnsignedLongLong(hi), *low = PyLong_FromUnsignedLongLong(lo);
    PyObject *shift = PyLong_FromLong(64);
    if (high && low && shift && (shifted = PyNumber_Lshift(high, shift)))
        result = PyNumber_Or(shifted, low);
    Py_XDECREF(high);
    Py_XDECREF(low);
    Py_XDECREF(shift);
    Py_XDECREF(shifted);
    return result;
}

static int64_t seconds_to_ns(double seconds) {
    double ns = seconds * 1e9;
    if (!(ns > -9.2e18))
        return INT64_MIN;
    return ns < 9.2e18 ? (int64_t)ns : INT64_MAX;
}

/* An int of ns; one beyond 64 bits is cut to them. */
static int int_to_ns(PyObject *value, int64_t *ns) {
    int overflow;
    PyObject *number = PyNumber_Long(value);
    if (!number)
        return -1;
    long long found = PyLong_AsLongLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    *ns = overflow > 0 ? INT64_MAX : overflow < 0 ? INT64_MIN : found;
    return 0;
}

/* Steals the references. */
Span *span_new(PyObject *name, PyObject *service, PyObject *resource, PyObject *type, PyObject *api) {
    Span *span = PyObject_New(Span, SpanType);
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
    return span;
}

void span_new_trace_id(Span *span) {
    span->trace_lo = ids_next();
    /* Seconds in the upper half tell stores the day of a trace; the zeros below them are ddtrace's. */
    span->trace_hi = core.trace_id_128 ? (uint64_t)(uint32_t)(span->start / 1000000000) << 32 : 0;
}

/* A span that was never finished, and that nobody can finish any more. */
static void abandon(Span *span) {
    span->local->open--;
    if (span->slot >= 0 && span->generation == core.generation && ring_attached())
        slot_close(span->slot);
}

static void span_dealloc(PyObject *self) {
    Span *span = (Span *)self;
    PyTypeObject *type = Py_TYPE(self);
    if (span->weakrefs)
        PyObject_ClearWeakRefs(self);
    attributes_clear(&span->attributes);
    Py_XDECREF(span->name);
    Py_XDECREF(span->service);
    Py_XDECREF(span->resource);
    Py_XDECREF(span->type);
    Py_XDECREF(span->api);
    Py_XDECREF(span->context);
    Py_XDECREF(span->parent_context);
    Py_XDECREF(span->links);
    Py_XDECREF(span->events);
    Py_XDECREF(span->structs);
    Py_XDECREF(span->store);
    Py_XDECREF(span->on_finish);
    if (span->traced && !span->ended && span->epoch == core.epoch)
        abandon(span);
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
    PyObject_Free(self);
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
    PyObject *name_text = text_or_null(name);
    if (!name_text)
        name_text = new_ref(names.empty);
    PyObject *resource_text = !resource || resource == Py_None ? new_ref(name_text) : text_or_null(resource);
    if (!resource_text)
        resource_text = new_ref(names.empty);
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
        span->start = seconds > 9200000000 || seconds < -9200000000 ? INT64_MAX : seconds * 1000000000;
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

/* Fields. Values of a wrong type are ignored, or become None: a tracer does not raise over a name. */

static PyObject *get_text(PyObject *self, void *offset) {
    return new_ref_or_none(*(PyObject **)((char *)self + (size_t)offset));
}

/* None for other types than str and bytes. */
static int set_text(PyObject *self, PyObject *value, void *offset) {
    replace_ref((PyObject **)((char *)self + (size_t)offset), text_or_null(value));
    ((Span *)self)->looked_up = false;
    return 0;
}

/* "" for other types than str, bytes and None. */
static int set_text_or_empty(PyObject *self, PyObject *value, void *offset) {
    PyObject *text = text_or_null(value);
    if (!text && value && value != Py_None)
        text = new_ref(names.empty);
    replace_ref((PyObject **)((char *)self + (size_t)offset), text);
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
    if (!value || value == Py_None)
        ((Span *)self)->parent_id = 0;
    else if (parse_u128(value, &hi, &lo) && !hi)
        ((Span *)self)->parent_id = lo;
    return 0;
}

static PyObject *get_error(PyObject *self, void *Py_UNUSED(unused)) {
    return PyLong_FromLong(((Span *)self)->error);
}

static int set_error(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    ((Span *)self)->error = value && PyLong_Check(value) && PyObject_IsTrue(value) == 1;
    return 0;
}

static PyObject *get_start_ns(PyObject *self, void *Py_UNUSED(unused)) {
    return PyLong_FromLongLong(((Span *)self)->start);
}

static PyObject *get_start(PyObject *self, void *Py_UNUSED(unused)) {
    return PyFloat_FromDouble((double)((Span *)self)->start / 1e9);
}

static int cannot_delete(void) {
    PyErr_SetString(PyExc_AttributeError, "a span's times cannot be deleted");
    return -1;
}

static int set_start_ns(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    return value ? int_to_ns(value, &((Span *)self)->start) : cannot_delete();
}

static int set_start(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    double seconds = value ? PyFloat_AsDouble(value) : -1;
    if (!value)
        return cannot_delete();
    if (seconds == -1 && PyErr_Occurred())
        return -1;
    ((Span *)self)->start = seconds_to_ns(seconds);
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

static int set_duration_ns(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!value)
        return cannot_delete();
    if (value != Py_None && int_to_ns(value, &span->duration) < 0)
        return -1;
    span->finished = value != Py_None;
    return 0;
}

static int set_duration(PyObject *self, PyObject *value, void *Py_UNUSED(unused)) {
    Span *span = (Span *)self;
    if (!value)
        return cannot_delete();
    double seconds = value == Py_None ? 0 : PyFloat_AsDouble(value);
    if (seconds == -1 && PyErr_Occurred())
        return -1;
    span->duration = seconds_to_ns(seconds);
    span->finished = value != Py_None;
    return 0;
}

static PyObject *get_finished(PyObject *self, void *Py_UNUSED(unused)) {
    return PyBool_FromLong(((Span *)self)->finished);
}

static PyObject *get_local_root(PyObject *self, void *Py_UNUSED(unused)) {
    return new_ref((PyObject *)span_root((Span *)self));
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

/* Tags and metrics. */

static PyObject *attribute(PyObject *self, PyObject *key) {
    return key && PyUnicode_Check(key) ? attributes_get(&((Span *)self)->attributes, key) : NULL;
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

static PyObject *span_get_tag(PyObject *self, PyObject *key) {
    PyObject *value = attribute(self, key);
    return new_ref_or_none(value && PyUnicode_CheckExact(value) ? value : NULL);
}

static PyObject *span_get_metric(PyObject *self, PyObject *key) {
    PyObject *value = attribute(self, key);
    return new_ref_or_none(value && !PyUnicode_CheckExact(value) ? value : NULL);
}

static PyObject *span_remove(PyObject *self, PyObject *key) {
    if (PyUnicode_Check(key))
        attributes_remove(&((Span *)self)->attributes, key);
    Py_RETURN_NONE;
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

#define FIELD(name) (void *)offsetof(Span, name)

static PyGetSetDef getset[] = {
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
    {"finished", get_finished, NULL, "Whether the span has ended.", NULL},
    {"context", get_context, set_context, "Where the trace goes on from this span.", NULL},
    {"_local_root", get_local_root, NULL, "The first span of the trace in this process.", NULL},
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

static PyMethodDef methods[] = {
    {"set_tag", FASTCALL(span_set_tag), METH_FASTCALL | METH_KEYWORDS,
     "set_tag($self, /, key, value=None)\n--\n\nSets a tag; an int or float becomes a metric."},
    {"set_metric", FASTCALL(span_set_metric), METH_FASTCALL | METH_KEYWORDS,
     "set_metric($self, /, key, value)\n--\n\nSets a number."},
    {"get_tag", span_get_tag, METH_O, "get_tag($self, key, /)\n--\n\nThe tag, or None."},
    {"get_metric", span_get_metric, METH_O, "get_metric($self, key, /)\n--\n\nThe metric, or None."},
    {"get_tags", span_get_tags, METH_NOARGS, "get_tags($self, /)\n--\n\nA copy of all tags."},
    {"get_metrics", span_get_metrics, METH_NOARGS, "get_metrics($self, /)\n--\n\nA copy of all metrics."},
    {"remove_tag", span_remove, METH_O, "remove_tag($self, key, /)\n--\n\nRemoves a tag, if it is there."},
    {"remove_metric", span_remove, METH_O,
     "remove_metric($self, key, /)\n--\n\nRemoves a metric, if it is there."},
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
    {Py_tp_getset, getset},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_doc,
     "Span(name, service=None, resource=None, span_type=None, trace_id=None, span_id=None, parent_id=None, "
     "start=None, context=None, on_finish=None, span_api='datadog', links=None)\n--\n\n"
     "One operation: its name, times, tags and metrics. Made by the tracer."},
    {0, NULL},
};

/* Final, and without cyclic garbage collection: its references end at finish or lead to no span but
 * its parents. */
PyType_Spec span_spec = {
    .name = "ddtrace._native.Span",
    .basicsize = sizeof(Span),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = type_slots,
};
