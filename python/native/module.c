/* ddtrace._native: the span core. What it offers is described in ddtrace/_core.py. */
#include "core.h"
#include "headers.h"

Names names;

static PyObject *attach(PyObject *Py_UNUSED(self), PyObject *args) {
    int fd;
    unsigned long long size;
    if (!PyArg_ParseTuple(args, "iK:attach", &fd, &size))
        return NULL;
    check_fork();
    if (ring_attach(fd, size) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *detach(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused)) {
    check_fork();
    ring_detach();
    Py_RETURN_NONE;
}

static PyObject *stats(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused)) {
    check_fork();
    PyObject *found = ring_stats();
    PyObject *counts = Py_BuildValue("{s:K,s:K,s:K}", "failures", core.failures, "unsent", core.unsent,
                                     "foreign", core.foreign);
    if (found && (!counts || PyDict_Update(found, counts) < 0))
        Py_CLEAR(found);
    Py_XDECREF(counts);
    return found;
}

static PyObject *test_clock(PyObject *Py_UNUSED(self), PyObject *args) {
    PyObject *now;
    long long step = 0;
    if (!PyArg_ParseTuple(args, "O|L:test_clock", &now, &step))
        return NULL;
    core.clock_step = now == Py_None ? -1 : step;
    core.clock_now = now == Py_None ? 0 : PyLong_AsLongLong(now);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *test_ids(PyObject *Py_UNUSED(self), PyObject *seed) {
    uint64_t value = seed == Py_None ? 0 : PyLong_AsUnsignedLongLongMask(seed);
    if (PyErr_Occurred())
        return NULL;
    ids_seed(seed == Py_None ? NULL : &value);
    Py_RETURN_NONE;
}

PyObject *tracer_active(PyObject *self, PyObject *unused);
PyObject *tracer_activate(PyObject *self, PyObject *value);
PyObject *tracer_decide(PyObject *self, PyObject *span);
PyObject *tracer_sample(PyObject *self, PyObject *span);
int span_init_module(void);

static PyMethodDef functions[] = {
    {"attach", attach, METH_VARARGS, "attach(fd, ring_size): maps a ring file and writes to it from now on."},
    {"detach", detach, METH_NOARGS, "Forgets the ring."},
    {"stats", stats, METH_NOARGS, "Counters of the ring."},
    {"extract_headers", FASTCALL(headers_extract), METH_FASTCALL,
     "extract_headers(headers, wide): the Context, or None when Python has to look."},
    {"inject_headers", FASTCALL(headers_inject), METH_FASTCALL,
     "inject_headers(span_or_context, headers, limit): whether it is done; if not, Python has to."},
    {"active", tracer_active, METH_NOARGS, "The active span, or context, or None."},
    {"activate", tracer_activate, METH_O, "Makes a span or a context, or None, the active one."},
    {"decide", tracer_decide, METH_O, "Makes the sampling decision of a span's trace, and tells nobody."},
    {"sample", tracer_sample, METH_O, "Makes the sampling decision of a span's trace now."},
    {"set_opener", state_set_opener, METH_O, "Who opens the ring."},
    {"set_on_filling", state_set_on_filling, METH_O, "Who sees to the reader of a ring that fills up."},
    {"set_on_chunk", state_set_on_chunk, METH_O, "Who sees the finished spans before they are written."},
    {"set_on_control", state_set_on_control, METH_O, "Who reads the control file when it has changed."},
    {"set_rates", rates_set, METH_O, "The agent's rates: a dict of key to (rate, its text), or None."},
    {"note", notes_add, METH_O, "Tells the collector something."},
    {"set_sampler", state_set_sampler, METH_O, "Who makes sampling decisions."},
    {"set_enabled", state_set_enabled, METH_O, "Whether spans are sent."},
    {"set_hooks", FASTCALL(state_set_hooks), METH_VARARGS | METH_KEYWORDS, "The parts that are Python."},
    {"set_defaults", FASTCALL(state_set_defaults), METH_VARARGS | METH_KEYWORDS,
     "What spans get by default."},
    {"get_defaults", state_get_defaults, METH_NOARGS, "A copy of the defaults."},
    {"test_clock", test_clock, METH_VARARGS, "For tests: test_clock(now, step=0); None is the real clock."},
    {"test_ids", test_ids, METH_O, "For tests: ids from a seed; None is a random one."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "ddtrace._native",
    .m_doc = "The span core in C; ddtrace._pure is its twin.",
    .m_size = 0, /* not -1: PyInit__native is to be asked for each interpreter */
    .m_methods = functions,
};

static int make_names(void) {
#define X(field, text)                                     \
    if (!(names.field = PyUnicode_InternFromString(text))) \
        return -1;
    NAMES(X)
#undef X
    names.zero = PyLong_FromLong(0);
    names.one = PyLong_FromLong(1);
    return names.zero && names.one ? 0 : -1;
}

static PyTypeObject *add_type(PyObject *module, const char *name, PyType_Spec *spec) {
    PyObject *type = PyType_FromSpec(spec);
    if (!type)
        return NULL;
    Py_INCREF(type);
    if (PyModule_AddObject(module, name, type) < 0) {
        Py_DECREF(type);
        Py_DECREF(type);
        return NULL;
    }
    return (PyTypeObject *)type;
}

PyMODINIT_FUNC PyInit__native(void) {
    static PyObject *module; /* one per process: its state is */
    if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0) {
        PyErr_SetString(PyExc_ImportError,
                        "ddtrace._native works in the main interpreter only; others use ddtrace._pure");
        return NULL;
    }
    if (module)
        return new_ref(module);
    PyObject *made = PyModule_Create(&definition);
    if (!made || make_names() < 0 || headers_init() < 0 || span_init_module() < 0 || state_init() < 0)
        return NULL;
    LocalTraceType = add_type(made, "LocalTrace", &local_spec);
    SpanType = add_type(made, "Span", &span_spec);
    PyTypeObject *tracer = add_type(made, "TracerBase", &tracer_spec);
    if (!LocalTraceType || !SpanType || !tracer || PyModule_AddIntConstant(made, "WRITER", 1) < 0)
        return NULL;
    module = new_ref(made);
    return made;
}
