/* The agent's rates: what share of the traces of a service and environment is kept. */
#include "core.h"

#define KNUTH_FACTOR 1111111111111111111u /* of every Datadog tracer, so that they agree about a trace */
#define REMEMBERED 8                      /* a power of two */

static PyObject *rates; /* a dict of "service:S,env:E" to (rate, its text), or NULL */

/* By address of service and environment: their entry, or NULL when there is no rate for them. */
static struct { PyObject *service, *env, *entry; } remembered[REMEMBERED];

PyObject *rates_set(PyObject *Py_UNUSED(self), PyObject *given) {
    if (given != Py_None && !PyDict_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "set_rates() takes a dict or None");
        return NULL;
    }
    for (int i = 0; i < REMEMBERED; i++) {
        replace_ref(&remembered[i].service, NULL);
        replace_ref(&remembered[i].env, NULL);
        replace_ref(&remembered[i].entry, NULL);
    }
    replace_ref(&rates, given == Py_None || PyDict_Size(given) == 0 ? NULL : new_ref(given));
    Py_RETURN_NONE;
}

/* Borrowed, or NULL without exception. */
static PyObject *entry_of(PyObject *service, PyObject *env) {
    size_t at = (((uintptr_t)service >> 4) ^ ((uintptr_t)env >> 5)) % REMEMBERED;
    if (remembered[at].service == service && remembered[at].env == env)
        return remembered[at].entry;
    PyObject *key = PyUnicode_FromFormat("service:%U,env:%U", service, env);
    PyObject *entry = key ? PyDict_GetItemWithError(rates, key) : NULL;
    Py_XDECREF(key);
    PyErr_Clear();
    if (entry && !(PyTuple_Check(entry) && PyTuple_Size(entry) == 2))
        entry = NULL;
    Py_XINCREF(entry);
    replace_ref(&remembered[at].service, new_ref(service));
    replace_ref(&remembered[at].env, new_ref(env));
    replace_ref(&remembered[at].entry, entry);
    return entry;
}

bool rates_decide(Span *root) {
    if (!rates)
        return false;
    PyObject *env = attributes_get(&root->attributes, names.env);
    PyObject *entry = entry_of(root->service ? root->service : names.empty,
                               env && PyUnicode_CheckExact(env) ? env : names.empty);
    if (!entry)
        return false;
    PyObject *number = PyTuple_GetItem(entry, 0);
    double rate = PyFloat_AsDouble(number);
    PyErr_Clear();
    bool keep =
        rate >= 1 || (rate > 0 && root->trace_lo * KNUTH_FACTOR <= (uint64_t)(rate * 18446744073709551616.0));
    attributes_set(&root->attributes, names.agent_rate, number);
    attributes_set(&root->attributes, names.kept_rate, PyTuple_GetItem(entry, 1));
    local_decide(root->local, keep ? RATE_KEEPS : RATE_REJECTS);
    return true;
}
