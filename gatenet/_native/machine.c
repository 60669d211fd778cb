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

/* One kernel more than there are gates: two that follow each other, with both roundings. */
#define ALL(ONE, TWO, THREE) EVERY_GATE(ONE, TWO, THREE) THREE(multiply_add, (c + a * b))

typedef void (*kernel)(double *restrict z, const double *a, const double *b, const double *c, int n);

/* What there is of everything for each instruction set. */
typedef struct {
    const kernel (*table)[8];
    double (*sum)(const double *x, int n);
    double (*product)(const double *a, const double *b, int s, int t);
} way;

#define EACH "lanes.h"
#include "paths.h"

static const gate_name GATES[] = {ALL(ONE_NAME, TWO_NAME, THREE_NAME)};
#define COUNT ((int)(sizeof(GATES) / sizeof(GATES[0])))

static const way *way_of(int path) {
#ifdef VECTORS
    if (path == 2) return &avx512_way;
    if (path == 1) return &avx2_way;
#endif
    (void)path;
    return &base_way;
}

/* What a step may be besides a gate.  PRODUCT is the result a * b + 0, ZEROED the result a + 0:
 * gradients start from 0, so that none is -0. */
enum { LOAD = -1, RESULT = -2, PRODUCT = -3, ZEROED = -4 };

typedef struct {
    kernel function; /* NULL for what is no gate */
    double *z;
    const double *a, *b, *c;
    int32_t op, index; /* LOAD: a column of the rows; a result: which */
    int32_t s, t;      /* PRODUCT: 0 where a, b are the same for all lanes, else 1 */
} step;

typedef struct {
    PyObject_HEAD
    Py_ssize_t count, shared, columns, results;
    step *steps;
    double *memory; /* as it was allocated */
    double *uniform;
    const way *way;
    int running;
} Machine;

static void Machine_dealloc(Machine *self) {
    free(self->steps);
    free(self->memory);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* A place in the code: a row of the workspace, or -1 - k for number k that all lanes share. */
static double *placed(Machine *self, double *work, int32_t place, Py_ssize_t rows) {
    if (place >= 0) return place < rows ? work + (size_t)place * LANES : NULL;
    return -1 - (Py_ssize_t)place < self->shared ? self->uniform + (-1 - (Py_ssize_t)place) : NULL;
}

static int decoded(Machine *self, const int32_t *code, double *work, Py_ssize_t rows) {
    for (Py_ssize_t k = 0; k < self->count; k++, code += 5) {
        step *s = &self->steps[k];
        s->op = code[0];
        if (s->op == LOAD) {
            s->z = placed(self, work, code[1], rows);
            s->index = code[2];
            if (code[1] < 0 || !s->z || s->index < 0 || s->index >= self->columns) return -1;
        } else if (s->op == RESULT || s->op == ZEROED || s->op == PRODUCT) {
            s->a = placed(self, work, code[1], rows);
            s->b = placed(self, work, s->op == PRODUCT ? code[3] : code[1], rows);
            s->index = code[2];
            s->s = code[1] >= 0;
            s->t = code[3] >= 0;
            if (!s->a || !s->b || s->index < 0 || s->index >= self->results) return -1;
            if (code[1] < 0 && s->op != PRODUCT) return -1;
        } else {
            const double *operands[3] = {NULL, NULL, NULL};
            int mask = 0;
            if (s->op < 0 || s->op >= COUNT || code[1] < 0) return -1;
            s->z = placed(self, work, code[1], rows);
            for (int i = 0; i < GATES[s->op].arity; i++) {
                operands[i] = placed(self, work, code[2 + i], rows);
                if (!operands[i] || operands[i] == s->z) return -1;
                if (code[2 + i] < 0) mask |= 1 << i;
            }
            if (!s->z) return -1;
            s->a = operands[0];
            s->b = operands[1] ? operands[1] : operands[0];
            s->c = operands[2] ? operands[2] : operands[0];
            s->function = self->way->table[s->op][mask];
        }
    }
    return 0;
}

static PyObject *Machine_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"code", "rows", "shared", "columns", "results", "path", NULL};
    Py_buffer code;
    Py_ssize_t rows, shared, columns, results;
    int path = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*nnnn|i", names, &code, &rows, &shared,
                                     &columns, &results, &path))
        return NULL;
    if (path < 0) path = best_instructions();
    Machine *self = NULL;
    if (code.len % (5 * sizeof(int32_t)) || rows < 0 || shared < 0 || columns < 0 || results < 0 ||
        rows > INT32_MAX || shared > INT32_MAX || path > best_instructions()) {
        PyErr_SetString(PyExc_ValueError, "this machine cannot be made: a size or path is wrong");
        goto done;
    }
    self = (Machine *)type->tp_alloc(type, 0);
    if (!self) goto done;
    self->count = code.len / (Py_ssize_t)(5 * sizeof(int32_t));
    self->shared = shared;
    self->columns = columns;
    self->results = results;
    self->way = way_of(path);
    self->steps = calloc(self->count ? (size_t)self->count : 1, sizeof(step));
    size_t numbers = (size_t)rows * LANES + (size_t)shared + 16;
    self->memory = calloc(numbers, sizeof(double));
    if (!self->steps || !self->memory) {
        PyErr_NoMemory();
        Py_CLEAR(self);
        goto done;
    }
    double *work = (double *)(((uintptr_t)self->memory + 63) & ~(uintptr_t)63);
    self->uniform = work + (size_t)rows * LANES;
    if (decoded(self, code.buf, work, rows) < 0) {
        PyErr_SetString(PyExc_ValueError, "the machine's code reads or writes what is not there");
        Py_CLEAR(self);
    }
done:
    PyBuffer_Release(&code);
    return (PyObject *)self;
}

/* A result that is something plus 0: in full where `out` is asked for, its sum where `sums` is. */
static void zeroed(const Machine *self, const step *s, int n, double *out, double *sums) {
    double row[LANES];
    const double *x = s->a;
    if (s->op == PRODUCT) {
        if (sums && n == LANES) *sums = self->way->product(s->a, s->b, s->s, s->t) + 0.0;
        if (!out && n == LANES) return;
        for (int l = 0; l < n; l++) row[l] = s->a[s->s * l] * s->b[s->t * l];
        x = row;
    }
    if (sums && (s->op != PRODUCT || n < LANES)) *sums = self->way->sum(x, n) + 0.0;
    if (out)
        for (int l = 0; l < n; l++) out[l] = x[l] + 0.0;
}

/* One block.  `rows` stand sample after sample, or where `planar` column after column. */
static void run_block(Machine *self, const double *rows, Py_ssize_t start, int n, double *out,
                      Py_ssize_t width, double *sums, int planar) {
    const Py_ssize_t columns = self->columns;
    for (const step *s = self->steps, *end = s + self->count; s < end; s++) {
        if (s->function) {
            s->function(s->z, s->a, s->b, s->c, n);
        } else if (s->op == LOAD && planar) {
            memcpy(s->z, rows + s->index * width + start, (size_t)n * sizeof(double));
        } else if (s->op == LOAD) {
            const double *from = rows + start * columns + s->index;
            for (int l = 0; l < n; l++) s->z[l] = from[l * columns];
        } else if (s->op == RESULT) {
            if (out) memcpy(out + s->index * width + start, s->a, (size_t)n * sizeof(double));
            if (sums) sums[s->index] = self->way->sum(s->a, n);
        } else {
            zeroed(self, s, n, out ? out + s->index * width + start : NULL,
                   sums ? sums + s->index : NULL);
        }
    }
}

static int numbers(PyObject *thing, Py_buffer *view, int flags, Py_ssize_t least, const char *name) {
    if (PyObject_GetBuffer(thing, view, flags | PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0) return -1;
    if (view->itemsize == sizeof(double) && view->format && !strcmp(view->format, "d") &&
        view->len / (Py_ssize_t)sizeof(double) >= least)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s: at least %zd float64 numbers in a row are needed", name,
                 least);
    PyBuffer_Release(view);
    return -1;
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
    if (numbers(rows, &given, PyBUF_SIMPLE, count * self->columns, "rows") < 0) return NULL;
    if (numbers(shared, &common, PyBUF_SIMPLE, self->shared, "shared") < 0) goto release_given;
    if (out != Py_None &&
        numbers(out, &found, PyBUF_WRITABLE, count * self->results, "out") < 0)
        goto release_common;
    Py_ssize_t blocks = (count + LANES - 1) / LANES;
    if (sums != Py_None &&
        numbers(sums, &totals, PyBUF_WRITABLE, blocks * self->results, "sums") < 0)
        goto release_out;
    memcpy(self->uniform, common.buf, (size_t)self->shared * sizeof(double));
    self->running = 1;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t start = first; start < last; start += LANES) {
        int n = last - start < LANES ? (int)(last - start) : LANES;
        double *here = totals.buf ? (double *)totals.buf + start / LANES * self->results : NULL;
        run_block(self, given.buf, start, n, found.buf, count, here, planar);
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
             "Machine(code, rows, shared, columns, results, path=-1)\n--\n\n"
             "A program, decoded: `code` holds five 32-bit numbers a step (the gate's number, the\n"
             "row written, the rows read; -1 - k for shared number k), checked here once.");

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
