/* Making units: the kernels printed from the gates, called with units and numbers.
 *
 * A `Maker` is one gate, static parameters bound, with its kernels.  Called it applies the gate; it
 * knows exact units, floats and ints, and leaves everything else to the Python it was given.
 */

#include <math.h>
#include <stddef.h>

#include "units.h"
#include <structmember.h>

/* The kernels call the C library by name and nothing else: no compiler may put an expression of
 * its own in the place of a call, for its bits could differ.  (The file is built without builtins;
 * these two are exact whoever does them.) */
#if defined(__GNUC__)
#define fabs __builtin_fabs
#define sqrt __builtin_sqrt
#endif

#include "unitkernels.h"

#if defined(__GNUC__)
#undef fabs
#undef sqrt
#endif

#define COUNT ((Py_ssize_t)(sizeof(TABLE) / sizeof(TABLE[0])))
#define WIDEST 3 /* a gate of a fixed number of operands has at most so many */
#define ROOM 256 /* so many numbers fit on the stack */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *gate, *slow; /* the gate; the Python that takes what is no plain case */
    double *statics;
    const kernels *kernels;
    PyObject *attributes; /* __name__, __doc__ ... as a function has them */
    unsigned flags;       /* what its units start with */
} Maker;

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *slow;
} Caller;

static PyTypeObject *maker_type = NULL;
static PyObject *made_key = NULL, *native_key = NULL, *number_function = NULL;

/* An operand: a unit, or a constant (unit NULL). */
typedef struct {
    Unit *unit;
    double value;
} operand;

static inline int plain_operand(PyObject *thing, operand *found) {
    if (is_unit(thing)) {
        found->unit = (Unit *)thing;
        found->value = found->unit->value;
        return 1;
    }
    found->unit = NULL;
    if (PyFloat_CheckExact(thing)) {
        found->value = PyFloat_AS_DOUBLE(thing);
        return 1;
    }
    if (PyLong_CheckExact(thing)) {
        found->value = PyLong_AsDouble(thing);
        if (found->value != -1.0 || !PyErr_Occurred()) return 1;
        PyErr_Clear(); /* too large: Python's way says so in words */
    }
    return 0;
}

static PyObject *finished(Unit *unit) {
    if (units_watched && unit_noted(unit) < 0) Py_CLEAR(unit);
    return (PyObject *)unit;
}

/* Gates of one or two operands. */

static inline unsigned operand_flags(const operand *a, unsigned slope, unsigned constant) {
    return a->unit ? slope : constant;
}

static PyObject *made_one(const Maker *maker, const operand *a) {
    Unit *unit =
        unit_fresh(maker->gate, maker->flags | operand_flags(a, A_SLOPE, A_CONSTANT));
    if (!unit) return NULL;
    maker->kernels->fixed[a->unit != NULL](&a->value, maker->statics, &unit->value, &unit->pa);
    unit->a = Py_XNewRef((PyObject *)a->unit);
    if (!a->unit) unit->pa = a->value;
    return finished(unit);
}

static PyObject *made_two(const Maker *maker, const operand *a, const operand *b) {
    const double x[2] = {a->value, b->value};
    Unit *unit = unit_fresh(maker->gate, maker->flags | operand_flags(a, A_SLOPE, A_CONSTANT) |
                                             operand_flags(b, B_SLOPE, B_CONSTANT));
    if (!unit) return NULL;
    /* pa and pb stand side by side: a kernel fills them as it fills a row of derivatives */
    maker->kernels->fixed[(a->unit != NULL) | (b->unit != NULL) << 1](x, maker->statics,
                                                                     &unit->value, &unit->pa);
    unit->a = Py_XNewRef((PyObject *)a->unit);
    unit->b = Py_XNewRef((PyObject *)b->unit);
    if (!a->unit) unit->pa = a->value;
    if (!b->unit) unit->pb = b->value;
    return finished(unit);
}

_Static_assert(offsetof(Unit, pb) == offsetof(Unit, pa) + sizeof(double), "pa and pb in a row");

/* Gates of more operands, which stand in a tuple. */

static int computed_many(const Maker *maker, PyObject *operands, double *value, double *slopes) {
    const kernels *found = maker->kernels;
    const Py_ssize_t count = PyTuple_GET_SIZE(operands);
    const Py_ssize_t scratch = found->many ? count / found->arity * found->scratch : 0;
    double some[ROOM], *x = some;
    int mask = 0;
    if (count + scratch > ROOM) {
        x = PyMem_Malloc((size_t)(count + scratch) * sizeof(double));
        if (!x) {
            PyErr_NoMemory();
            return -1;
        }
    }
    for (Py_ssize_t k = 0; k < count; k++) {
        PyObject *item = PyTuple_GET_ITEM(operands, k);
        if (is_unit(item)) {
            x[k] = ((Unit *)item)->value;
            if (k < WIDEST) mask |= 1 << k;
        } else {
            x[k] = PyFloat_AS_DOUBLE(item);
        }
    }
    if (found->many)
        found->many(x, maker->statics, value, slopes, count / found->arity, x + count);
    else
        found->fixed[mask](x, maker->statics, value, slopes);
    if (x != some) PyMem_Free(x);
    return 0;
}

/* Takes the reference to the tuple, which holds exact units and floats alone. */
static PyObject *made_many(const Maker *maker, PyObject *operands) {
    const Py_ssize_t count = PyTuple_GET_SIZE(operands);
    double *slopes = PyMem_Malloc((size_t)count * sizeof(double));
    Unit *unit = slopes ? unit_fresh(maker->gate, maker->flags | MANY | MANY_OPERANDS | SLOPES)
                        : (Unit *)PyErr_NoMemory();
    if (!unit || computed_many(maker, operands, &unit->value, slopes) < 0) {
        if (unit) {
            unit->flags &= ~(unsigned)SLOPES;
            Py_DECREF(unit);
        }
        PyMem_Free(slopes);
        Py_DECREF(operands);
        return NULL;
    }
    if (PyObject_GC_IsTracked(operands)) PyObject_GC_UnTrack(operands); /* as the collector would */
    unit->a = operands;
    unit->slopes = slopes;
    return finished(unit);
}

/* Lay operands out in a new tuple of exact units and floats; 0 where one of them is no such thing,
 * 1 for a tuple with a unit in it, 2 for one of numbers. */
static int laid_out(PyObject *const *items, Py_ssize_t count, PyObject *tuple, Py_ssize_t from) {
    int units = 0;
    for (Py_ssize_t k = 0; k < count; k++) {
        operand one;
        if (!plain_operand(items[k], &one)) return 0;
        units |= one.unit != NULL;
        PyObject *item = one.unit || PyFloat_CheckExact(items[k]) ? Py_NewRef(items[k])
                                                                  : PyFloat_FromDouble(one.value);
        if (!item) {
            PyErr_Clear();
            return 0;
        }
        PyTuple_SET_ITEM(tuple, from + k, item);
    }
    return units ? 1 : 2;
}

static int is_row(PyObject *thing) { return PyList_CheckExact(thing) || PyTuple_CheckExact(thing); }

/* The operands of a gate of any number as one tuple: given one by one, or as a row for each group;
 * NULL without an error where they are no plain case. */
static PyObject *gathered(const Maker *maker, PyObject *const *args, Py_ssize_t count,
                          int wired) {
    const Py_ssize_t groups = maker->kernels->many ? maker->kernels->arity : 1;
    PyObject *const *rows[WIDEST] = {args};
    Py_ssize_t size = count;
    if (groups > 1 || (maker->kernels->many && count == 1 && is_row(args[0]))) {
        if (count != groups || groups > WIDEST) return NULL;
        for (Py_ssize_t k = 0; k < count; k++) {
            if (!is_row(args[k])) return NULL;
            rows[k] = PySequence_Fast_ITEMS(args[k]);
            if (k && PySequence_Fast_GET_SIZE(args[k]) != size) return NULL;
            size = PySequence_Fast_GET_SIZE(args[k]);
        }
    } else if (!maker->kernels->many && count != maker->kernels->arity) {
        return NULL;
    }
    PyObject *tuple = PyTuple_New(size * groups);
    if (!tuple) {
        PyErr_Clear();
        return NULL;
    }
    int units = wired && size, plain = 1;
    for (Py_ssize_t k = 0; plain && k < groups; k++) {
        plain = laid_out(rows[k], size, tuple, k * size);
        units |= plain == 1;
    }
    if (!plain || !units) Py_CLEAR(tuple);
    return tuple;
}

static PyObject *slowly(PyObject *slow, PyObject *gate, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    Py_ssize_t all = count + (names ? PyTuple_GET_SIZE(names) : 0);
    PyObject **row = PyMem_Malloc((size_t)(all + 1) * sizeof(PyObject *));
    if (!row) return PyErr_NoMemory();
    row[0] = gate;
    memcpy(row + 1, args, (size_t)all * sizeof(PyObject *));
    PyObject *result = PyObject_Vectorcall(slow, row, (size_t)count + 1, names);
    PyMem_Free(row);
    return result;
}

/* Apply the gate; NULL without an error where that is no plain case.  Of numbers alone a gate makes
 * a number, which is none, unless `wired`. */
static PyObject *maker_applied(const Maker *maker, PyObject *const *args, Py_ssize_t count,
                               int wired) {
    const kernels *found = maker->kernels;
    operand a, b = {NULL, 0.0};
    if (found->many || found->arity > 2) {
        PyObject *operands = gathered(maker, args, count, wired);
        return operands ? made_many(maker, operands) : NULL;
    }
    if (count != found->arity || !plain_operand(args[0], &a)) return NULL;
    if (count == 2 && !plain_operand(args[1], &b)) return NULL;
    if (!wired && !a.unit && !b.unit) return NULL;
    return count == 1 ? made_one(maker, &a) : made_two(maker, &a, &b);
}

static PyObject *maker_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names) {
    Maker *maker = (Maker *)self;
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    if (!names) {
        PyObject *made = maker_applied(maker, args, count, 0);
        if (made || PyErr_Occurred()) return made;
    }
    return slowly(maker->slow, maker->gate, args, count, names);
}

/* maker.wire(*operands): a unit in any case, also of numbers alone. */
static PyObject *maker_wire(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    PyObject *made = maker_applied((Maker *)self, args, count, 1);
    if (!made && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "operands are units and floats, as many as are declared");
    return made;
}

/* maker.flat(operands): a gate of any number, its operands in one tuple, group by group. */
static PyObject *maker_flat(PyObject *self, PyObject *given) {
    Maker *maker = (Maker *)self;
    if (!PyTuple_CheckExact(given) || !maker->kernels->many || !PyTuple_GET_SIZE(given) ||
        PyTuple_GET_SIZE(given) % maker->kernels->arity) {
        PyErr_SetString(PyExc_TypeError, "operands stand in one tuple, group by group");
        return NULL;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(given);
    for (Py_ssize_t k = 0; k < count; k++) {
        PyObject *item = PyTuple_GET_ITEM(given, k);
        if (is_unit(item) || PyFloat_CheckExact(item)) continue;
        PyObject *tuple = PyTuple_New(count); /* something to convert */
        for (Py_ssize_t i = 0; tuple && i < count; i++) {
            item = PyTuple_GET_ITEM(given, i);
            item = is_unit(item) ? Py_NewRef(item) : PyObject_CallOneArg(number_function, item);
            if (!item) Py_CLEAR(tuple);
            else PyTuple_SET_ITEM(tuple, i, item);
        }
        return tuple ? made_many(maker, tuple) : NULL;
    }
    return made_many(maker, Py_NewRef(given));
}

/* maker.replay(unit): compute a unit's value and derivatives again from its operands. */
static PyObject *maker_replay(PyObject *self, PyObject *given) {
    const Maker *maker = (Maker *)self;
    const kernels *found = maker->kernels;
    Unit *unit = (Unit *)given;
    if (!is_unit(given) || unit->gate != maker->gate) goto wrong;
    if (found->many || found->arity > 2) {
        if (!(unit->flags & MANY_OPERANDS)) goto wrong;
        PyObject *operands = unit->a;
        Py_ssize_t count = PyTuple_GET_SIZE(operands);
        if (!count || (found->many ? count % found->arity : count != found->arity)) goto wrong;
        for (Py_ssize_t k = 0; k < count; k++)
            if (!is_unit(PyTuple_GET_ITEM(operands, k)) &&
                !PyFloat_Check(PyTuple_GET_ITEM(operands, k)))
                goto wrong;
        double *slopes = unit->flags & SLOPES ? unit->slopes
                                              : PyMem_Malloc((size_t)count * sizeof(double));
        if (!slopes) return PyErr_NoMemory();
        if (computed_many(maker, operands, &unit->value, slopes) < 0) {
            if (!(unit->flags & SLOPES)) PyMem_Free(slopes);
            return NULL;
        }
        unit->slopes = slopes;
        unit->flags |= SLOPES | MANY;
        Py_RETURN_NONE;
    }
    if (unit->flags & MANY_OPERANDS) goto wrong;
    const Unit *a = (Unit *)unit->a, *b = (Unit *)unit->b;
    if ((!a && !(unit->flags & A_CONSTANT)) || (found->arity == 2) != (b || unit->flags & B_CONSTANT))
        goto wrong;
    double x[2] = {a ? a->value : unit->pa, b ? b->value : unit->pb}, p[2];
    found->fixed[(a != NULL) | (b != NULL) << 1](x, maker->statics, &unit->value, p);
    if (a) unit->pa = p[0];
    if (b) unit->pb = p[1];
    unit->flags |= (a ? A_SLOPE : 0) | (b ? B_SLOPE : 0);
    Py_RETURN_NONE;
wrong:
    PyErr_Format(PyExc_TypeError, "%R is no output of %R", given, maker->gate);
    return NULL;
}

static PyObject *bound(PyObject *self, PyObject *instance, PyObject *type) {
    (void)type;
    return instance ? PyMethod_New(self, instance) : Py_NewRef(self);
}

/* Maker(name, gate, guarded, static, slow, number) */
static PyObject *maker_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    const char *name;
    PyObject *gate, *statics, *slow, *number;
    int guarded;
    const kernels *found = NULL;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "a Maker takes no names");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "sOpO!OO", &name, &gate, &guarded, &PyTuple_Type, &statics, &slow,
                          &number))
        return NULL;
    for (Py_ssize_t k = 0; k < COUNT; k++)
        if (!strcmp(TABLE[k].name, name)) found = &TABLE[k];
    if (!found || PyTuple_GET_SIZE(statics) != found->statics) {
        PyErr_Format(PyExc_LookupError, "no kernels of gate %s with %zd static parameters", name,
                     PyTuple_GET_SIZE(statics));
        return NULL;
    }
    Maker *maker = (Maker *)type->tp_alloc(type, 0);
    if (!maker) return NULL;
    maker->vectorcall = maker_call;
    maker->kernels = found;
    maker->gate = Py_NewRef(gate);
    maker->slow = Py_NewRef(slow);
    maker->flags = GUARD_KNOWN | (guarded ? GUARDED : 0);
    maker->statics = PyMem_Calloc((size_t)found->statics + 1, sizeof(double));
    if (!maker->statics) PyErr_NoMemory();
    for (Py_ssize_t k = 0; maker->statics && k < found->statics; k++)
        maker->statics[k] = PyFloat_AsDouble(PyTuple_GET_ITEM(statics, k));
    if (PyErr_Occurred()) Py_CLEAR(maker);
    Py_XSETREF(number_function, Py_NewRef(number));
    return (PyObject *)maker;
}

static int maker_traverse(Maker *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->gate);
    Py_VISIT(self->slow);
    Py_VISIT(self->attributes);
    return 0;
}

static int maker_clear(Maker *self) {
    Py_CLEAR(self->gate);
    Py_CLEAR(self->slow);
    Py_CLEAR(self->attributes);
    return 0;
}

static void maker_dealloc(Maker *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    maker_clear(self);
    PyMem_Free(self->statics);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyMethodDef maker_methods[] = {
    {"wire", (PyCFunction)(void (*)(void))maker_wire, METH_FASTCALL,
     "Apply the gate and make a unit, also of numbers alone."},
    {"flat", maker_flat, METH_O, "Apply a gate of any number to the operands in one tuple."},
    {"replay", maker_replay, METH_O, "Compute a unit of this gate again."},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef maker_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Maker, vectorcall), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(Maker, attributes), READONLY, NULL},
    {"gate", T_OBJECT_EX, offsetof(Maker, gate), READONLY, "The gate it applies."},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef maker_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot maker_slots[] = {
    {Py_tp_new, maker_new},
    {Py_tp_dealloc, maker_dealloc},
    {Py_tp_traverse, maker_traverse},
    {Py_tp_clear, maker_clear},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_descr_get, bound},
    {Py_tp_methods, maker_methods},
    {Py_tp_members, maker_members},
    {Py_tp_getset, maker_getset},
    {0, NULL},
};
static PyType_Spec maker_spec = {
    "gatenet._native.units.Maker", sizeof(Maker), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
        Py_TPFLAGS_METHOD_DESCRIPTOR,
    maker_slots,
};

/* A caller stands for Gate.__call__: it finds the gate's maker, if there is one. */

static PyObject *caller_call(PyObject *self, PyObject *const *args, size_t nargsf,
                             PyObject *names) {
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    PyObject *slow = ((Caller *)self)->slow;
    if (!names && count > 1) {
        PyObject *known = PyObject_GetAttr(args[0], made_key);
        if (!known) return NULL;
        PyObject *maker =
            PyDict_Check(known) ? PyDict_GetItemWithError(known, native_key) : NULL;
        PyObject *made = NULL;
        if (maker && Py_IS_TYPE(maker, maker_type) && ((Maker *)maker)->gate == args[0]) {
            Py_INCREF(maker);
            made = maker_applied((Maker *)maker, args + 1, count - 1, 0);
            Py_DECREF(maker);
        }
        Py_DECREF(known);
        if (made || PyErr_Occurred()) return made;
    }
    return PyObject_Vectorcall(slow, args, nargsf & ~PY_VECTORCALL_ARGUMENTS_OFFSET, names);
}

/* Caller(function) */
static PyObject *caller_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    PyObject *slow;
    (void)kwargs;
    if (!PyArg_ParseTuple(args, "O", &slow)) return NULL;
    Caller *caller = (Caller *)type->tp_alloc(type, 0);
    if (!caller) return NULL;
    caller->vectorcall = caller_call;
    caller->slow = Py_NewRef(slow);
    return (PyObject *)caller;
}

static int caller_traverse(Caller *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->slow);
    return 0;
}

static int caller_clear(Caller *self) {
    Py_CLEAR(self->slow);
    return 0;
}

static void caller_dealloc(Caller *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    caller_clear(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyMemberDef caller_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Caller, vectorcall), READONLY, NULL},
    {"__wrapped__", T_OBJECT_EX, offsetof(Caller, slow), READONLY, "The function behind it."},
    {NULL, 0, 0, 0, NULL},
};
static PyType_Slot caller_slots[] = {
    {Py_tp_new, caller_new},
    {Py_tp_dealloc, caller_dealloc},
    {Py_tp_traverse, caller_traverse},
    {Py_tp_clear, caller_clear},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_descr_get, bound},
    {Py_tp_members, caller_members},
    {0, NULL},
};
static PyType_Spec caller_spec = {
    "gatenet._native.units.Caller", sizeof(Caller), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
        Py_TPFLAGS_METHOD_DESCRIPTOR,
    caller_slots,
};

/* The operators. */

static struct {
    Maker *maker;
    PyObject *forward, *reflected; /* Python's way for what is no plain case */
} operators[UNIT_OPERATORS];

PyObject *units_operator(PyObject *module, PyObject *arguments) {
    int sign;
    PyObject *maker, *forward, *reflected;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "iO!OO", &sign, maker_type, &maker, &forward, &reflected))
        return NULL;
    const kernels *found = ((Maker *)maker)->kernels;
    if (sign < 0 || sign >= UNIT_OPERATORS || found->many ||
        found->arity != (sign < UNIT_UNARY ? 2 : 1)) {
        PyErr_SetString(PyExc_ValueError, "no such operator of units");
        return NULL;
    }
    Py_XSETREF(operators[sign].maker, (Maker *)Py_NewRef(maker));
    Py_XSETREF(operators[sign].forward, Py_NewRef(forward));
    Py_XSETREF(operators[sign].reflected, Py_NewRef(reflected));
    Py_RETURN_NONE;
}

PyObject *unit_binary(PyObject *left, PyObject *right, int sign) {
    const Maker *maker = operators[sign].maker;
    operand a, b;
    if (!maker) Py_RETURN_NOTIMPLEMENTED;
    const int forward = is_unit(left);
    if (!forward && !is_unit(right)) Py_RETURN_NOTIMPLEMENTED;
    if (plain_operand(left, &a) && plain_operand(right, &b)) {
        /* sum() starts with the int 0 */
        if (sign == UNIT_ADD && !a.unit && a.value == 0.0 && PyLong_CheckExact(left))
            return Py_NewRef(right);
        if (sign == UNIT_ADD && !b.unit && b.value == 0.0 && PyLong_CheckExact(right))
            return Py_NewRef(left);
        return made_two(maker, &a, &b);
    }
    return forward ? PyObject_CallFunctionObjArgs(operators[sign].forward, left, right, NULL)
                   : PyObject_CallFunctionObjArgs(operators[sign].reflected, right, left, NULL);
}

PyObject *unit_unary(PyObject *thing, int sign) {
    const Maker *maker = operators[sign].maker;
    operand a;
    if (maker && is_unit(thing) && plain_operand(thing, &a)) return made_one(maker, &a);
    PyErr_Format(PyExc_TypeError, "bad operand: %R", thing);
    return NULL;
}

/* What the module gets from here: the types, and the digest of every gate's kernels by name. */
int unit_makers_ready(PyObject *module) {
    made_key = PyUnicode_InternFromString("made");
    native_key = PyUnicode_InternFromString("native");
    maker_type = (PyTypeObject *)PyType_FromSpec(&maker_spec);
    PyObject *caller_type = PyType_FromSpec(&caller_spec);
    PyObject *digests = PyDict_New();
    int done = made_key && native_key && maker_type && caller_type && digests ? 0 : -1;
    for (Py_ssize_t k = 0; !done && k < COUNT; k++) {
        PyObject *digest = PyUnicode_FromString(TABLE[k].digest);
        done = digest ? PyDict_SetItemString(digests, TABLE[k].name, digest) : -1;
        Py_XDECREF(digest);
    }
    if (!done) done = PyModule_AddObjectRef(module, "Maker", (PyObject *)maker_type);
    if (!done) done = PyModule_AddObjectRef(module, "Caller", caller_type);
    if (!done) done = PyModule_AddObjectRef(module, "digests", digests);
    Py_XDECREF(caller_type);
    Py_XDECREF(digests);
    return done;
}
