/* Small parsers and writers of header values; their names. */
#include <string.h>

#include "headers.h"

PyObject *header_names[HEADER_COUNT];

int headers_init(void) {
    static const char *const texts[] = {
#define X(field, text) text,
        HEADER_NAMES(X)
#undef X
    };
    for (int i = 0; i < HEADER_COUNT; i++) {
        if (!(header_names[i] = PyUnicode_InternFromString(texts[i])))
            return -1;
    }
    return 0;
}

bool ascii_of(PyObject *value, Slice *slice) {
    if (!PyUnicode_CheckExact(value))
        return false;
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(value, &size);
    if (!text) {
        PyErr_Clear();
        return false;
    }
    if (size != PyUnicode_GetLength(value))
        return false;
    slice->at = text;
    slice->size = size;
    return true;
}

bool parse_hex(const char *digits, int count, uint64_t *number) {
    uint64_t found = 0;
    for (int i = 0; i < count; i++) {
        char c = digits[i];
        if (c >= '0' && c <= '9')
            found = found << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            found = found << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    *number = found;
    return true;
}

bool parse_decimal(Slice slice, uint64_t *number) {
    if (slice.size < 1 || slice.size > 20)
        return false;
    uint64_t found = 0;
    for (Py_ssize_t i = 0; i < slice.size; i++) {
        char c = slice.at[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(found, 10, &found) ||
            __builtin_add_overflow(found, (uint64_t)(c - '0'), &found))
            return false;
    }
    *number = found;
    return true;
}

char *write_hex(char *to, uint64_t number, int digits) {
    for (int i = digits - 1; i >= 0; i--, number >>= 4)
        to[i] = "0123456789abcdef"[number & 15];
    return to + digits;
}

char *write_decimal(char *to, uint64_t number) {
    char digits[20];
    int count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        *to++ = digits[--count];
    return to;
}

bool next_part(Slice *rest, char separator, Slice *part) {
    if (!rest->at)
        return false;
    const char *end = memchr(rest->at, separator, (size_t)rest->size);
    part->at = rest->at;
    part->size = end ? end - rest->at : rest->size;
    rest->size -= part->size + 1;
    rest->at = end ? end + 1 : NULL;
    return true;
}
