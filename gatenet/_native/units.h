/* What the sources of the unit type share: how a unit is stored, and what each of them offers. */

#ifndef GATENET_UNITS_H
#define GATENET_UNITS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* A unit, 96 bytes.  Numbers are unboxed: a constant operand stands where its local derivative
 * would, for it has none; what a leaf gathers in a pass stands in `pa`, what a gate's output
 * gathers is its gradient itself. */
typedef struct Unit {
    PyObject_HEAD
    PyObject *a; /* the first operand, a unit; a tuple of operands (MANY_OPERANDS); or NULL */
    union {
        PyObject *b;    /* the second operand, a unit, or NULL */
        double *slopes; /* one local derivative for each operand in the tuple (SLOPES) */
    };
    PyObject *gate; /* the gate that drives it, or what a leaf is */
    PyObject *name; /* a str, or NULL */
    double value, pa, pb;
    union {
        double grad;
        struct Unit *next; /* while it waits to be freed */
    };
    uint64_t serial : 52, flags : 12;
    int64_t time;
} Unit;

enum {
    VISITED = 1,          /* grad is a number, not None */
    MARKED = 2,           /* found already, by a walk that is under way */
    A_CONSTANT = 4,       /* the first operand is the number in pa */
    B_CONSTANT = 8,       /* the second operand is the number in pb */
    A_SLOPE = 16,         /* pa is a local derivative */
    B_SLOPE = 32,
    MANY = 64,            /* _pb reads as ... */
    MANY_OPERANDS = 128,  /* a is a tuple */
    SLOPES = 256,         /* slopes is theirs */
    GUARDED = 512,        /* an upstream of exactly 0 makes no pull */
    GUARD_KNOWN = 1024,   /* the flag above was looked up */
};

/* A gate's kernels, as they were printed from its declaration. */
typedef void (*fixed_kernel)(const double *x, const double *s, double *z, double *p);
typedef void (*many_kernel)(const double *x, const double *s, double *z, double *p, Py_ssize_t n,
                            double *w);
typedef struct {
    const char *name, *digest;
    int arity, statics; /* arity: how many operands, or how many groups of any number of them */
    int scratch;        /* how many rows of n numbers a kernel of any number works in */
    many_kernel many;
    const fixed_kernel *fixed; /* by the operands that are units, one bit each */
} kernels;

#if defined(__GNUC__)
#pragma GCC visibility push(hidden) /* the sources call one another without a detour */
#endif

/* units.c */
extern PyTypeObject *UnitType;
extern int64_t unit_clock, unit_written;
extern Py_ssize_t units_alive;
extern int units_watched; /* how many modes (no_grad, record ...) are open */
int unit_noted(Unit *unit);
int unit_is_frozen_leaf(const Unit *unit);

/* unitmaking.c */
enum { UNIT_ADD, UNIT_SUBTRACT, UNIT_MULTIPLY, UNIT_DIVIDE, UNIT_POWER, UNIT_UNARY };
enum { UNIT_NEGATE = UNIT_UNARY, UNIT_ABSOLUTE, UNIT_OPERATORS };
int unit_makers_ready(PyObject *module);
PyObject *unit_binary(PyObject *left, PyObject *right, int sign);
PyObject *unit_unary(PyObject *operand, int sign);
PyObject *units_operator(PyObject *module, PyObject *arguments);

/* unitsweep.c */
PyObject *units_backward(PyObject *module, PyObject *arguments);
PyObject *units_topological(PyObject *module, PyObject *outputs);

/* unitcolumns.c */
PyObject *units_values(PyObject *module, PyObject *arguments);
PyObject *units_add_grads(PyObject *module, PyObject *arguments);
PyObject *units_write(PyObject *module, PyObject *arguments);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

static inline int is_unit(PyObject *thing) { return Py_TYPE(thing) == UnitType; }

static inline Unit *unit_allocated(PyTypeObject *type) {
    Unit *unit = PyObject_Malloc(sizeof(Unit));
    if (!unit) return (Unit *)PyErr_NoMemory();
    PyObject_Init((PyObject *)unit, type); /* takes a reference to the type */
    units_alive++;
    return unit;
}

/* A new unit with everything but its value, operands and derivatives. */
static inline Unit *unit_fresh(PyObject *gate, unsigned flags) {
    Unit *unit = unit_allocated(UnitType);
    if (!unit) return NULL;
    unit->a = unit->b = unit->name = NULL;
    unit->gate = Py_NewRef(gate);
    unit->serial = (uint64_t)(unit->time = ++unit_clock);
    unit->flags = flags;
    return unit;
}

static inline int is_leaf(const Unit *unit) { return !unit->a && !(unit->flags & A_CONSTANT); }

static inline Py_ssize_t many_count(const Unit *unit) { return PyTuple_GET_SIZE(unit->a); }

#endif
