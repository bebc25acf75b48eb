/* Values of Python as fields of C. */
#include <math.h>

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

PyObject *text_or_empty(PyObject *value) {
    PyObject *text = text_or_null(value);
    return text || value == Py_None ? text : new_ref(names.empty);
}

int same_text(PyObject *a, PyObject *b) {
    if (a == b)
        return 1;
    return a && b && PyUnicode_Compare(a, b) == 0;
}

static int parse_u128_exact(PyObject *value, uint64_t *hi, uint64_t *lo) {
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

int parse_u128(PyObject *value, uint64_t *hi, uint64_t *lo) {
    if (!value)
        return 0;
    if (PyLong_Check(value))
        return parse_u128_exact(value, hi, lo);
    PyObject *number = PyIndex_Check(value) ? PyNumber_Index(value) : NULL;
    int found = number ? parse_u128_exact(number, hi, lo) : 0;
    Py_XDECREF(number);
    PyErr_Clear();
    return found;
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

static int64_t double_to_ns(double ns) {
    if (isnan(ns))
        return 0;
    if (ns <= -9.2e18)
        return INT64_MIN;
    return ns < 9.2e18 ? (int64_t)ns : INT64_MAX;
}

int64_t seconds_to_ns(double seconds) {
    return double_to_ns(seconds * 1e9);
}

bool any_to_seconds(PyObject *value, double *seconds) {
    *seconds = PyFloat_AsDouble(value);
    bool fits = *seconds != -1 || !PyErr_Occurred();
    PyErr_Clear();
    return fits;
}

bool any_to_ns(PyObject *value, int64_t *ns) {
    uint64_t hi, lo;
    PyObject *number = PyIndex_Check(value) ? PyNumber_Index(value) : NULL;
    double real;
    bool fits = true;
    if (number) {
        int overflow;
        *ns = PyLong_AsLongLongAndOverflow(number, &overflow);
        if (overflow) {
            PyObject *positive = PyNumber_Absolute(number);
            fits = positive && parse_u128(positive, &hi, &lo);
            *ns = overflow > 0 ? INT64_MAX : INT64_MIN;
            Py_XDECREF(positive);
        }
        Py_DECREF(number);
    } else if ((fits = any_to_seconds(value, &real))) {
        *ns = double_to_ns(real);
    }
    PyErr_Clear();
    return fits;
}

int64_t saturating_difference(int64_t a, int64_t b) {
    int64_t difference;
    if (__builtin_sub_overflow(a, b, &difference) || a == INT64_MAX || a == INT64_MIN)
        return a >= b ? INT64_MAX : INT64_MIN;
    return difference;
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
