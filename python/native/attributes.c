/* Tags and metrics of a span: an ordered array, searched by address, then by hash and content. */
#include <string.h>

#include "core.h"

void attributes_init(Attributes *attributes) {
    attributes->items = attributes->inlined;
    attributes->count = 0;
    attributes->capacity = INLINE_ATTRIBUTES;
}

void attributes_clear(Attributes *attributes) {
    for (unsigned i = 0; i < attributes->count; i++) {
        Py_DECREF(attributes->items[i].key);
        Py_DECREF(attributes->items[i].value);
    }
    if (attributes->items != attributes->inlined)
        PyMem_Free(attributes->items);
}

static Attribute *find(const Attributes *attributes, PyObject *key, Py_hash_t hash) {
    Attribute *end = attributes->items + attributes->count;
    for (Attribute *item = attributes->items; item < end; item++) {
        if (item->key == key)
            return item;
        if (item->hash == hash && PyUnicode_Compare(item->key, key) == 0)
            return item;
    }
    return NULL;
}

PyObject *attributes_get(const Attributes *attributes, PyObject *key) {
    Attribute *item = find(attributes, key, PyObject_Hash(key));
    return item ? item->value : NULL;
}

static int grow(Attributes *attributes) {
    if (attributes->count == MAX_ATTRIBUTES)
        return -1;
    size_t capacity = (size_t)attributes->capacity * 2;
    if (capacity > MAX_ATTRIBUTES)
        capacity = MAX_ATTRIBUTES;
    bool inlined = attributes->items == attributes->inlined;
    Attribute *items = PyMem_Realloc(inlined ? NULL : attributes->items, capacity * sizeof(Attribute));
    if (!items)
        return -1;
    if (inlined)
        memcpy(items, attributes->inlined, sizeof attributes->inlined);
    attributes->items = items;
    attributes->capacity = (uint16_t)capacity;
    return 0;
}

static int add(Attributes *attributes, PyObject *key, Py_hash_t hash, PyObject *value) {
    if (attributes->count == attributes->capacity && grow(attributes) < 0)
        return -1;
    Attribute *item = &attributes->items[attributes->count++];
    item->key = new_ref(key);
    item->hash = hash;
    item->value = new_ref(value);
    return 0;
}

/* Sets a tag or metric. One that finds no memory, or a span with 65,535 of them, is left out. */
int attributes_set(Attributes *attributes, PyObject *key, PyObject *value) {
    Py_hash_t hash = PyObject_Hash(key);
    Attribute *item = find(attributes, key, hash);
    if (!item)
        return add(attributes, key, hash, value);
    replace_ref(&item->value, new_ref(value));
    return 0;
}

int attributes_set_default(Attributes *attributes, PyObject *key, PyObject *value) {
    Py_hash_t hash = PyObject_Hash(key);
    return find(attributes, key, hash) ? 0 : add(attributes, key, hash, value);
}

void attributes_remove(Attributes *attributes, PyObject *key) {
    Attribute *item = find(attributes, key, PyObject_Hash(key));
    if (!item)
        return;
    PyObject *old_key = item->key, *old_value = item->value;
    Attribute *end = attributes->items + --attributes->count;
    memmove(item, item + 1, (size_t)(end - item) * sizeof(Attribute));
    Py_DECREF(old_key);
    Py_DECREF(old_value);
}

PyObject *attributes_dict(const Attributes *attributes, bool tags) {
    PyObject *dict = PyDict_New();
    for (unsigned i = 0; dict && i < attributes->count; i++) {
        const Attribute *item = &attributes->items[i];
        if (PyUnicode_CheckExact(item->value) == tags && PyDict_SetItem(dict, item->key, item->value) < 0)
            Py_CLEAR(dict);
    }
    return dict;
}
