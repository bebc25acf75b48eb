/* Notes of the process to its collector, kept until there is a ring to write them to. */
#include "core.h"

#define MAX_NOTES 256
#define MAX_BYTES (256 << 10)

static PyObject *waiting; /* a list of bytes, or NULL */
static Py_ssize_t bytes_waiting;

/* A forked child begins with what its parent has told nobody yet. */
void notes_flush(void) {
    while (waiting && ring_attached() && PyList_Size(waiting) > 0) {
        char *bytes;
        Py_ssize_t length;
        if (PyBytes_AsStringAndSize(PyList_GetItem(waiting, 0), &bytes, &length) == 0 &&
            ring_write_note(bytes, length) == 0)
            return;
        bytes_waiting -= length;
        if (PyList_SetSlice(waiting, 0, 1, NULL) < 0) {
            PyErr_Clear();
            return;
        }
    }
}

PyObject *notes_add(PyObject *Py_UNUSED(self), PyObject *note) {
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(note, &bytes, &length) < 0)
        return NULL;
    check_fork();
    if (!waiting && !(waiting = PyList_New(0)))
        return NULL;
    notes_flush();
    if (PyList_Size(waiting) < MAX_NOTES && bytes_waiting + length <= MAX_BYTES) {
        if (PyList_Append(waiting, note) < 0)
            return NULL;
        bytes_waiting += length;
        notes_flush();
    }
    Py_RETURN_NONE;
}
