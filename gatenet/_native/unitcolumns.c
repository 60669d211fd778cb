/* Many units at once: their values into a buffer of numbers, and numbers from buffers into them.
 *
 * Everything is looked at before anything is changed: what is no unit, or a buffer that is too
 * short, is an error that leaves every unit as it was.
 */

#include "units.h"

/* A sequence of units; `units` must be let go where the count is not negative. */
static Py_ssize_t several(PyObject *given, PyObject **units) {
    *units = PySequence_Fast(given, "a list or tuple of units is needed");
    if (!*units) return -1;
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(*units);
    PyObject **items = PySequence_Fast_ITEMS(*units);
    for (Py_ssize_t k = 0; k < count; k++)
        if (!is_unit(items[k])) {
            PyErr_Format(PyExc_TypeError, "item %zd is no unit", k);
            Py_CLEAR(*units);
            return -1;
        }
    return count;
}

/* At least `least` float64 numbers in a row, from place `first` on. */
static double *column(PyObject *given, Py_buffer *view, int flags, Py_ssize_t first,
                      Py_ssize_t least) {
    if (PyObject_GetBuffer(given, view, flags | PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) return NULL;
    const Py_ssize_t there = view->len / (Py_ssize_t)sizeof(double);
    if (view->itemsize == sizeof(double) && view->format && !strcmp(view->format, "d") &&
        first >= 0 && first <= there && there - first >= least)
        return (double *)view->buf + first;
    PyErr_Format(PyExc_ValueError, "%zd float64 numbers from place %zd on are needed", least, first);
    PyBuffer_Release(view);
    return NULL;
}

static void gradient_set(Unit *unit, double grad) {
    unit->grad = grad;
    unit->flags |= VISITED;
}

PyObject *units_values(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *given, *buffer, *units, *answer = NULL;
    Py_buffer view;
    if (!PyArg_ParseTuple(arguments, "OO", &given, &buffer)) return NULL;
    const Py_ssize_t count = several(given, &units);
    if (count < 0) return NULL;
    double *to = column(buffer, &view, PyBUF_WRITABLE, 0, count);
    if (to) {
        PyObject **items = PySequence_Fast_ITEMS(units);
        for (Py_ssize_t k = 0; k < count; k++) to[k] = ((Unit *)items[k])->value;
        PyBuffer_Release(&view);
        answer = Py_NewRef(Py_None);
    }
    Py_DECREF(units);
    return answer;
}

PyObject *units_add_grads(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *given, *buffer, *units, *answer = NULL;
    Py_ssize_t first;
    Py_buffer view;
    if (!PyArg_ParseTuple(arguments, "OOn", &given, &buffer, &first)) return NULL;
    const Py_ssize_t count = several(given, &units);
    if (count < 0) return NULL;
    const double *from = column(buffer, &view, PyBUF_SIMPLE, first, count);
    if (from) {
        PyObject **items = PySequence_Fast_ITEMS(units);
        for (Py_ssize_t k = 0; k < count; k++) {
            Unit *unit = (Unit *)items[k];
            gradient_set(unit, unit->flags & VISITED ? unit->grad + from[k] : from[k]);
        }
        PyBuffer_Release(&view);
        answer = Py_NewRef(Py_None);
    }
    Py_DECREF(units);
    return answer;
}

PyObject *units_write(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *given, *values, *grads, *units, *answer = NULL;
    Py_buffer view, other;
    long long now;
    if (!PyArg_ParseTuple(arguments, "OOOL", &given, &values, &grads, &now)) return NULL;
    const Py_ssize_t count = several(given, &units);
    if (count < 0) return NULL;
    const double *value = column(values, &view, PyBUF_SIMPLE, 0, count), *grad;
    if (value && (grad = column(grads, &other, PyBUF_SIMPLE, 0, count))) {
        PyObject **items = PySequence_Fast_ITEMS(units);
        for (Py_ssize_t k = 0; k < count; k++) {
            Unit *unit = (Unit *)items[k];
            unit->value = value[k];
            unit->time = now;
            gradient_set(unit, grad[k]);
        }
        PyBuffer_Release(&other);
        answer = Py_NewRef(Py_None);
    }
    if (value) PyBuffer_Release(&view);
    Py_DECREF(units);
    return answer;
}
