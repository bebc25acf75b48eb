/* The one place where Python versions are told apart.
 *
 * The extension is built on the limited API of 3.9. What is declared by hand here is
 * outside of it but exported by every CPython from 3.9 on, with these signatures.
 */
#ifndef HOOFPRINT_COMPAT_H
#define HOOFPRINT_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#if defined(Py_LIMITED_API)
PyAPI_FUNC(PyObject *) PyContextVar_New(const char *name, PyObject *default_value);
PyAPI_FUNC(int) PyContextVar_Get(PyObject *var, PyObject *default_value, PyObject **value);
PyAPI_FUNC(PyObject *) PyContextVar_Set(PyObject *var, PyObject *value);
PyAPI_FUNC(PyObject *) PyContext_CopyCurrent(void);
#if Py_LIMITED_API < 0x030A0000
/* From 3.10 on; NULL before. */
PyAPI_FUNC(int) PyGC_Enable(void) __attribute__((weak));
PyAPI_FUNC(int) PyGC_Disable(void) __attribute__((weak));
#endif
#if Py_LIMITED_API < 0x030A0000
PyAPI_FUNC(const char *) PyUnicode_AsUTF8AndSize(PyObject *unicode, Py_ssize_t *size);
#endif
#endif

/* Fastcall signatures are stable, their names are not. */
#ifndef METH_FASTCALL
#define METH_FASTCALL 0x0080
#endif
#define FASTCALL(function) ((PyCFunction)(void (*)(void))(function))

static inline PyObject *new_ref(PyObject *object) {
    Py_INCREF(object);
    return object;
}

/* The headers of 3.12 and newer take None and True for immortal whatever the limited API asked for is;
 * before 3.12 they are counted. */
#undef Py_RETURN_NONE
#define Py_RETURN_NONE return new_ref(Py_None)
#undef Py_RETURN_TRUE
#define Py_RETURN_TRUE return new_ref(Py_True)

static inline PyObject *new_ref_or_none(PyObject *object) {
    return new_ref(object ? object : Py_None);
}

/* Stores a new reference in a field, then drops the old one. */
static inline void replace_ref(PyObject **field, PyObject *value) {
    PyObject *old = *field;
    *field = value;
    Py_XDECREF(old);
}

#endif
