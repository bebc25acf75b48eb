/* What one process knows: its ring, its defaults, its hooks; and how a fork changes it. */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

/* How long the first spans of other threads wait while one opens the ring. */
/* A reader that is only slow is not asked about at each span. */
#define FILLING_PATIENCE_S 10
#define OPENING_PATIENCE_US 200000
#define OPENING_NAP_US 100

Core core;
volatile uint32_t *core_alive;
static volatile bool opening;
static unsigned long opening_thread;

static void wipe(void) {
    *core_alive = 0;
}

int state_init(void) {
    long page = sysconf(_SC_PAGESIZE);
    void *word = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (word == MAP_FAILED) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    core_alive = word;
    *core_alive = 1;
#ifdef MADV_WIPEONFORK
    /* Also sees forks that do not run os.register_at_fork, such as uWSGI's. */
    if (madvise(word, (size_t)page, MADV_WIPEONFORK) != 0)
#endif
        pthread_atfork(NULL, NULL, wipe);
    PyObject *version = PySys_GetObject("hexversion");
    core.collects_anywhere = version && PyLong_AsLong(version) < 0x030C0000;
    core.epoch = 1;
    core.pid = getpid();
    core.enabled = true;
    core.clock_step = -1;
    core.trace_id_128 = true;
    core.partial_flush = 300;
    ids_seed(NULL);
    core.active = PyContextVar_New("ddtrace_active", Py_None);
    core.process_id = PyLong_FromLong(core.pid);
    core.defaults =
        Py_BuildValue("{s:O,s:O,s:O,s:O,s:O,s:O,s:s,s:O,s:O,s:O,s:O,s:i}", "service", Py_None, "env", Py_None,
                      "version", Py_None, "tags", Py_None, "root_tags", Py_None, "hostname", Py_None,
                      "runtime_id", "", "inferred_service", Py_False, "integration_services", Py_None,
                      "service_mapping", Py_None, "trace_id_128", Py_True, "partial_flush_min_spans", 300);
    return core.active && core.process_id && core.defaults ? 0 : -1;
}

void state_after_fork(void) {
    *core_alive = 1;
    core.epoch++;
    core.generation++;
    core.pid = getpid();
    core.asked = false;
    core.filling_asked = 0;
    opening = false;
    core.failures = core.unsent = core.foreign = 0;
    ring_forget();
    ids_seed(NULL);
    PyObject *pid = PyLong_FromLong(core.pid);
    if (pid)
        replace_ref(&core.process_id, pid);
    else
        PyErr_Clear();
}

int64_t clock_ns(void) {
    if (core.clock_step >= 0) {
        int64_t now = core.clock_now;
        core.clock_now += core.clock_step;
        return now;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void call_counted(PyObject *callable, PyObject *argument) {
    Py_INCREF(callable); /* it may be replaced while it runs */
    PyObject *result = PyObject_CallFunctionObjArgs(callable, argument, NULL);
    Py_DECREF(callable);
    if (!result) {
        PyErr_Clear();
        core.failures++;
    }
    Py_XDECREF(result);
}

static void open_ring(void) {
    core.asked = true;
    opening = true;
    opening_thread = (unsigned long)pthread_self();
    call_counted(core.opener, NULL);
    opening = false;
    core.asked = true; /* also if it has closed again what it opened: it has given up */
}

static void wait_for_opening(void) {
    if (opening_thread == (unsigned long)pthread_self())
        return; /* the opener itself made a span */
    for (int waited = 0; opening && waited < OPENING_PATIENCE_US; waited += OPENING_NAP_US) {
        Py_BEGIN_ALLOW_THREADS usleep(OPENING_NAP_US);
        Py_END_ALLOW_THREADS
    }
}

static void see_to_reader(void) {
    core.filling = false;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (!core.on_filling || (core.filling_asked && now.tv_sec - core.filling_asked < FILLING_PATIENCE_S))
        return;
    core.filling_asked = now.tv_sec;
    call_counted(core.on_filling, NULL);
}

bool ring_wanted(void) {
    check_fork();
    if (!core.enabled)
        return false;
    if (__builtin_expect(ring_attached(), 1)) {
        if (__builtin_expect(core.filling, 0))
            see_to_reader();
        return ring_attached();
    }
    if (opening)
        wait_for_opening();
    else if (!core.asked && core.opener)
        open_ring();
    return ring_attached();
}

PyObject *state_set_opener(PyObject *Py_UNUSED(self), PyObject *opener) {
    replace_ref(&core.opener, opener == Py_None ? NULL : new_ref(opener));
    core.asked = ring_attached();
    Py_RETURN_NONE;
}

PyObject *state_set_on_filling(PyObject *Py_UNUSED(self), PyObject *callback) {
    replace_ref(&core.on_filling, callback == Py_None ? NULL : new_ref(callback));
    core.filling_asked = 0;
    Py_RETURN_NONE;
}

PyObject *state_set_on_chunk(PyObject *Py_UNUSED(self), PyObject *callback) {
    replace_ref(&core.on_chunk, callback == Py_None ? NULL : new_ref(callback));
    Py_RETURN_NONE;
}

PyObject *state_set_on_control(PyObject *Py_UNUSED(self), PyObject *callback) {
    replace_ref(&core.on_control, callback == Py_None ? NULL : new_ref(callback));
    Py_RETURN_NONE;
}

void see_to_control(void) {
    if (core.on_control && ring_control_changed())
        call_counted(core.on_control, NULL);
}

PyObject *state_set_sampler(PyObject *Py_UNUSED(self), PyObject *sampler) {
    replace_ref(&core.sampler, sampler == Py_None ? NULL : new_ref(sampler));
    Py_RETURN_NONE;
}

PyObject *state_set_enabled(PyObject *Py_UNUSED(self), PyObject *enabled) {
    int truth = PyObject_IsTrue(enabled);
    if (truth < 0)
        return NULL;
    core.enabled = truth;
    Py_RETURN_NONE;
}

PyObject *state_set_hooks(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs) {
    static char *keywords[] = {"context", "set_tag", "set_metric", "serialize", NULL};
    PyObject *context, *set_tag, *set_metric, *serialize;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOOO", keywords, &context, &set_tag, &set_metric,
                                     &serialize))
        return NULL;
    replace_ref(&core.context_type, new_ref(context));
    replace_ref(&core.set_tag, new_ref(set_tag));
    replace_ref(&core.set_metric, new_ref(set_metric));
    replace_ref(&core.serialize, new_ref(serialize));
    Py_RETURN_NONE;
}

/* A default that is a str, as a field of its own: NULL for None and other types. */
static int read_text(const char *key, PyObject **field) {
    PyObject *value = PyDict_GetItemString(core.defaults, key), *text = NULL;
    if (value && PyUnicode_Check(value) && !(text = text_or_null(value)))
        return -1;
    replace_ref(field, text);
    return 0;
}

/* One for which "" is as good as None. */
static int read_filled_text(const char *key, PyObject **field) {
    if (read_text(key, field) < 0)
        return -1;
    if (*field && PyUnicode_GetLength(*field) == 0)
        replace_ref(field, NULL);
    return 0;
}

/* A container that its owner may still fill; of a type, if that is not NULL. */
static int read_object(const char *key, PyTypeObject *type, PyObject **field) {
    PyObject *value = PyDict_GetItemString(core.defaults, key);
    if (value && value != Py_None && type && !PyObject_TypeCheck(value, type)) {
        PyErr_Format(PyExc_TypeError, "the default %s is of a wrong type: %R", key, value);
        return -1;
    }
    replace_ref(field, value && value != Py_None ? new_ref(value) : NULL);
    return 0;
}

/* One that stays as it is, NULL when it is empty. */
static int read_filled(const char *key, PyObject **field) {
    PyObject *value = PyDict_GetItemString(core.defaults, key);
    int filled = value ? PyObject_IsTrue(value) : 0;
    if (filled < 0)
        return -1;
    replace_ref(field, filled ? new_ref(value) : NULL);
    return 0;
}

static int read_flag(const char *key, bool *field) {
    PyObject *value = PyDict_GetItemString(core.defaults, key);
    int truth = value ? PyObject_IsTrue(value) : 0;
    *field = truth > 0;
    return truth < 0 ? -1 : 0;
}

static int read_defaults(void) {
    if (read_object("integration_services", NULL, &core.integration_services) < 0 ||
        read_object("service_mapping", &PyDict_Type, &core.service_mapping) < 0 ||
        read_text("service", &core.service) < 0 || read_filled_text("env", &core.env) < 0 ||
        read_filled_text("version", &core.version) < 0 || read_filled_text("hostname", &core.hostname) < 0 ||
        read_filled_text("runtime_id", &core.runtime_id) < 0 || read_filled("tags", &core.tags) < 0 ||
        read_filled("root_tags", &core.root_tags) < 0 ||
        read_flag("inferred_service", &core.inferred_service) < 0 ||
        read_flag("trace_id_128", &core.trace_id_128) < 0)
        return -1;
    for (int i = 0; i < BASE_SERVICES; i++)
        replace_ref(&core.base_services[i].service, NULL);
    PyObject *key, *value;
    Py_ssize_t at = 0;
    core.tags_simple = true;
    while (core.tags && PyDict_Next(core.tags, &at, &key, &value))
        core.tags_simple &= PyUnicode_CheckExact(key) && PyUnicode_CheckExact(value) && !span_is_special(key);
    unsigned long every =
        PyLong_AsUnsignedLong(PyDict_GetItemString(core.defaults, "partial_flush_min_spans"));
    if (PyErr_Occurred())
        return -1;
    core.partial_flush = every && every < UINT32_MAX ? (uint32_t)every : UINT32_MAX;
    return 0;
}

PyObject *state_set_defaults(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs) {
    if (PyTuple_Size(args) != 0) {
        PyErr_SetString(PyExc_TypeError, "set_defaults() takes keyword arguments only");
        return NULL;
    }
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (kwargs && PyDict_Next(kwargs, &at, &key, &value)) {
        if (PyDict_Contains(core.defaults, key) != 1)
            return PyErr_Format(PyExc_TypeError, "set_defaults() knows no %U", key);
    }
    PyObject *changed = PyDict_Copy(core.defaults);
    if (!changed || (kwargs && PyDict_Update(changed, kwargs) < 0)) {
        Py_XDECREF(changed);
        return NULL;
    }
    replace_ref(&core.defaults, changed);
    if (read_defaults() < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *state_get_defaults(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused)) {
    return PyDict_Copy(core.defaults);
}
