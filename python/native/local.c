/* The local trace: the spans of one trace in this process, and what travels with the trace. */
#include "core.h"

PyTypeObject *LocalTraceType;

LocalTrace *local_new(uint64_t trace_hi, uint64_t trace_lo, uint64_t root_id) {
    LocalTrace *local = PyObject_GC_New(LocalTrace, LocalTraceType);
    if (!local)
        return NULL;
    local->trace_hi = trace_hi;
    local->trace_lo = trace_lo;
    local->root_id = root_id;
    local->open = local->finished = local->started = 0;
    local->epoch = core.epoch;
    local->told = PRIORITY_NONE;
    local->root_done = local->tracked = false;
    local->decided = UNDECIDED;
    local->meta = local->metrics = local->baggage = local->held = NULL;
    return local;
}

int local_dicts(LocalTrace *local) {
    if (local->meta)
        return 0;
    PyObject *meta = PyDict_New(), *metrics = PyDict_New(), *baggage = PyDict_New();
    if (!meta || !metrics || !baggage)
        goto error;
    if (local->decided && (PyDict_SetItem(metrics, names.priority, decided_priority(local->decided)) < 0 ||
                           PyDict_SetItem(meta, names.dm, decided_maker(local->decided)) < 0))
        goto error;
    local->meta = meta;
    local->metrics = metrics;
    local->baggage = baggage;
    return 0;
error:
    Py_XDECREF(meta);
    Py_XDECREF(metrics);
    Py_XDECREF(baggage);
    return -1;
}

void local_share(LocalTrace *local, PyObject *meta, PyObject *metrics, PyObject *baggage) {
    replace_ref(&local->meta, new_ref(meta));
    replace_ref(&local->metrics, new_ref(metrics));
    replace_ref(&local->baggage, new_ref(baggage));
}

PyObject *decided_priority(Decided decided) {
    return decided == RATE_REJECTS ? names.zero : names.one;
}

PyObject *decided_maker(Decided decided) {
    return decided == BY_DEFAULT ? names.zero_decision : names.rate_decision;
}

/* A maker that came with the trace stands, though no priority came with it. */
void local_decide(LocalTrace *local, Decided decided) {
    local->decided = decided;
    if (!local->meta)
        return;
    PyObject *maker = PyDict_GetItemWithError(local->meta, names.dm);
    if (PyDict_SetItem(local->metrics, names.priority, decided_priority(decided)) < 0 ||
        ((!maker || PyObject_IsTrue(maker) != 1) &&
         PyDict_SetItem(local->meta, names.dm, decided_maker(decided)) < 0))
        PyErr_Clear();
}

static void local_dealloc(PyObject *self) {
    LocalTrace *local = (LocalTrace *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(local->held);
    Py_XDECREF(local->meta);
    Py_XDECREF(local->metrics);
    Py_XDECREF(local->baggage);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

/* Only one that holds spans is part of a cycle, and tracked; see hold.c. */
static int local_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((LocalTrace *)self)->held);
    return 0;
}

static int local_clear(PyObject *self) {
    Py_CLEAR(((LocalTrace *)self)->held);
    return 0;
}

/* Called by the collector of cycles: the spans held here lead to a parent that nobody will finish. */
static void local_finalize(PyObject *self) {
    if (((LocalTrace *)self)->held)
        hold_abandoned((LocalTrace *)self);
}

static PyType_Slot slots[] = {
    {Py_tp_dealloc, local_dealloc},
    {Py_tp_traverse, local_traverse},
    {Py_tp_clear, local_clear},
    {Py_tp_finalize, local_finalize},
    {Py_tp_doc, "The spans of one trace in this process. Made by the tracer."},
    {0, NULL},
};

PyType_Spec local_spec = {
    .name = "ddtrace._native.LocalTrace",
    .basicsize = sizeof(LocalTrace),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
