/* The builder in C: what gatenet.compiler.builder and .lowering say in Python, node for node.
 *
 * A Core holds nodes in the making: leaves, constants, and primitive gates of earlier nodes; what
 * is known already is not added.  A Laid is a recorded wiring laid out in a Core, forwards when it
 * is made and backwards by reverse().  The Python is the text to read; a test compares both.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "printedgates.h"
#include "vectors.h"

/* Node kinds below the gates' numbers, and answers in place of a node. */
enum { LEAF = -1, CONSTANT = -2 };
enum { FAILED = -1, NONE = -2 };

/* The gates of the catalogue by number; gates declared elsewhere get the numbers after them. */
#define ONE(name, expression) GATE_##name,
#define TWO(name, expression) GATE_##name,
#define THREE(name, expression) GATE_##name,
enum { KERNELS CATALOGUED };
#undef ONE
#undef TWO
#undef THREE
#define ONE(name, expression) #name,
#define TWO(name, expression) #name,
#define THREE(name, expression) #name,
static const char *const NAMES[] = {KERNELS};
#undef ONE
#undef TWO
#undef THREE

typedef struct {
    int32_t op, count; /* CONSTANT: no operands, `value` */
    Py_ssize_t first;  /* of its operands among the shape's */
    double value;
} template_step;

/* What a gate becomes where it has so many operands, these of them wanted. */
typedef struct {
    Py_ssize_t kind, count, size, places;
    char *wants; /* empty for an n-ary gate */
    template_step *steps;
    ints operands, partials;
    int32_t value;
} shape;

/* A gate as steps name it, its static parameters bound. */
typedef struct {
    PyObject *gate;
    int variadic, opaque, guarded;
    Py_ssize_t statics;
    double *values;
} gate_kind;

typedef struct {
    PyObject_HEAD
    int fold, share, reduce;
    ints op;       /* of each node: its gate's number, LEAF or CONSTANT */
    ints first;    /* where its operands start; of a constant, its place in `numbers` */
    ints operands; /* of all nodes in a row */
    doubles numbers;
    table known;     /* gates' nodes by gate and operands */
    table constants; /* constants' nodes by their bits */
    table kinds, shapes;
    gate_kind *kind_list;
    shape *shape_list;
    Py_ssize_t kind_count, kind_room, shape_count, shape_room;
    PyObject *number; /* dict: a primitive gate's number */
    PyObject *gates;  /* list: the gate of each number */
    ints arity;       /* how many operands the gate of each number takes */
} Core;

static int32_t emit(Core *self, int32_t op, const int32_t *args, int32_t count);

static int32_t added(Core *self, int32_t op, int32_t first) {
    if (self->op.count >= INT32_MAX - 1) {
        PyErr_SetString(PyExc_OverflowError, "a program has fewer than 2**31 nodes");
        return FAILED;
    }
    if (ints_push(&self->op, op) < 0 || ints_push(&self->first, first) < 0) return FAILED;
    return (int32_t)(self->op.count - 1);
}

/* Add a constant, or find the one that has the same bits; every nan is one. */
static int32_t constant(Core *self, double value) {
    uint64_t bits, other;
    if (value != value) value = (double)NAN;
    memcpy(&bits, &value, sizeof bits);
    for (size_t at = mixed(bits);; at++) {
        int32_t node = table_get(&self->constants, at);
        if (node < 0) {
            if (doubles_push(&self->numbers, value) < 0) return FAILED;
            node = added(self, CONSTANT, (int32_t)(self->numbers.count - 1));
            if (node < 0 || table_put(&self->constants, mixed(bits), node) < 0) return FAILED;
            return node;
        }
        memcpy(&other, &self->numbers.at[self->first.at[node]], sizeof other);
        if (bits == other) return node;
    }
}

static int is_constant(const Core *self, int32_t node) { return self->op.at[node] == CONSTANT; }

static double number_of(const Core *self, int32_t node) {
    return self->numbers.at[self->first.at[node]];
}

/* Whether a node is this constant, the sign of a zero included. */
static int is(const Core *self, int32_t node, double value) {
    if (!is_constant(self, node)) return 0;
    double found = number_of(self, node);
    return found == value && signbit(found) == signbit(value);
}

/* The first operand of a node of this gate; NONE where it is another. */
static int32_t inside(const Core *self, int32_t node, int32_t op, int which) {
    return self->op.at[node] == op ? self->operands.at[self->first.at[node] + which] : NONE;
}

static int32_t emit1(Core *self, int32_t op, int32_t a) { return emit(self, op, &a, 1); }

static int32_t emit2(Core *self, int32_t op, int32_t a, int32_t b) {
    const int32_t args[2] = {a, b};
    return emit(self, op, args, 2);
}

static int32_t emit3(Core *self, int32_t op, int32_t a, int32_t b, int32_t c) {
    const int32_t args[3] = {a, b, c};
    return emit(self, op, args, 3);
}

/* The rules of gatenet.compiler.identities, in their order; NONE where no rule holds. */

static int32_t rule_add(Core *self, int32_t a, int32_t b) {
    int32_t inner;
    if (is(self, a, -0.0)) return b;
    if (is(self, b, -0.0)) return a;
    if ((inner = inside(self, b, GATE_negate, 0)) >= 0) return emit2(self, GATE_subtract, a, inner);
    if ((inner = inside(self, a, GATE_negate, 0)) >= 0) return emit2(self, GATE_subtract, b, inner);
    return NONE;
}

static int32_t rule_subtract(Core *self, int32_t a, int32_t b) {
    int32_t inner;
    if (is(self, b, 0.0)) return a;
    if (is(self, a, -0.0)) return emit1(self, GATE_negate, b);
    if ((inner = inside(self, b, GATE_negate, 0)) >= 0) return emit2(self, GATE_add, a, inner);
    return NONE;
}

/* (-x) op (-y) is x op y, and (-x) op c is x op -c, for a product and a quotient. */
static int32_t rule_signs(Core *self, int32_t op, int32_t a, int32_t b) {
    int32_t left = inside(self, a, GATE_negate, 0), right = inside(self, b, GATE_negate, 0);
    if (left >= 0 && right >= 0) return emit2(self, op, left, right);
    if (left >= 0 && is_constant(self, b)) {
        int32_t node = constant(self, -number_of(self, b));
        return node < 0 ? FAILED : emit2(self, op, left, node);
    }
    if (right >= 0 && is_constant(self, a)) {
        int32_t node = constant(self, -number_of(self, a));
        return node < 0 ? FAILED : emit2(self, op, node, right);
    }
    return NONE;
}

static int32_t rule_multiply(Core *self, int32_t a, int32_t b) {
    for (int k = 0; k < 2; k++) {
        int32_t this = k ? b : a, other = k ? a : b;
        if (is(self, this, 1.0)) return other;
        if (is(self, this, -1.0)) return emit1(self, GATE_negate, other);
    }
    return rule_signs(self, GATE_multiply, a, b);
}

static int32_t rule_divide(Core *self, int32_t a, int32_t b) {
    if (is_constant(self, b)) {
        int exponent;
        double by = number_of(self, b);
        if (isfinite(by) && by != 0.0 && fabs(frexp(by, &exponent)) == 0.5 &&
            fabs(by) > 0x1p-1000 && fabs(by) < 0x1p1000) {
            int32_t node = constant(self, 1.0 / by);
            return node < 0 ? FAILED : emit2(self, GATE_multiply, a, node);
        }
    }
    return rule_signs(self, GATE_divide, a, b);
}

static int32_t rule_absolute(Core *self, int32_t a) {
    if (self->op.at[a] == GATE_absolute) return a;
    int32_t inner = inside(self, a, GATE_negate, 0);
    return inner >= 0 ? emit1(self, GATE_absolute, inner) : NONE;
}

static int32_t rule_power(Core *self, int32_t a, int32_t b) {
    if (is_constant(self, b) && number_of(self, b) == 0.0) return constant(self, 1.0);
    return is(self, b, 1.0) ? a : NONE;
}

/* What a comparison of this kind compares with the constant 0. */
static int32_t against_zero(const Core *self, int32_t asked, int32_t op) {
    if (self->op.at[asked] != op) return NONE;
    int32_t zero = inside(self, asked, op, 1);
    return is_constant(self, zero) && number_of(self, zero) == 0.0 ? inside(self, asked, op, 0)
                                                                   : NONE;
}

static int32_t rule_where(Core *self, int32_t asked, int32_t chosen, int32_t other) {
    int32_t inner;
    if (chosen == other) return chosen;
    if (is_constant(self, asked)) return number_of(self, asked) != 0.0 ? chosen : other;
    if ((inner = inside(self, asked, GATE_negate, 0)) >= 0)
        return emit3(self, GATE_where, inner, chosen, other);
    if ((inner = inside(self, asked, GATE_absolute, 0)) >= 0)
        return emit3(self, GATE_where, inner, chosen, other);
    if ((inner = against_zero(self, asked, GATE_not_equal)) >= 0)
        return emit3(self, GATE_where, inner, chosen, other);
    if ((inner = against_zero(self, asked, GATE_equal)) >= 0)
        return emit3(self, GATE_where, inner, other, chosen);
    if (inside(self, chosen, GATE_where, 0) == asked)
        return emit3(self, GATE_where, asked, inside(self, chosen, GATE_where, 1), other);
    if (inside(self, other, GATE_where, 0) == asked)
        return emit3(self, GATE_where, asked, chosen, inside(self, other, GATE_where, 2));
    return NONE;
}

static int32_t ruled(Core *self, int32_t op, const int32_t *x) {
    switch (op) {
    case GATE_add: return rule_add(self, x[0], x[1]);
    case GATE_subtract: return rule_subtract(self, x[0], x[1]);
    case GATE_multiply: return rule_multiply(self, x[0], x[1]);
    case GATE_divide: return rule_divide(self, x[0], x[1]);
    case GATE_negate: return inside(self, x[0], GATE_negate, 0);
    case GATE_absolute: return rule_absolute(self, x[0]);
    case GATE_power: return rule_power(self, x[0], x[1]);
    case GATE_where: return rule_where(self, x[0], x[1], x[2]);
    default: return NONE;
    }
}

/* A gate of constants, worked out: by its kernel, or by its Python where it has none. */
static int32_t folded(Core *self, int32_t op, const int32_t *args, int32_t count) {
    double a = number_of(self, args[0]), b = a, c = a;
    if (count > 1) b = number_of(self, args[1]);
    if (count > 2) c = number_of(self, args[2]);
    (void)b, (void)c;
    switch (op) {
#define ONE(name, expression)                                                                     \
    case GATE_##name: return constant(self, (expression));
#define TWO(name, expression) ONE(name, expression)
#define THREE(name, expression) ONE(name, expression)
        KERNELS
    default: break;
    }
    PyObject *found = NULL, *given = PyTuple_New(count);
    PyObject *kernel = PyObject_GetAttrString(PyList_GET_ITEM(self->gates, op), "value_kernel");
    for (int32_t k = 0; given && k < count; k++) {
        PyObject *one = PyFloat_FromDouble(number_of(self, args[k]));
        if (!one) Py_CLEAR(given);
        else PyTuple_SET_ITEM(given, k, one);
    }
    if (kernel && given) found = PyObject_CallObject(kernel, given);
    Py_XDECREF(kernel);
    Py_XDECREF(given);
    if (!found) return FAILED;
    double value = PyFloat_AsDouble(found);
    Py_DECREF(found);
    return value == -1.0 && PyErr_Occurred() ? FAILED : constant(self, value);
}

/* Add a primitive gate of earlier nodes, or find a node that is the same to the bit. */
static int32_t emit(Core *self, int32_t op, const int32_t *given, int32_t count) {
    int32_t pair[2], node = NONE, constants = 0;
    const int32_t *args = given;
    if ((op == GATE_add || op == GATE_multiply) && given[0] > given[1]) {
        pair[0] = given[1];
        pair[1] = given[0];
        args = pair;
    }
    uint64_t hash = (uint64_t)op;
    for (int32_t k = 0; k < count; k++) {
        hash = mixed(hash ^ (uint64_t)(uint32_t)args[k]);
        constants += is_constant(self, args[k]);
    }
    size_t start = mixed(hash);
    if (self->share)
        for (size_t at = start;; at++) {
            int32_t found = table_get(&self->known, at);
            if (found < 0) break;
            if (self->op.at[found] == op &&
                !memcmp(self->operands.at + self->first.at[found], args, (size_t)count * 4))
                return found;
        }
    if (self->fold && constants == count) return folded(self, op, args, count);
    if (self->reduce) node = ruled(self, op, args);
    if (node != NONE) return node;
    if (self->operands.count > INT32_MAX - count) {
        PyErr_SetString(PyExc_OverflowError, "a program has fewer than 2**31 operands");
        return FAILED;
    }
    node = added(self, op, (int32_t)self->operands.count);
    if (node < 0) return FAILED;
    for (int32_t k = 0; k < count; k++)
        if (ints_push(&self->operands, args[k]) < 0) return FAILED;
    if (self->share && table_put(&self->known, start, node) < 0) return FAILED;
    return node;
}

#include "core.h"
#include "laid.h"
#include "encoding.h"

static PyMethodDef functions[] = {
    {"pruned", pruned, METH_VARARGS, pruned_doc},
    {"varying", varying_of, METH_VARARGS, varying_doc},
    {"read", read_of, METH_VARARGS, read_doc},
    {"encoded", encoded, METH_VARARGS, encoded_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "gatenet._native.builder",
    .m_doc = "Programs built in C: the same nodes as gatenet.compiler.builder gives.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit_builder(void) {
    if (PyType_Ready(&CoreType) < 0 || PyType_Ready(&LaidType) < 0) return NULL;
    PyObject *made = PyModule_Create(&module), *names = PyTuple_New(CATALOGUED);
    if (!made || !names) goto failed;
    for (int k = 0; k < CATALOGUED; k++) {
        PyObject *name = PyUnicode_FromString(NAMES[k]);
        if (!name) goto failed;
        PyTuple_SET_ITEM(names, k, name);
    }
    if (PyModule_AddObjectRef(made, "gates", names) < 0 ||
        PyModule_AddObjectRef(made, "Core", (PyObject *)&CoreType) < 0 ||
        PyModule_AddObjectRef(made, "Laid", (PyObject *)&LaidType) < 0)
        goto failed;
    Py_DECREF(names);
    return made;
failed:
    Py_XDECREF(made);
    Py_XDECREF(names);
    return NULL;
}
