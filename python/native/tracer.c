/* Starting spans, and the active one. */
#include "core.h"

int parse_arguments(const char *function, PyObject *const *expected, Py_ssize_t count, Py_ssize_t required,
                    PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, PyObject **into) {
    if (nargs > count) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zd arguments (%zd given)", function, count, nargs);
        return -1;
    }
    uint32_t given = (1u << nargs) - 1;
    for (Py_ssize_t i = 0; i < nargs; i++)
        into[i] = args[i];
    Py_ssize_t keywords = kwnames ? PyTuple_Size(kwnames) : 0;
    for (Py_ssize_t i = 0; i < keywords; i++) {
        PyObject *keyword = PyTuple_GetItem(kwnames, i);
        Py_ssize_t at = 0;
        while (at < count && expected[at] != keyword)
            at++;
        for (at = at < count ? at : 0; at < count; at++) {
            if (expected[at] == keyword || PyUnicode_Compare(expected[at], keyword) == 0)
                break;
        }
        if (at == count) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", function, keyword);
            return -1;
        }
        if (given >> at & 1) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", function, keyword);
            return -1;
        }
        given |= 1u << at;
        into[at] = args[nargs + i];
    }
    for (Py_ssize_t i = 0; i < required; i++) {
        if (!(given >> i & 1)) {
            PyErr_Format(PyExc_TypeError, "%s() missing required argument: '%U'", function, expected[i]);
            return -1;
        }
    }
    return 0;
}

static bool is_true_attribute(PyObject *object, PyObject *name) {
    PyObject *value = PyObject_GetAttr(object, name);
    bool truth = value && PyObject_IsTrue(value) == 1;
    PyErr_Clear();
    Py_XDECREF(value);
    return truth;
}

/* From a finished span up to the nearest unfinished one: finishing does not touch the context variable. */
PyObject *active_get(void) {
    PyObject *found;
    if (PyContextVar_Get(core.active, Py_None, &found) < 0)
        return NULL;
    if (Py_TYPE(found) != SpanType || !((Span *)found)->finished)
        return found;
    Span *span = (Span *)found;
    PyObject *result = Py_None;
    for (;;) {
        Span *above = span->parent ? span->parent : span->foreign_parent;
        if (!above) {
            if (span->parent_context && is_true_attribute(span->parent_context, names.private_reactivate))
                result = span->parent_context;
            break;
        }
        span = above;
        if (!span->finished) {
            result = (PyObject *)span;
            break;
        }
    }
    Py_INCREF(result);
    Py_DECREF(found);
    return result;
}

/* Before 3.12 garbage may be collected amid PyContextVar_Set; a finaliser that traces then sets the
 * variable too, and CPython goes on with a mapping that was freed. */
static int active_set(PyObject *value) {
    bool enable = false;
    PyObject *keeper = NULL;
    if (core.collects_anywhere) {
        if (PyGC_Disable)
            enable = PyGC_Disable();
        else if (!(keeper = PyContext_CopyCurrent())) /* keeps the mapping alive */
            return -1;
    }
    PyObject *token = PyContextVar_Set(core.active, value);
    if (enable)
        PyGC_Enable();
    Py_XDECREF(keeper);
    Py_XDECREF(token);
    return token ? 0 : -1;
}

/* What a new span takes from a Context: trace id, parent id, local trace, what is propagated.
 * 1 if there was a trace id, 0 if the span has a new one, -1 with an exception. */
static int continue_context(Span *span, PyObject *context) {
    PyObject *trace_id = PyObject_GetAttr(context, names.trace_id);
    PyObject *span_id = trace_id ? PyObject_GetAttr(context, names.span_id) : NULL;
    PyObject *known = span_id ? PyObject_GetAttr(context, names.private_local) : NULL;
    PyObject *meta = known ? PyObject_GetAttr(context, names.private_meta) : NULL;
    PyObject *metrics = meta ? PyObject_GetAttr(context, names.private_metrics) : NULL;
    PyObject *baggage = metrics ? PyObject_GetAttr(context, names.private_baggage) : NULL;
    PyObject *links = baggage ? PyObject_GetAttr(context, names.private_links) : NULL;
    int result = -1, continued = 0;
    if (!links)
        goto done;
    if (!PyDict_Check(meta) || !PyDict_Check(metrics)) {
        PyErr_SetString(PyExc_TypeError, "child_of must be a Span or a Context");
        goto done;
    }
    uint64_t hi, lo;
    if (parse_u128(trace_id, &span->trace_hi, &span->trace_lo) && (span->trace_hi || span->trace_lo)) {
        if (parse_u128(span_id, &hi, &lo))
            span->parent_id = lo;
        continued = 1;
    } else {
        span_new_trace_id(span);
    }
    span->span_id = ids_next();
    LocalTrace *local = Py_TYPE(known) == LocalTraceType ? (LocalTrace *)known : NULL;
    if (local && local->open && local->epoch == core.epoch)
        Py_INCREF(local);
    else if (!(local = local_new(span->trace_hi, span->trace_lo, span->span_id)))
        goto done;
    span->local = local;
    local_share(local, meta, metrics, baggage);
    span->parent_context = new_ref(context);
    int linked = PyObject_IsTrue(links);
    if (linked < 0 || (linked && !(span->links = PySequence_List(links))))
        goto done;
    result = continued;
done:
    Py_XDECREF(trace_id);
    Py_XDECREF(span_id);
    Py_XDECREF(known);
    Py_XDECREF(meta);
    Py_XDECREF(metrics);
    Py_XDECREF(baggage);
    Py_XDECREF(links);
    return result;
}

static int continue_span(Span *span, Span *parent) {
    Py_INCREF(parent);
    span->parent = parent;
    span->root = span_root(parent);
    Py_INCREF(span->root);
    span->trace_hi = parent->trace_hi;
    span->trace_lo = parent->trace_lo;
    span->parent_id = parent->span_id;
    span->span_id = ids_next();
    LocalTrace *local = parent->local;
    if (local->open) {
        Py_INCREF(local);
        span->local = local;
        return 0;
    }
    /* The reader has been told that nothing is open any more: a new chunk, with what is known of the trace.
     */
    span->local = local_new(span->trace_hi, span->trace_lo, span->span_id);
    if (!span->local || local_dicts(local) < 0)
        return -1;
    local_share(span->local, local->meta, local->metrics, local->baggage);
    return 0;
}

static void inherit_propagated(Span *span) {
    PyObject *key, *value, *meta = span->local->meta;
    Py_ssize_t position = 0;
    while (meta && PyDict_Next(meta, &position, &key, &value)) {
        if (key != names.dm && PyUnicode_CheckExact(key) && PyUnicode_CheckExact(value) &&
            PyUnicode_Tailmatch(key, names.propagated, 0, PY_SSIZE_T_MAX, -1) == 1 &&
            !same_text(key, names.dm) && !same_text(key, names.ts))
            attributes_set(&span->attributes, key, value);
    }
}

static int default_tags(Span *span) {
    PyObject *key, *value, *tags = new_ref(core.tags);
    Py_ssize_t position = 0;
    int result = 0;
    while (result == 0 && PyDict_Next(tags, &position, &key, &value)) {
        /* Their owner may have added to them since they were found simple. */
        if (core.tags_simple && PyUnicode_CheckExact(key) && PyUnicode_CheckExact(value)) {
            attributes_set(&span->attributes, key, value);
            continue;
        }
        Py_INCREF(key);
        Py_INCREF(value);
        PyObject *done = PyObject_CallFunctionObjArgs(core.set_tag, (PyObject *)span, key, value, NULL);
        result = done ? 0 : -1;
        Py_XDECREF(done);
        Py_DECREF(key);
        Py_DECREF(value);
    }
    Py_DECREF(tags);
    return result;
}

/* The version belongs to the configured service, and to spans of a root that has it. */
static int default_version(Span *span) {
    PyObject *current = active_get();
    if (!current)
        return -1;
    bool fits;
    if (Py_TYPE(current) == SpanType) {
        Span *root = span_root((Span *)current);
        PyObject *version = attributes_get(&root->attributes, names.version);
        fits = same_text(root->service, span->service) && version && PyUnicode_CheckExact(version);
    } else {
        fits = same_text(span->service, core.service);
    }
    Py_DECREF(current);
    if (fits)
        attributes_set(&span->attributes, names.version, core.version);
    return 0;
}

/* New references, or NULL for none. `source` is what goes to _dd.svc_src. */
static PyObject *service_of(PyObject *given, Span *parent, PyObject **source) {
    PyObject *service;
    *source = NULL;
    if (given == Py_None) {
        service = parent ? parent->service : core.service;
        Py_XINCREF(service);
        if (parent) {
            PyObject *known = attributes_get(&parent->attributes, names.svc_src);
            if (known && PyUnicode_CheckExact(known) && PyUnicode_GetLength(known) > 0)
                *source = new_ref(known);
        }
    } else {
        service = text_or_null(given);
        bool integration = service && core.integration_services &&
                           PySequence_Contains(core.integration_services, service) == 1;
        *source = new_ref(integration ? service : names.m);
    }
    if (service && core.service_mapping) {
        PyObject *mapped = PyDict_Check(core.service_mapping)
                               ? text_or_null(PyDict_GetItemWithError(core.service_mapping, service))
                               : NULL;
        if (mapped) {
            Py_DECREF(service);
            service = mapped;
        }
    }
    PyErr_Clear();
    return service;
}

static PyObject *start(PyObject *name, PyObject *parent_object, PyObject *service, PyObject *resource,
                       PyObject *type, PyObject *api, bool make_active) {
    bool writing = ring_wanted();
    Span *parent = NULL;
    PyObject *context = NULL, *source;
    bool continued = false;
    if (parent_object != Py_None) {
        if (Py_TYPE(parent_object) != SpanType)
            context = new_ref(parent_object);
        else if (((Span *)parent_object)->epoch == core.epoch)
            parent = (Span *)parent_object;
        else if (!(context = span_context((Span *)parent_object)))
            return NULL;
    }
    if (!parent && ring_attached()) {
        see_to_control(); /* also where tracing was switched off: it may be switched on again */
        writing = writing || ring_wanted();
    }
    if (__builtin_expect(core.abandoned != NULL, 0))
        hold_flush_abandoned();
    PyObject *name_text = text_or_empty(name);
    PyObject *resource_text = text_or_empty(resource == Py_None ? name : resource);
    PyObject *api_text = text_or_null(api);
    PyObject *service_text = service_of(service, parent, &source);
    Span *span = span_new(name_text, service_text, resource_text, text_or_null(type),
                          api_text ? api_text : new_ref(names.datadog));
    if (!span)
        goto error;
    Attributes *attributes = &span->attributes;
    if (parent) {
        if (continue_span(span, parent) < 0)
            goto error;
    } else if (context) {
        int found = continue_context(span, context);
        if (found < 0)
            goto error;
        continued = found;
        if (Py_TYPE(parent_object) == SpanType) {
            Py_INCREF(parent_object);
            span->foreign_parent = (Span *)parent_object;
        }
    } else {
        span_new_trace_id(span);
        span->span_id = ids_next();
        if (!(span->local = local_new(span->trace_hi, span->trace_lo, span->span_id)))
            goto error;
    }
    if (span->local->meta)
        inherit_propagated(span);
    if (!parent) {
        if (core.hostname && !continued)
            attributes_set(attributes, names.hostname, core.hostname);
        attributes_set(attributes, names.runtime_id, core.runtime_id ? core.runtime_id : names.empty);
        attributes_set(attributes, names.process_id, core.process_id);
    }
    if (core.tags && default_tags(span) < 0)
        goto error;
    if (source && span->service && PyUnicode_GetLength(span->service) > 0)
        attributes_set(attributes, names.svc_src, source);
    if (core.env)
        attributes_set(attributes, names.env, core.env);
    if (core.version && default_version(span) < 0)
        goto error;
    span->traced = true;
    span->ordinal = span->local->started++;
    span->local->open++;
    if (writing && ring_attached()) {
        span->generation = core.generation;
        span_look_up(span);
        span->slot = slot_open(span);
    }
    if (make_active && active_set((PyObject *)span) < 0)
        goto error;
    Py_XDECREF(context);
    Py_XDECREF(source);
    return (PyObject *)span;
error:
    Py_XDECREF(span);
    Py_XDECREF(context);
    Py_XDECREF(source);
    return NULL;
}

static PyObject *tracer_trace(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames) {
    PyObject *into[5] = {NULL, Py_None, Py_None, Py_None, names.datadog};
    if (!kwnames && nargs == 1) {
        into[0] = args[0];
    } else {
        PyObject *const expected[] = {names.name, names.service, names.resource, names.span_type,
                                      names.span_api};
        if (parse_arguments("trace", expected, 5, 1, args, nargs, kwnames, into) < 0)
            return NULL;
    }
    PyObject *parent = active_get();
    if (!parent)
        return NULL;
    PyObject *span = start(into[0], parent, into[1], into[2], into[3], into[4], true);
    Py_DECREF(parent);
    return span;
}

static PyObject *tracer_start_span(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t nargs,
                                   PyObject *kwnames) {
    PyObject *into[7] = {NULL, Py_None, Py_None, Py_None, Py_None, Py_False, names.datadog};
    PyObject *const expected[] = {names.name,      names.child_of, names.service, names.resource,
                                  names.span_type, names.activate, names.span_api};
    if (parse_arguments("start_span", expected, 7, 1, args, nargs, kwnames, into) < 0)
        return NULL;
    int make_active = PyObject_IsTrue(into[5]);
    if (make_active < 0)
        return NULL;
    return start(into[0], into[1], into[2], into[3], into[4], into[6], make_active);
}

/* Of a new reference to what is active: the span, or NULL with the reference dropped. */
static Span *as_span(PyObject *active) {
    if (Py_TYPE(active) == SpanType)
        return (Span *)active;
    Py_DECREF(active);
    return NULL;
}

static PyObject *tracer_current_span(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused)) {
    PyObject *active = active_get();
    if (!active)
        return NULL;
    Span *span = as_span(active);
    return span ? (PyObject *)span : new_ref(Py_None);
}

static PyObject *tracer_current_root_span(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused)) {
    PyObject *active = active_get();
    if (!active)
        return NULL;
    Span *span = as_span(active);
    if (!span)
        Py_RETURN_NONE;
    PyObject *root = new_ref((PyObject *)span_root(span));
    Py_DECREF(active);
    return root;
}

static PyObject *tracer_current_trace_context(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args),
                                              PyObject *Py_UNUSED(kwargs)) {
    PyObject *active = active_get();
    if (!active || Py_TYPE(active) != SpanType)
        return active;
    PyObject *context = span_context((Span *)active);
    Py_DECREF(active);
    return context;
}

static PyMethodDef methods[] = {
    {"trace", FASTCALL(tracer_trace), METH_FASTCALL | METH_KEYWORDS,
     "trace($self, /, name, service=None, resource=None, span_type=None, span_api='datadog')\n--\n\n"
     "Starts a span as the child of the active one, and makes it the active one."},
    {"start_span", FASTCALL(tracer_start_span), METH_FASTCALL | METH_KEYWORDS,
     "start_span($self, /, name, child_of=None, service=None, resource=None, span_type=None, activate=False, "
     "span_api='datadog')\n--\n\nStarts a span as the child of a Span or Context, or a root."},
    {"current_span", tracer_current_span, METH_NOARGS,
     "current_span($self, /)\n--\n\nThe active span, or None."},
    {"current_root_span", tracer_current_root_span, METH_NOARGS,
     "current_root_span($self, /)\n--\n\nThe local root of the active span, or None."},
    {"current_trace_context", FASTCALL(tracer_current_trace_context), METH_VARARGS | METH_KEYWORDS,
     "current_trace_context($self, /, *args, **kwargs)\n--\n\nThe context of what is active, or None."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_methods, methods},
    {Py_tp_doc, "What of the tracer is on the hot path."},
    {0, NULL},
};

PyType_Spec tracer_spec = {
    .name = "ddtrace._native.TracerBase",
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};

PyObject *tracer_activate(PyObject *Py_UNUSED(self), PyObject *value) {
    if (active_set(value) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *tracer_active(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused)) {
    return active_get();
}

PyObject *tracer_decide(PyObject *Py_UNUSED(self), PyObject *span) {
    if (Py_TYPE(span) != SpanType) {
        PyErr_SetString(PyExc_TypeError, "decide() takes a Span");
        return NULL;
    }
    decide(span_root((Span *)span));
    Py_RETURN_NONE;
}

PyObject *tracer_sample(PyObject *Py_UNUSED(self), PyObject *span) {
    if (Py_TYPE(span) != SpanType) {
        PyErr_SetString(PyExc_TypeError, "sample() takes a Span");
        return NULL;
    }
    tell(span_root((Span *)span));
    Py_RETURN_NONE;
}
