/* The lane machine: a flat program of primitive gates, run over up to 128 samples side by side.
 *
 * A program is a list of steps; each reads rows of a workspace (one number for each lane) or
 * numbers that all lanes share, and writes a row.  Arithmetic is IEEE's: the file is built without
 * contraction and without -ffast-math, and the vector loops do for each lane what a single
 * operation would do, so that every instruction set, lane count and thread gives the same bits.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define LANES 128

static const gate_name GATES[] = {
    EVERY_GATE(ONE_NAME, TWO_NAME, THREE_NAME) THREE_NAME(multiply_add, )
};
#define COUNT ((int)(sizeof(GATES) / sizeof(GATES[0])))

/* What a step may be besides a gate.  PRODUCT is the result a * b + 0, ZEROED the result a + 0:
 * gradients start from 0, so that none is -0. */
enum { LOAD = -1, RESULT = -2, PRODUCT = -3, ZEROED = -4 };

typedef struct {
    PyObject_HEAD
    Py_ssize_t count, shared, columns, results;
    void *steps, *memory, *uniform; /* memory as it was allocated */
    const void *way;
    int running, size; /* of a number: 8 bytes or 4 */
} Machine;

static void Machine_dealloc(Machine *self) {
    free(self->steps);
    free(self->memory);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

#define real double
#define SIZED(name) name##_64
#define EVERY EVERY_GATE
#include "blocks.h"

#define real float
#define SIZED(name) name##_32
#define EVERY EVERY_GATE_32
#include "blocks.h"

static PyObject *Machine_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"code", "rows", "shared", "columns", "results", "path", "size", NULL};
    Py_buffer code;
    Py_ssize_t rows, shared, columns, results;
    int path = -1, size = sizeof(double);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*nnnn|ii", names, &code, &rows, &shared,
                                     &columns, &results, &path, &size))
        return NULL;
    if (path < 0) path = best_instructions();
    Machine *self = NULL;
    if (code.len % (5 * sizeof(int32_t)) || rows < 0 || shared < 0 || columns < 0 || results < 0 ||
        rows > INT32_MAX || shared > INT32_MAX || path > best_instructions() || (size != sizeof(double) && size != sizeof(float))) {
        PyErr_SetString(PyExc_ValueError, "this machine cannot be made: a size or path is wrong");
        goto done;
    }
    self = (Machine *)type->tp_alloc(type, 0);
    if (!self) goto done;
    self->count = code.len / (Py_ssize_t)(5 * sizeof(int32_t));
    self->shared = shared;
    self->columns = columns;
    self->results = results;
    self->size = size;
    const int single = size == sizeof(float);
    self->way = single ? (const void *)way_of_32(path) : (const void *)way_of_64(path);
    self->steps = calloc(self->count ? (size_t)self->count : 1,
                         single ? sizeof(step_32) : sizeof(step_64));
    size_t places = (size_t)rows * LANES;
    self->memory = calloc((places + (size_t)shared) * (size_t)size + 128, 1);
    if (!self->steps || !self->memory) {
        PyErr_NoMemory();
        Py_CLEAR(self);
        goto done;
    }
    char *work = (char *)(((uintptr_t)self->memory + 63) & ~(uintptr_t)63);
    self->uniform = work + places * (size_t)size;
    if (single ? decoded_32(self, code.buf, (float *)work, rows)
               : decoded_64(self, code.buf, (double *)work, rows)) {
        PyErr_SetString(PyExc_ValueError, "the machine's code reads or writes what is not there");
        Py_CLEAR(self);
    }
done:
    PyBuffer_Release(&code);
    return (PyObject *)self;
}

/* At least `least` numbers of a size in a row. */
static int sized_numbers(PyObject *thing, Py_buffer *view, int flags, Py_ssize_t least,
                         const char *name, int size) {
    if (PyObject_GetBuffer(thing, view, flags | PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) return -1;
    if (view->itemsize == size && view->format &&
        !strcmp(view->format, size == sizeof(float) ? "f" : "d") && view->len / size >= least)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s: at least %zd float%d numbers in a row are needed", name,
                 least, 8 * size);
    PyBuffer_Release(view);
    return -1;
}

static int numbers(PyObject *thing, Py_buffer *view, int flags, Py_ssize_t least, const char *name) {
    return sized_numbers(thing, view, flags, least, name, sizeof(double));
}

PyDoc_STRVAR(run_doc,
             "run(rows, shared, count, first, last, out, sums, planar=0)\n--\n\n"
             "Run samples first to last of `count`; first stands at the start of a block of 128.\n"
             "`rows` holds the columns of each sample, one sample after the other (where `planar`\n"
             "one column after the other), `shared` the numbers of all samples.  The results go to\n"
             "`out` (results by samples) and block sums to `sums` (blocks by results), where these\n"
             "are not None.  The interpreter's lock is let go meanwhile.");

static PyObject *Machine_run(Machine *self, PyObject *args) {
    PyObject *rows, *shared, *out, *sums, *answer = NULL;
    Py_ssize_t count, first, last;
    Py_buffer given, common, found = {0}, totals = {0};
    int planar = 0;
    if (!PyArg_ParseTuple(args, "OOnnnOO|p", &rows, &shared, &count, &first, &last, &out, &sums,
                          &planar))
        return NULL;
    if (first < 0 || first % LANES || last < first || last > count) {
        PyErr_SetString(PyExc_ValueError, "these samples are not whole blocks of the rows");
        return NULL;
    }
    if (self->running) {
        PyErr_SetString(PyExc_RuntimeError, "this machine is running in another thread");
        return NULL;
    }
    if (sized_numbers(rows, &given, PyBUF_SIMPLE, count * self->columns, "rows", self->size) < 0) return NULL;
    if (sized_numbers(shared, &common, PyBUF_SIMPLE, self->shared, "shared", self->size) < 0) goto release_given;
    if (out != Py_None && sized_numbers(out, &found, PyBUF_WRITABLE, count * self->results, "out",
                                        self->size) < 0)
        goto release_common;
    Py_ssize_t blocks = (count + LANES - 1) / LANES;
    if (sums != Py_None && sized_numbers(sums, &totals, PyBUF_WRITABLE, blocks * self->results,
                                         "sums", self->size) < 0)
        goto release_out;
    memcpy(self->uniform, common.buf, (size_t)(self->shared * self->size));
    self->running = 1;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t start = first; start < last; start += LANES) {
        int n = last - start < LANES ? (int)(last - start) : LANES;
        void *here = totals.buf;
        if (here) here = (char *)here + start / LANES * self->results * self->size;
        if (self->size == sizeof(float))
            run_block_32(self, given.buf, start, n, found.buf, count, here, planar);
        else
            run_block_64(self, given.buf, start, n, found.buf, count, here, planar);
    }
    Py_END_ALLOW_THREADS
    self->running = 0;
    answer = Py_NewRef(Py_None);
    if (totals.buf) PyBuffer_Release(&totals);
release_out:
    if (found.buf) PyBuffer_Release(&found);
release_common:
    PyBuffer_Release(&common);
release_given:
    PyBuffer_Release(&given);
    return answer;
}

static PyMethodDef machine_methods[] = {
    {"run", (PyCFunction)Machine_run, METH_VARARGS, run_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(machine_doc,
             "Machine(code, rows, shared, columns, results, path=-1, size=8)\n--\n\n"
             "A program, decoded: `code` holds five 32-bit numbers a step (the gate's number, the\n"
             "row written, the rows read; -1 - k for shared number k), checked here once.  `size` is\n"
             "that of a number in bytes: 8, float64, or 4, float32.");

static PyTypeObject MachineType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "gatenet._native.machine.Machine",
    .tp_basicsize = sizeof(Machine),
    .tp_dealloc = (destructor)Machine_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = machine_doc,
    .tp_methods = machine_methods,
    .tp_new = Machine_new,
};

#include "steps.h"

PyDoc_STRVAR(added_doc,
             "added(sums, totals, onto)\n--\n\n"
             "Add the block sums of each result (blocks by results) from left to right, `onto` what\n"
             "the totals are already or in their place.");

static PyObject *added(PyObject *Py_UNUSED(ignored), PyObject *args) {
    PyObject *given, *found, *answer = NULL;
    Py_buffer sums, totals;
    int onto;
    if (!PyArg_ParseTuple(args, "OOp", &given, &found, &onto)) return NULL;
    if (numbers(given, &sums, PyBUF_SIMPLE, 0, "sums") < 0) return NULL;
    if (numbers(found, &totals, PyBUF_WRITABLE, 0, "totals") < 0) goto release;
    if (totals.len ? sums.len < totals.len || sums.len % totals.len : sums.len) {
        PyErr_SetString(PyExc_ValueError, "these sums are not whole blocks of so many results");
    } else {
        Py_ssize_t width = totals.len / (Py_ssize_t)sizeof(double);
        const double *from = sums.buf, *end = from + sums.len / (Py_ssize_t)sizeof(double);
        double *to = totals.buf;
        if (!onto && from < end) {
            memcpy(to, from, (size_t)totals.len);
            from += width;
        }
        for (; from < end; from += width)
            for (Py_ssize_t k = 0; k < width; k++) to[k] = to[k] + from[k];
        answer = Py_NewRef(Py_None);
    }
    PyBuffer_Release(&totals);
release:
    PyBuffer_Release(&sums);
    return answer;
}

PyDoc_STRVAR(converted_doc,
             "converted(numbers, into)\n--\n\n"
             "Copy float64 numbers to float32 ones, each rounded, or float32 numbers to float64.");

static PyObject *converted(PyObject *Py_UNUSED(ignored), PyObject *args) {
    PyObject *given, *into;
    Py_buffer from, to;
    if (!PyArg_ParseTuple(args, "OO", &given, &into)) return NULL;
    if (PyObject_GetBuffer(given, &from, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) return NULL;
    const int single = from.itemsize == sizeof(float);
    const Py_ssize_t count = from.itemsize ? from.len / from.itemsize : 0;
    const int fits = from.format && !strcmp(from.format, single ? "f" : "d");
    if (!fits) PyErr_SetString(PyExc_ValueError, "numbers are float64 or float32");
    if (!fits || sized_numbers(into, &to, PyBUF_WRITABLE, count, "into", single ? 8 : 4) < 0) {
        PyBuffer_Release(&from);
        return NULL;
    }
    if (single)
        for (Py_ssize_t k = 0; k < count; k++) ((double *)to.buf)[k] = ((float *)from.buf)[k];
    else
        for (Py_ssize_t k = 0; k < count; k++) ((float *)to.buf)[k] = (float)((double *)from.buf)[k];
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(odd_doc,
             "odd(numbers)\n--\n\n"
             "The place of the first number that is not finite; -1 where all are.");

static PyObject *odd(PyObject *Py_UNUSED(ignored), PyObject *given) {
    Py_buffer view;
    if (numbers(given, &view, PyBUF_SIMPLE, 0, "numbers") < 0) return NULL;
    const double *x = view.buf;
    Py_ssize_t count = view.len / (Py_ssize_t)sizeof(double), k = 0;
    while (k < count && isfinite(x[k])) k++;
    PyBuffer_Release(&view);
    return PyLong_FromSsize_t(k < count ? k : -1);
}

static PyMethodDef functions[] = {
    {"added", added, METH_VARARGS, added_doc},
    {"converted", converted, METH_VARARGS, converted_doc},
    {"odd", odd, METH_O, odd_doc},
    {"step", step_made, METH_VARARGS, step_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "gatenet._native.machine",
    .m_doc = "The lane machine: flat programs of primitive gates over 128 samples side by side.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit_machine(void) {
    if (PyType_Ready(&MachineType) < 0 || PyType_Ready(&WholeType) < 0) return NULL;
    PyObject *made = PyModule_Create(&module);
    if (!made) return NULL;
    PyObject *gates = PyTuple_New(COUNT - 1), *paths = PyTuple_New(best_instructions() + 1);
    if (!gates || !paths) goto failed;
    for (int k = 0; k < COUNT - 1; k++) /* but for multiply_add, which is no gate */
        PyTuple_SET_ITEM(gates, k, PyUnicode_FromString(GATES[k].name));
    for (int k = 0; k <= best_instructions(); k++)
        PyTuple_SET_ITEM(paths, k, PyUnicode_FromString(instructions_named(k)));
    if (PyModule_AddObjectRef(made, "gates", gates) < 0 ||
        PyModule_AddObjectRef(made, "paths", paths) < 0 ||
        PyModule_AddIntConstant(made, "lanes", LANES) < 0 ||
        PyModule_AddIntConstant(made, "multiply_add", COUNT - 1) < 0 ||
        PyModule_AddObjectRef(made, "Machine", (PyObject *)&MachineType) < 0 ||
        PyModule_AddObjectRef(made, "Whole", (PyObject *)&WholeType) < 0)
        goto failed;
    Py_DECREF(gates);
    Py_DECREF(paths);
    return made;
failed:
    Py_XDECREF(gates);
    Py_XDECREF(paths);
    Py_DECREF(made);
    return NULL;
}
