/* The sweep in C: the plain pass of gatenet.sweep, with nobody watching.
 *
 * The same machinery as the generator there, one visit after the other: serial numbers from the
 * highest down, at each gate upstream times local derivative added to what its inputs have
 * gathered, no pull at a guarded gate whose upstream is 0, a leaf's total added to its gradient
 * once.  What is no plain pass (a stale circuit, a block that works its derivatives out when it is
 * asked, a leaf that needs no gradient as output) is left to the generator before anything is
 * changed, so that its words and its errors are the only ones.
 */

#include "units.h"

#if defined(__GNUC__)
#define FETCH(place) __builtin_prefetch(place)
#else
#define FETCH(place) ((void)0)
#endif

typedef struct {
    Unit **items;
    size_t count, room;
} row;

/* What a walk found: gates' outputs and leaves apart, for leaves may be visited in any order. */
typedef struct {
    row gates, leaves;
    uint64_t low, high; /* the serial numbers of the gates' outputs */
    int plain;          /* nothing that only the generator can do */
    int guards_known;
} walk;

static int pushed(row *found, Unit *unit) {
    if (found->count == found->room) {
        size_t room = found->room ? found->room * 2 : 256;
        Unit **items = PyMem_Realloc(found->items, room * sizeof(Unit *));
        if (!items) return -1;
        found->items = items;
        found->room = room;
    }
    found->items[found->count++] = unit;
    return 0;
}

static inline int met(walk *found, Unit *unit) {
    if (unit->flags & MARKED) return 0;
    if (pushed(is_leaf(unit) ? &found->leaves : &found->gates, unit) < 0) return -1;
    unit->flags |= MARKED;
    return 0;
}

/* Every unit that the outputs depend on, each once; their marks stay on. */
static int collected(PyObject *outputs, walk *found) {
    int done = 0;
    found->low = UINT64_MAX;
    found->plain = found->guards_known = 1;
    for (Py_ssize_t k = 0; !done && k < PyList_GET_SIZE(outputs); k++)
        done = met(found, (Unit *)PyList_GET_ITEM(outputs, k));
    for (size_t i = 0; !done && i < found->gates.count; i++) {
        const Unit *unit = found->gates.items[i];
        if (i + 4 < found->gates.count) FETCH(found->gates.items[i + 4]);
        const unsigned flags = unit->flags;
        if (unit->serial < found->low) found->low = unit->serial;
        if (unit->serial > found->high) found->high = unit->serial;
        if (!(flags & GUARD_KNOWN)) found->guards_known = 0;
        if (flags & MANY_OPERANDS) {
            if (!(flags & SLOPES)) found->plain = 0; /* a block works them out when it is asked */
            for (Py_ssize_t k = 0; !done && k < many_count(unit); k++) {
                PyObject *item = PyTuple_GET_ITEM(unit->a, k);
                if (is_unit(item)) done = met(found, (Unit *)item);
            }
            continue;
        }
        if (flags & A_SLOPE) done = met(found, (Unit *)unit->a);
        if (!done && flags & B_SLOPE) done = met(found, (Unit *)unit->b);
    }
    if (done) PyErr_NoMemory();
    return done;
}

static void unmarked(const row *found) {
    for (size_t i = 0; i < found->count; i++) found->items[i]->flags &= ~(unsigned)MARKED;
}

static void dropped(walk *found) {
    PyMem_Free(found->gates.items);
    PyMem_Free(found->leaves.items);
}

/* Sort by serial number, low to high.  Numbers given out one after the other need a table and no
 * comparing; where they lie far apart, they are sorted digit after digit.  Marks are taken off. */
static int sorted(row *found, uint64_t low, uint64_t high) {
    if (!found->count) return 0;
    const uint64_t range = high - low + 1;
    if (range <= 4 * found->count + 64) {
        Unit **table = PyMem_Calloc((size_t)range, sizeof(Unit *));
        if (!table) goto none;
        for (size_t i = 0; i < found->count; i++) {
            Unit *unit = found->items[i];
            table[unit->serial - low] = unit;
            unit->flags &= ~(unsigned)MARKED;
        }
        size_t count = 0;
        for (uint64_t i = 0; i < range; i++)
            if (table[i]) found->items[count++] = table[i];
        found->count = count;
        PyMem_Free(table);
        return 0;
    }
    Unit **other = PyMem_Malloc(found->count * sizeof(Unit *));
    if (!other) goto none;
    unmarked(found);
    Unit **from = found->items, **to = other;
    for (int shift = 0; shift < 52 && range >> shift; shift += 11) {
        size_t starts[2049] = {0};
        for (size_t i = 0; i < found->count; i++)
            starts[((from[i]->serial - low) >> shift & 2047) + 1]++;
        for (int digit = 0; digit < 2048; digit++) starts[digit + 1] += starts[digit];
        for (size_t i = 0; i < found->count; i++)
            to[starts[(from[i]->serial - low) >> shift & 2047]++] = from[i];
        Unit **turn = from;
        from = to;
        to = turn;
    }
    if (from != found->items) memcpy(found->items, from, found->count * sizeof(Unit *));
    PyMem_Free(other);
    return 0;
none:
    unmarked(found);
    PyErr_NoMemory();
    return -1;
}

static int list_of_units(PyObject *outputs) {
    int fine = PyList_CheckExact(outputs);
    for (Py_ssize_t k = 0; fine && k < PyList_GET_SIZE(outputs); k++)
        fine = is_unit(PyList_GET_ITEM(outputs, k));
    if (!fine) PyErr_SetString(PyExc_TypeError, "a list of units is needed");
    return fine;
}

PyObject *units_topological(PyObject *module, PyObject *outputs) {
    (void)module;
    walk found = {0};
    PyObject *list = NULL;
    if (!list_of_units(outputs)) return NULL;
    int done = collected(outputs, &found);
    for (size_t i = 0; !done && i < found.leaves.count; i++) {
        Unit *leaf = found.leaves.items[i];
        if (leaf->serial < found.low) found.low = leaf->serial;
        if (leaf->serial > found.high) found.high = leaf->serial;
        done = pushed(&found.gates, leaf);
        if (done) PyErr_NoMemory();
    }
    unmarked(&found.leaves);
    if (done) unmarked(&found.gates);
    if (!done && !sorted(&found.gates, found.low, found.high))
        list = PyList_New((Py_ssize_t)found.gates.count);
    for (size_t i = 0; list && i < found.gates.count; i++)
        PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef((PyObject *)found.gates.items[i]));
    dropped(&found);
    return list;
}

/* Whether an operand is younger than the value that was computed from it. */
static int stale(const Unit *unit) {
    if (unit->flags & MANY_OPERANDS) {
        for (Py_ssize_t k = 0; k < many_count(unit); k++) {
            const Unit *item = (Unit *)PyTuple_GET_ITEM(unit->a, k);
            if (is_unit((PyObject *)item) && item->time > unit->time) return 1;
        }
        return 0;
    }
    const Unit *a = (Unit *)unit->a, *b = (Unit *)unit->b;
    return (a && a->time > unit->time) || (b && b->time > unit->time);
}

/* Look up whether zeros are guarded where nobody has: at gates without printed kernels. */
static int guards_looked_up(const row *found) {
    PyObject *last = NULL;
    unsigned flags = 0;
    for (size_t i = 0; i < found->count; i++) {
        Unit *unit = found->items[i];
        if (unit->flags & GUARD_KNOWN) continue;
        if (unit->gate != last) {
            PyObject *guarded = unit->gate ? PyObject_GetAttrString(unit->gate, "guarded") : NULL;
            int truth = guarded ? PyObject_IsTrue(guarded) : -1;
            Py_XDECREF(guarded);
            if (truth < 0) return -1;
            last = unit->gate;
            flags = GUARD_KNOWN | (truth ? GUARDED : 0);
        }
        unit->flags |= flags;
    }
    return 0;
}

/* Whether this is a pass for which the generator has no other words. */
static int plain(const walk *found) {
    if (!found->plain) return 0;
    for (size_t i = 0; i < found->leaves.count; i++)
        if (unit_is_frozen_leaf(found->leaves.items[i]) < 0) return 0;
    if (found->gates.count && (int64_t)found->low <= unit_written)
        for (size_t i = 0; i < found->gates.count; i++)
            if (stale(found->gates.items[i])) return 0;
    return 1;
}

/* What a unit has gathered so far in this pass. */
static inline double *gathered(Unit *unit) {
    return is_leaf(unit) ? &unit->pa : &unit->grad;
}

static void pulled(Unit *unit) {
    const double upstream = unit->grad;
    if (upstream == 0.0 && unit->flags & GUARDED) return; /* 0 times infinity is no pull */
    if (unit->flags & MANY_OPERANDS) {
        for (Py_ssize_t k = 0; k < many_count(unit); k++) {
            PyObject *item = PyTuple_GET_ITEM(unit->a, k);
            if (is_unit(item)) *gathered((Unit *)item) += upstream * unit->slopes[k];
        }
        return;
    }
    if (unit->flags & A_SLOPE) *gathered((Unit *)unit->a) += upstream * unit->pa;
    if (unit->flags & B_SLOPE) *gathered((Unit *)unit->b) += upstream * unit->pb;
}

static void swept(const walk *found, PyObject *outputs, const double *seeds) {
    const row *gates = &found->gates, *leaves = &found->leaves;
    for (size_t i = 0; i < gates->count; i++) {
        gates->items[i]->grad = 0.0;
        gates->items[i]->flags |= VISITED;
    }
    for (size_t i = 0; i < leaves->count; i++) leaves->items[i]->pa = 0.0;
    for (Py_ssize_t k = 0; k < PyList_GET_SIZE(outputs); k++)
        *gathered((Unit *)PyList_GET_ITEM(outputs, k)) += seeds[k];
    for (size_t i = gates->count; i-- > 0;) pulled(gates->items[i]);
    for (size_t i = 0; i < leaves->count; i++) {
        Unit *leaf = leaves->items[i];
        if (unit_is_frozen_leaf(leaf)) continue;
        leaf->grad = leaf->flags & VISITED ? leaf->grad + leaf->pa : leaf->pa;
        leaf->flags |= VISITED;
    }
}

PyObject *units_backward(PyObject *module, PyObject *arguments) {
    PyObject *outputs, *given;
    walk found = {0};
    int done = -1;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!O!", &PyList_Type, &outputs, &PyList_Type, &given) ||
        !list_of_units(outputs))
        return NULL;
    if (PyList_GET_SIZE(given) != PyList_GET_SIZE(outputs)) {
        PyErr_SetString(PyExc_ValueError, "there is one seed for each output");
        return NULL;
    }
    double *seeds = PyMem_Malloc((size_t)(PyList_GET_SIZE(given) + 1) * sizeof(double));
    if (!seeds) return PyErr_NoMemory();
    for (Py_ssize_t k = 0; k < PyList_GET_SIZE(given); k++)
        seeds[k] = PyFloat_AsDouble(PyList_GET_ITEM(given, k));
    if (!PyErr_Occurred()) {
        done = collected(outputs, &found);
        unmarked(&found.leaves);
        if (done)
            unmarked(&found.gates);
        else
            done = sorted(&found.gates, found.low, found.high);
        if (!done && !found.guards_known) done = guards_looked_up(&found.gates);
        if (!done) done = plain(&found);
        if (done > 0) swept(&found, outputs, seeds);
    }
    dropped(&found);
    PyMem_Free(seeds);
    return done < 0 ? NULL : PyBool_FromLong(done);
}
