/* Values of Python as fields of C. */
#include "core.h"

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

PyObject *make_u128(uint64_t hi, uint64_t lo) {
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

int64_t seconds_to_ns(double seconds) {
    double ns = seconds * 1e9;
    if (!(ns > -9.2e18))
        return INT64_MIN;
    return ns < 9.2e18 ? (int64_t)ns : INT64_MAX;
}

/* An int of ns; one beyond 64 bits is cut to them. */
int int_to_ns(PyObject *value, int64_t *ns) {
    int overflow;
    PyObject *number = PyNumber_Long(value);
    if (!number)
        return -1;
    long long found = PyLong_AsLongLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    *ns = overflow > 0 ? INT64_MAX : overflow < 0 ? INT64_MIN : found;
    return 0;
}
