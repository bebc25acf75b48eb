/* The interned strings of the ring, and the bytes of a string that is not interned. */
#include <string.h>

#include "core.h"

#define MAX_STRINGS 65536
#define MAX_INTERNED_VALUE 128
#define SEEN_WORDS 4096
#define CACHE_ENTRIES 1024

/* By address first: the strings of a span are mostly the same objects each time. A strong
 * reference keeps the address from meaning another string. */
static struct {
    PyObject *str;
    uint32_t id;
} cache[CACHE_ENTRIES];

static PyObject *ids; /* by content */
static uint64_t seen[SEEN_WORDS];
static uint32_t count;
static char *region;
static uint64_t region_size, used;
static uint64_t *shared_head;

bool text_of(PyObject *str, Text *text) {
    Py_ssize_t size;
    const char *data = PyUnicode_AsUTF8AndSize(str, &size);
    text->owner = NULL;
    text->cut = false;
    if (!data) {
        PyErr_Clear();
        char *bytes;
        text->owner = PyUnicode_AsEncodedString(str, "utf-8", "surrogatepass");
        if (!text->owner || PyBytes_AsStringAndSize(text->owner, &bytes, &size) < 0) {
            PyErr_Clear();
            Py_CLEAR(text->owner);
            return false;
        }
        /* A lone surrogate is ED A0..BF xx; U+FFFD, which stands for it, is as long. The object is ours. */
        for (Py_ssize_t i = 0; i + 2 < size; i++) {
            if ((unsigned char)bytes[i] == 0xED && (unsigned char)bytes[i + 1] >= 0xA0)
                memcpy(bytes + i, "\xEF\xBF\xBD", 3);
        }
        data = bytes;
    }
    if (size > MAX_STRING_BYTES) {
        size = MAX_STRING_BYTES - 3;
        while (((unsigned char)data[size] & 0xC0) == 0x80)
            size--;
        text->cut = true;
    }
    text->data = data;
    text->size = (uint32_t)size;
    return true;
}

void text_copy(char *to, const Text *text) {
    memcpy(to, text->data, text->size);
    if (text->cut)
        memcpy(to + text->size, "...", 3);
}

void strings_clear(void) {
    for (int i = 0; i < CACHE_ENTRIES; i++)
        Py_CLEAR(cache[i].str);
    Py_CLEAR(ids);
}

bool strings_reset(char *to, uint64_t size, uint64_t *head) {
    strings_clear();
    memset(seen, 0, sizeof seen);
    ids = PyDict_New();
    if (!ids)
        return false;
    region = to;
    region_size = size;
    shared_head = head;
    used = 4; /* "" */
    count = 1;
    return true;
}

static inline uint32_t cache_index(const PyObject *str) {
    uintptr_t address = (uintptr_t)str;
    return (uint32_t)((address >> 4) ^ (address >> 14)) & (CACHE_ENTRIES - 1);
}

static void remember(PyObject *str, uint32_t id) {
    if (PyUnicode_GetLength(str) > MAX_INTERNED_VALUE)
        return; /* a long name has an id, but as a value it stands inline: strings_value asks here first */
    uint32_t at = cache_index(str);
    replace_ref(&cache[at].str, new_ref(str));
    cache[at].id = id;
}

/* Whether the string has an id by content; then it is remembered by address. */
static bool known(PyObject *str, uint32_t *id) {
    PyObject *found = PyDict_GetItemWithError(ids, str);
    if (!found) {
        PyErr_Clear();
        return false;
    }
    *id = (uint32_t)PyLong_AsUnsignedLong(found);
    remember(str, *id);
    return true;
}

static uint32_t append(PyObject *str) {
    Text text;
    if (count >= MAX_STRINGS || !text_of(str, &text))
        return STRING_INLINE;
    uint32_t length = text_length(&text), id = STRING_INLINE;
    uint64_t size = 4 + (((uint64_t)length + 3) & ~(uint64_t)3);
    if (used + size <= region_size) {
        PyObject *number = PyLong_FromUnsignedLong(count);
        if (number && PyDict_SetItem(ids, str, number) == 0) {
            memcpy(region + used, &length, 4);
            text_copy(region + used + 4, &text);
            used += size;
            __atomic_store_n(shared_head, used, __ATOMIC_RELEASE);
            id = count++;
            remember(str, id);
        }
        PyErr_Clear();
        Py_XDECREF(number);
    }
    Py_XDECREF(text.owner);
    return id;
}

uint32_t strings_intern(PyObject *str) {
    if (!str)
        return 0;
    uint32_t at = cache_index(str), id;
    if (cache[at].str == str)
        return cache[at].id;
    if (PyUnicode_GetLength(str) == 0)
        return 0;
    return known(str, &id) ? id : append(str);
}

uint32_t strings_value(PyObject *str) {
    if (!str)
        return 0;
    uint32_t at = cache_index(str), id;
    if (cache[at].str == str)
        return cache[at].id;
    Py_ssize_t length = PyUnicode_GetLength(str);
    if (length == 0)
        return 0;
    if (length > MAX_INTERNED_VALUE)
        return STRING_INLINE;
    if (known(str, &id))
        return id;
    uint64_t hash = (uint64_t)PyObject_Hash(str);
    uint64_t *word = &seen[hash & (SEEN_WORDS - 1)];
    if (*word != hash) {
        *word = hash;
        return STRING_INLINE;
    }
    Text text;
    if (!text_of(str, &text))
        return STRING_INLINE;
    bool fits = text_length(&text) <= MAX_INTERNED_VALUE;
    Py_XDECREF(text.owner);
    return fits ? append(str) : STRING_INLINE;
}
