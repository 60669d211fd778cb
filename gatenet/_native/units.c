/* The unit type in C: the storage of gatenet.storage.Storage, with numbers unboxed.
 *
 * `UnitBase` has the pure-Python type's slots as descriptors of the same names and meanings, so
 * that everything written in Python works on it unchanged; class Unit in gatenet/unit.py stays
 * Python's and inherits from it.
 *
 * Units are not known to the cycle collector, which would cost more than the arithmetic.  That is
 * safe because a unit is made after its operands and never gets others: units alone make no cycle.
 * Its name is a str.  Its gate is a record that holds formulas, functions and numbers; only a rule
 * given as a Python function could hold, in its closure, a unit that was made by that very rule,
 * and such a loop would stay.
 */

#include <stddef.h>

#include "units.h"

PyTypeObject *UnitType = NULL;
int64_t unit_clock = 0, unit_written = 0;
Py_ssize_t units_alive = 0;
int units_watched = 0;

static PyTypeObject *base_type = NULL;
static PyObject *leaves = NULL; /* the four leaf records; the last two need no gradient */
static PyObject *names = NULL;  /* the namespace of printed code, where "noted" is found */

/* Making and freeing. */

static PyObject *unit_alloc(PyTypeObject *type, Py_ssize_t count) {
    (void)count;
    Unit *unit = unit_allocated(type);
    if (!unit) return NULL;
    memset((char *)unit + sizeof(PyObject), 0, sizeof(Unit) - sizeof(PyObject));
    return (PyObject *)unit;
}

static void drop_slopes(Unit *unit) {
    if (unit->flags & SLOPES) {
        PyMem_Free(unit->slopes);
        unit->slopes = NULL;
        unit->flags &= ~SLOPES;
    }
}

static void released(Unit *unit) {
    PyTypeObject *type = Py_TYPE(unit);
    if (unit->flags & SLOPES)
        PyMem_Free(unit->slopes);
    else
        Py_XDECREF(unit->b);
    Py_XDECREF(unit->a);
    Py_XDECREF(unit->gate);
    Py_XDECREF(unit->name);
    PyObject_Free(unit);
    units_alive--;
    Py_DECREF(type);
}

/* Units that hold the last reference to others wait in a list: no recursion at any depth. */
static Unit *waiting = NULL;
static int freeing = 0;

static void unit_dealloc(PyObject *self) {
    Unit *unit = (Unit *)self;
    if (freeing) {
        unit->next = waiting;
        waiting = unit;
        return;
    }
    freeing = 1;
    released(unit);
    while (waiting) {
        unit = waiting;
        waiting = unit->next;
        released(unit);
    }
    freeing = 0;
}

/* Unit(2.0), the most usual leaf; what has a name or a role, or is no plain number, goes through
 * Unit.__init__, and everything does while a mode is open. */
static PyObject *unit_called(PyObject *type, PyObject *const *args, size_t nargsf,
                             PyObject *keywords) {
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    if (count == 1 && !keywords && !units_watched && PyFloat_CheckExact(args[0])) {
        Unit *unit = unit_fresh(PyTuple_GET_ITEM(leaves, 0), 0);
        if (unit) unit->value = PyFloat_AS_DOUBLE(args[0]);
        return (PyObject *)unit;
    }
    PyObject *tuple = PyTuple_New(count), *named = keywords ? PyDict_New() : NULL, *made = NULL;
    for (Py_ssize_t k = 0; tuple && k < count; k++)
        PyTuple_SET_ITEM(tuple, k, Py_NewRef(args[k]));
    int done = tuple && (named || !keywords) ? 0 : -1;
    for (Py_ssize_t k = 0; !done && keywords && k < PyTuple_GET_SIZE(keywords); k++)
        done = PyDict_SetItem(named, PyTuple_GET_ITEM(keywords, k), args[count + k]);
    if (!done) made = PyType_Type.tp_call(type, tuple, named);
    Py_XDECREF(tuple);
    Py_XDECREF(named);
    return made;
}

/* The slots. */

static PyObject *boxed(int there, double number) {
    if (there) return PyFloat_FromDouble(number);
    Py_RETURN_NONE;
}

static int deletion(PyObject *value) {
    if (value) return 0;
    PyErr_SetString(PyExc_AttributeError, "a unit's attributes cannot be deleted");
    return 1;
}

static int number_of(PyObject *value, double *number) {
    if (deletion(value)) return -1;
    *number = PyFloat_AsDouble(value);
    return *number == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *get_value(Unit *unit, void *closure) {
    (void)closure;
    return PyFloat_FromDouble(unit->value);
}

static int set_value(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    double number;
    if (number_of(value, &number) < 0) return -1;
    unit->value = number;
    return 0;
}

static PyObject *get_grad(Unit *unit, void *closure) {
    (void)closure;
    return boxed(unit->flags & VISITED, unit->grad);
}

static int set_grad(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    double number = 0.0;
    if (value != Py_None && number_of(value, &number) < 0) return -1;
    unit->grad = number;
    if (value == Py_None)
        unit->flags &= ~VISITED;
    else
        unit->flags |= VISITED;
    return 0;
}

static PyObject *get_name(Unit *unit, void *closure) {
    (void)closure;
    return Py_NewRef(unit->name ? unit->name : Py_None);
}

static int set_name(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    if (deletion(value)) return -1;
    if (value != Py_None && !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "a unit's name is a str or None");
        return -1;
    }
    Py_XSETREF(unit->name, value == Py_None ? NULL : Py_NewRef(value));
    return 0;
}

static PyObject *get_gate(Unit *unit, void *closure) {
    (void)closure;
    if (unit->gate) return Py_NewRef(unit->gate);
    PyErr_SetString(PyExc_AttributeError, "_gate");
    return NULL;
}

static int set_gate(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    if (deletion(value)) return -1;
    Py_XSETREF(unit->gate, Py_NewRef(value));
    unit->flags &= ~(GUARDED | GUARD_KNOWN);
    return 0;
}

static PyObject *get_serial(Unit *unit, void *closure) {
    (void)closure;
    return PyLong_FromUnsignedLongLong(unit->serial);
}

static int set_serial(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    if (deletion(value)) return -1;
    long long number = PyLong_AsLongLong(value);
    if (number == -1 && PyErr_Occurred()) return -1;
    if (number < 0 || number >> 52) {
        PyErr_Format(PyExc_OverflowError, "%lld is no serial number", number);
        return -1;
    }
    unit->serial = (uint64_t)number;
    return 0;
}

static PyObject *get_time(Unit *unit, void *closure) {
    (void)closure;
    return PyLong_FromLongLong(unit->time);
}

static int set_time(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    if (deletion(value)) return -1;
    long long number = PyLong_AsLongLong(value);
    if (number == -1 && PyErr_Occurred()) return -1;
    unit->time = number;
    return 0;
}

static PyObject *get_a(Unit *unit, void *closure) {
    (void)closure;
    if (unit->a) return Py_NewRef(unit->a);
    return boxed(unit->flags & A_CONSTANT, unit->pa);
}

static PyObject *get_b(Unit *unit, void *closure) {
    (void)closure;
    if (!(unit->flags & SLOPES) && unit->b) return Py_NewRef(unit->b);
    return boxed(unit->flags & B_CONSTANT, unit->pb);
}

/* Refuse what is no operand: the sweep follows these without asking again. */
static int is_operand(PyObject *value) {
    if (is_unit(value) || PyFloat_Check(value) || PyLong_Check(value)) return 1;
    PyErr_Format(PyExc_TypeError, "an operand is a unit or a float, not %R", value);
    return 0;
}

static int set_a(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    if (deletion(value)) return -1;
    unsigned flag = 0;
    double number = 0.0;
    PyObject *held = NULL;
    if (PyTuple_CheckExact(value)) {
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(value); k++)
            if (!is_operand(PyTuple_GET_ITEM(value, k))) return -1;
        flag = MANY_OPERANDS;
        held = value;
    } else if (value != Py_None) {
        if (!is_operand(value)) return -1;
        if (is_unit(value))
            held = value;
        else if (number_of(value, &number) < 0)
            return -1;
        else
            flag = A_CONSTANT;
    }
    drop_slopes(unit);
    unit->flags &= ~(A_CONSTANT | A_SLOPE | MANY_OPERANDS);
    unit->flags |= flag;
    if (flag == A_CONSTANT) unit->pa = number;
    Py_XSETREF(unit->a, Py_XNewRef(held));
    return 0;
}

static int set_b(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    if (deletion(value)) return -1;
    if (unit->flags & SLOPES) {
        if (value == Py_None) return 0;
        PyErr_SetString(PyExc_TypeError, "a gate of many operands has them all in _a");
        return -1;
    }
    if (value != Py_None && !is_operand(value)) return -1;
    int constant = value != Py_None && !is_unit(value);
    double number = 0.0;
    if (constant && number_of(value, &number) < 0) return -1;
    PyObject *held = constant || value == Py_None ? NULL : Py_NewRef(value);
    unit->flags &= ~(B_CONSTANT | B_SLOPE);
    if (constant) {
        unit->flags |= B_CONSTANT;
        unit->pb = number;
    }
    Py_XSETREF(unit->b, held);
    return 0;
}

static PyObject *get_pa(Unit *unit, void *closure) {
    (void)closure;
    if (!(unit->flags & SLOPES)) return boxed(unit->flags & A_SLOPE, unit->pa);
    Py_ssize_t count = many_count(unit);
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t k = 0; tuple && k < count; k++) {
        PyObject *number = PyFloat_FromDouble(unit->slopes[k]);
        if (!number) Py_CLEAR(tuple);
        else PyTuple_SET_ITEM(tuple, k, number);
    }
    return tuple;
}

static int set_many_slopes(Unit *unit, PyObject *value) {
    Py_ssize_t count = PyTuple_GET_SIZE(value);
    if (!(unit->flags & MANY_OPERANDS) || count != many_count(unit) ||
        (unit->b && !(unit->flags & SLOPES))) {
        PyErr_SetString(PyExc_TypeError, "there is one local derivative for each operand");
        return -1;
    }
    double *slopes = PyMem_Malloc(sizeof(double) * (size_t)(count ? count : 1));
    if (!slopes) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t k = 0; k < count; k++) {
        if (number_of(PyTuple_GET_ITEM(value, k), &slopes[k]) < 0) {
            PyMem_Free(slopes);
            return -1;
        }
    }
    drop_slopes(unit);
    unit->slopes = slopes;
    unit->flags |= SLOPES;
    return 0;
}

static int set_pa(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    if (deletion(value)) return -1;
    if (PyTuple_CheckExact(value)) return set_many_slopes(unit, value);
    if (value == Py_None) {
        drop_slopes(unit);
        unit->flags &= ~A_SLOPE;
        return 0;
    }
    double number;
    if (number_of(value, &number) < 0) return -1;
    if (!unit->a || unit->flags & (A_CONSTANT | MANY_OPERANDS)) {
        PyErr_SetString(PyExc_TypeError, "only a unit among the operands has a derivative");
        return -1;
    }
    unit->pa = number;
    unit->flags |= A_SLOPE;
    return 0;
}

static PyObject *get_pb(Unit *unit, void *closure) {
    (void)closure;
    if (unit->flags & MANY) return Py_NewRef(Py_Ellipsis);
    return boxed(unit->flags & B_SLOPE, unit->pb);
}

static int set_pb(Unit *unit, PyObject *value, void *closure) {
    (void)closure;
    if (deletion(value)) return -1;
    double number = 0.0;
    if (value != Py_None && value != Py_Ellipsis) {
        if (number_of(value, &number) < 0) return -1;
        if (unit->flags & (B_CONSTANT | SLOPES) || !unit->b) {
            PyErr_SetString(PyExc_TypeError, "only a unit among the operands has a derivative");
            return -1;
        }
        unit->pb = number;
    }
    unit->flags &= ~(MANY | B_SLOPE);
    if (value == Py_Ellipsis)
        unit->flags |= MANY;
    else if (value != Py_None)
        unit->flags |= B_SLOPE;
    return 0;
}

static PyGetSetDef slots[] = {
    {"_a", (getter)get_a, (setter)set_a, "The first operand, or all of them.", NULL},
    {"_b", (getter)get_b, (setter)set_b, "The second operand.", NULL},
    {"_gate", (getter)get_gate, (setter)set_gate, "What drives it.", NULL},
    {"_grad", (getter)get_grad, (setter)set_grad, "Its gradient, or None.", NULL},
    {"_name", (getter)get_name, (setter)set_name, "Its name, or None.", NULL},
    {"_pa", (getter)get_pa, (setter)set_pa, "The local derivative in _a, or all.", NULL},
    {"_pb", (getter)get_pb, (setter)set_pb, "The local derivative in _b, or ....", NULL},
    {"_serial", (getter)get_serial, (setter)set_serial, "Its number.", NULL},
    {"_time", (getter)get_time, (setter)set_time, "When its value was computed.", NULL},
    {"_value", (getter)get_value, (setter)set_value, "Its value.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* The operators. */

static PyObject *nb_add(PyObject *a, PyObject *b) { return unit_binary(a, b, UNIT_ADD); }
static PyObject *nb_subtract(PyObject *a, PyObject *b) { return unit_binary(a, b, UNIT_SUBTRACT); }
static PyObject *nb_multiply(PyObject *a, PyObject *b) { return unit_binary(a, b, UNIT_MULTIPLY); }
static PyObject *nb_divide(PyObject *a, PyObject *b) { return unit_binary(a, b, UNIT_DIVIDE); }

static PyObject *nb_power(PyObject *a, PyObject *b, PyObject *modulus) {
    if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
    return unit_binary(a, b, UNIT_POWER);
}

static PyObject *nb_negative(PyObject *a) { return unit_unary(a, UNIT_NEGATE); }
static PyObject *nb_absolute(PyObject *a) { return unit_unary(a, UNIT_ABSOLUTE); }

static PyType_Slot base_slots[] = {
    {Py_tp_doc, "What a unit stores, with numbers unboxed."},
    {Py_tp_getset, slots},
    {Py_tp_dealloc, unit_dealloc},
    {Py_tp_alloc, unit_alloc},
    {Py_nb_add, nb_add},
    {Py_nb_subtract, nb_subtract},
    {Py_nb_multiply, nb_multiply},
    {Py_nb_true_divide, nb_divide},
    {Py_nb_power, nb_power},
    {Py_nb_negative, nb_negative},
    {Py_nb_absolute, nb_absolute},
    {0, NULL},
};
static PyType_Spec base_spec = {
    "gatenet._native.units.UnitBase", sizeof(Unit), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    base_slots,
};

/* What the eager engine asks of a new unit while a mode (no_grad, record ...) is open. */
int unit_noted(Unit *unit) {
    PyObject *noted = PyDict_GetItemString(names, "noted");
    if (!noted) {
        PyErr_SetString(PyExc_SystemError, "there are no modes to ask");
        return -1;
    }
    PyObject *done = PyObject_CallOneArg(noted, (PyObject *)unit);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static PyObject *set_active(PyObject *module, PyObject *count) {
    (void)module;
    long number = PyLong_AsLong(count);
    if (number == -1 && PyErr_Occurred()) return NULL;
    units_watched = number != 0;
    Py_RETURN_NONE;
}

/* 1 for a leaf without a gradient, 0 for one that has it, -1 for what is none of ours. */
int unit_is_frozen_leaf(const Unit *unit) {
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(leaves); k++)
        if (unit->gate == PyTuple_GET_ITEM(leaves, k)) return k >= 2;
    return -1;
}

/* The module. */

static PyObject *adopt(PyObject *module, PyObject *arguments) {
    (void)module;
    PyTypeObject *type;
    PyObject *records;
    PyObject *namespace;
    if (!PyArg_ParseTuple(arguments, "O!O!O!", &PyType_Type, &type, &PyTuple_Type, &records,
                          &PyDict_Type, &namespace))
        return NULL;
    if (UnitType || !PyType_IsSubtype(type, base_type) ||
        type->tp_basicsize != (Py_ssize_t)sizeof(Unit) || PyTuple_GET_SIZE(records) != 4) {
        PyErr_SetString(PyExc_TypeError, "one class, once, that adds nothing to what is stored");
        return NULL;
    }
    /* A class statement makes every class the collector's.  This one has no instance yet, and is
     * taken back before it gets any: see above why that is safe. */
    type->tp_flags &= ~(unsigned long)Py_TPFLAGS_HAVE_GC;
    type->tp_traverse = NULL;
    type->tp_clear = NULL;
    type->tp_free = PyObject_Free;
    type->tp_alloc = unit_alloc;
    type->tp_dealloc = unit_dealloc;
    type->tp_vectorcall = unit_called;
    PyType_Modified(type);
    UnitType = (PyTypeObject *)Py_NewRef(type);
    leaves = Py_NewRef(records);
    names = Py_NewRef(namespace);
    Py_RETURN_NONE;
}

static PyObject *tick(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyLong_FromLongLong(++unit_clock);
}

static PyObject *last_write(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyLong_FromLongLong(unit_written);
}

static PyObject *write_now(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyLong_FromLongLong(unit_written = ++unit_clock);
}

static PyObject *count_alive(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyLong_FromSsize_t(units_alive);
}

static PyObject *clock_next(PyObject *self) {
    (void)self;
    return PyLong_FromLongLong(++unit_clock);
}

static PyType_Slot clock_slots[] = {
    {Py_tp_doc, "The numbers of units, one after the other."},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, clock_next},
    {0, NULL},
};
static PyType_Spec clock_spec = {
    "gatenet._native.units.Clock", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, clock_slots,
};

static PyMethodDef functions[] = {
    {"adopt", adopt, METH_VARARGS, "adopt(type, leaves, namespace): know the class Unit."},
    {"set_active", set_active, METH_O, "set_active(count): so many modes are open."},
    {"tick", tick, METH_NOARGS, "Take the next serial number."},
    {"last_write", last_write, METH_NOARGS, "When a leaf was last written."},
    {"write_now", write_now, METH_NOARGS, "Note a write and give its time."},
    {"alive", count_alive, METH_NOARGS, "How many units there are."},
    {"operator", units_operator, METH_VARARGS,
     "operator(sign, maker, forward, reflected): what an operator of units does."},
    {"backward", units_backward, METH_VARARGS,
     "backward(outputs, seeds): run a plain pass; False, with nothing changed, where it is none."},
    {"topological", units_topological, METH_O,
     "topological(outputs): what they depend on, in the order of creation."},
    {"values", units_values, METH_VARARGS,
     "values(units, numbers): copy the units' values into the numbers."},
    {"add_grads", units_add_grads, METH_VARARGS,
     "add_grads(units, numbers, first): add numbers to the units' gradients, from place first on."},
    {"write", units_write, METH_VARARGS,
     "write(units, values, grads, now): set values and gradients, as of the time now."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "gatenet._native.units", "The unit type and its sweep in C.", -1,
    functions, NULL, NULL, NULL, NULL,
};

static int added_type(PyObject *module, const char *name, PyObject *type) {
    int done = type ? PyModule_AddObjectRef(module, name, type) : -1;
    Py_XDECREF(type);
    return done;
}

PyMODINIT_FUNC PyInit_units(void) {
    PyObject *module = PyModule_Create(&definition);
    if (!module) return NULL;
    base_type = (PyTypeObject *)PyType_FromSpec(&base_spec);
    PyObject *clock_type = PyType_FromSpec(&clock_spec);
    PyObject *clock = clock_type ? PyType_GenericAlloc((PyTypeObject *)clock_type, 0) : NULL;
    Py_XDECREF(clock_type);
    if (added_type(module, "UnitBase", Py_XNewRef((PyObject *)base_type)) < 0 ||
        added_type(module, "clock", clock) < 0 || unit_makers_ready(module) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
