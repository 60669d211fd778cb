/* The wide machine: a wide program, run over one sample or over many lanes of samples.
 *
 * Every number has a slot.  Slots of the first area hold one number for all samples (parameters,
 * seeds, constants); those of the second hold one number for each lane.  A step reads and writes
 * runs of slots: a primitive gate over a run, ordered sums in chunks of up to eight, or a copy of
 * slots that stand apart to where they stand together.  Arithmetic is IEEE's, each sum adds its
 * terms in the order of its table, and every instruction set gives the same bits.
 *
 * The code is checked once, when a machine is made: no step reads or writes beyond its area.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define CHUNK 8
#define BLOCK 128
#define HEAD 4 /* words before the table of a part of a sum */

typedef void (*gate_kernel)(double *restrict z, const double *a, const double *b, const double *c,
                            Py_ssize_t n);
typedef void (*chunk_kernel)(double *z, const double *a, const double *b, const int32_t *table,
                             Py_ssize_t terms, int more);
typedef void (*lanes_kernel)(double *z, const double *a, const double *b, const int32_t *table,
                             Py_ssize_t terms, int more, Py_ssize_t lanes);

typedef void (*adding_kernel)(double *partial, const double *work, const int32_t *ends,
                              const int32_t *live, Py_ssize_t count, Py_ssize_t plain,
                              Py_ssize_t lanes, Py_ssize_t start, Py_ssize_t n);
typedef void (*joining_kernel)(double *sums, const double *partial, const double *work,
                               const int32_t *ends, const int32_t *live, Py_ssize_t count,
                               Py_ssize_t lanes, Py_ssize_t n);
typedef void (*products_kernel)(const double *const *a, const double *const *b, Py_ssize_t n,
                                double *sums);

/* Whether numbers of two vectors can be put into one. */
#if defined(__has_builtin) && WIDTH == 8
#if __has_builtin(__builtin_shufflevector)
#define WIDER 1
#endif
#endif
#ifndef WIDER
#define WIDER 0
#endif

#define EACH "wide.h"
#include "paths.h"

static const gate_name GATES[] = {EVERY_GATE(ONE_NAME, TWO_NAME, THREE_NAME)};
#define COUNT ((int)(sizeof(GATES) / sizeof(GATES[0])))

typedef struct {
    const gate_kernel (*gates)[8];
    const chunk_kernel (*chunks)[3];
    const lanes_kernel (*lanes)[3][4];
    adding_kernel add_up;
    joining_kernel join;
    const products_kernel *products;
    int most; /* the largest of these that the registers hold */
} kernels;

static kernels kernels_of(int path) {
#define KERNELS_OF(path, most)                                                                    \
    (kernels) {                                                                                   \
        path##_gates, path##_chunks, path##_lanes, path##_add_up, path##_join, path##_products,    \
            most                                                                                  \
    }
#ifdef VECTORS
    if (path == 2) return KERNELS_OF(avx512, 2);
    if (path == 1) return KERNELS_OF(avx2, 1);
#endif
    (void)path;
    return KERNELS_OF(base, 1);
}

/* What a step may be besides a gate; how an operand is read: shared by all lanes, one slot for the
 * whole run, slots that stand apart; and what a part of a sum's second factors are, with two more
 * bits for which factors are shared and one for a part that goes on with the sums as they are. */
enum { SUMS = -1, COPY = -2, ONCE = -3 };
enum { SHARED = 1, SINGLE = 2, APART = 4 };
enum { IS_VECTOR = 0, IS_NUMBER = 1, IS_NONE = 2, IS_APART = 3, FIRST_SHARED = 4, SECOND_SHARED = 8,
       MORE = 16 };

typedef struct {
    PyObject_HEAD
    int32_t *code;              /* what is copied once, then the steps, then the results */
    const int32_t *body, *summed, *ends; /* where the steps start, products that are only summed
                                          * over samples, and the results: slot * 2 + shared, or -1
                                          * for such a product */
    int32_t *live; /* the numbers of the results that are slots */
    Py_ssize_t given, shared, slots, columns, results, plain, lanes, lively;
    double *memory, *uniform, *work, *partial;
    kernels run;
    int running;
} Wide;

static void Wide_dealloc(Wide *self) {
    free(self->code);
    free(self->memory);
    free(self->partial);
    free(self->live);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* Whether `count` slots from `slot` on are there. */
static int inside(const Wide *self, int64_t slot, int64_t count, int shared) {
    return slot >= 0 && count >= 0 && slot + count <= (shared ? self->shared : self->slots);
}

/* Check a gate: number, out, size, then for each operand its kind and slot, then the slots of each
 * operand whose slots stand apart.  Give where the next step starts, or NULL. */
static const int32_t *checked_gate(const Wide *self, const int32_t *p, const int32_t *end) {
    const int64_t out = p[1], size = p[2];
    if (p[0] >= COUNT || size < 1 || !inside(self, out, size, 0)) return NULL;
    const int arity = GATES[p[0]].arity;
    if (end - p < 3 + 2 * arity) return NULL;
    const int32_t *operand = p + 3;
    p = operand + 2 * arity;
    for (int k = 0; k < arity; k++, operand += 2) {
        const int kind = operand[0];
        if (kind == APART && self->lanes > 1) {
            if (end - p < size) return NULL;
            for (int64_t i = 0; i < size; i++, p++)
                if (!inside(self, *p, 1, 0) || (*p >= out && *p < out + size)) return NULL;
            continue;
        }
        const int64_t slot = operand[1], count = kind & SINGLE ? 1 : size;
        if (kind < 0 || kind > 3 || !inside(self, slot, count, kind & SHARED)) return NULL;
        if (!(kind & SHARED) && slot < out + size && out < slot + count) return NULL;
    }
    return p;
}

/* Check sums: SUMS, the number of parts, 0; then for each part its kind, where it is written, how
 * many sums (1 to 8) and terms, and its table. */
static const int32_t *checked_sums(const Wide *self, const int32_t *p, const int32_t *end) {
    const int64_t count = p[1];
    if (count < 1) return NULL;
    p += 3;
    for (int64_t part = 0; part < count; part++) {
        if (end - p < HEAD || p[0] < 0 || p[0] > 31 || p[2] < 1 || p[2] > CHUNK || p[3] < 1)
            return NULL;
        const int second = p[0] & 3, a = p[0] & FIRST_SHARED, b = p[0] & SECOND_SHARED;
        const int apart = second == IS_APART, step = apart ? 2 * CHUNK : 2;
        const int64_t terms = p[3];
        if (!inside(self, p[1], p[2], 0) || terms > (end - p - HEAD) / step) return NULL;
        if (self->lanes == 1 ? apart : a && (b || second == IS_NONE)) return NULL;
        p += HEAD;
        for (int64_t k = 0; k < terms; k++, p += step)
            for (int i = 0; i < step / 2; i++) {
                if (!inside(self, p[i], apart ? 1 : CHUNK, a)) return NULL;
                if (second != IS_NONE && !inside(self, p[step / 2 + i],
                                                 second == IS_VECTOR ? CHUNK : 1, b))
                    return NULL;
            }
    }
    return p;
}

/* Check products that are only summed: how many first and second factors, their slots, then for each
 * pair the number of its result. */
static const int32_t *checked_products(const Wide *self, const int32_t *p, const int32_t *end) {
    if (end - p < 2 || p[0] < 1 || p[1] < 1) return NULL;
    const int64_t first = p[0], second = p[1];
    if (first > end - p || second > end - p || first * second + first + second > end - p - 2)
        return NULL;
    p += 2;
    for (int64_t i = 0; i < first + second; i++, p++)
        if (!inside(self, *p, 1, 0)) return NULL;
    for (int64_t i = 0; i < first * second; i++, p++)
        if (*p < self->plain || *p >= self->results || self->ends[*p] != -1) return NULL;
    return p;
}

/* Check one step; COPY or ONCE, out, count, then slots * 2 + whether shared is a copy, ONCE of
 * shared slots before any sample is run.  Give where the next step starts, or NULL. */
static const int32_t *checked(const Wide *self, const int32_t *p, const int32_t *end) {
    if (end - p < 3) return NULL;
    if (p[0] >= 0) return checked_gate(self, p, end);
    if (p[0] == SUMS) return checked_sums(self, p, end);
    const int once = p[0] == ONCE;
    const int64_t size = p[2];
    if ((p[0] != COPY && !once) || size < 1 || size > end - p - 3) return NULL;
    if (!inside(self, p[1], size, once)) return NULL;
    p += 3;
    for (int64_t k = 0; k < size; k++, p++)
        if (!inside(self, p[0] >> 1, 1, p[0] & 1) || (once && !(p[0] & 1))) return NULL;
    return p;
}

static const int32_t *sums_of_one(const Wide *self, const int32_t *p) {
    double rest[4 * CHUNK];
    Py_ssize_t count = p[1];
    p += 3;
    while (count) {
        const int kind = p[0];
        const int32_t out = p[1], sums = p[2];
        const Py_ssize_t terms = p[3], whole = HEAD + 2 * terms;
        Py_ssize_t alike = 1;
        for (const int32_t *next = p + whole; alike < 4 && alike < count; alike++, next += whole)
            if (next[0] != kind || next[1] != out + alike * sums || next[2] != sums ||
                next[3] != terms)
                break;
        if (alike == 3) alike = 2;
        const double *a = kind & FIRST_SHARED ? self->uniform : self->work;
        const double *b = kind & SECOND_SHARED ? self->uniform : self->work;
        const chunk_kernel kernel = self->run.chunks[kind & 3][alike >> 1];
        double *z = self->work + out;
        if (sums == CHUNK) {
            kernel(z, a, b, p + HEAD, terms, kind & MORE);
        } else {
            const size_t bytes = (size_t)sums * sizeof(double);
            memset(rest, 0, sizeof(rest));
            if (kind & MORE)
                for (Py_ssize_t q = 0; q < alike; q++) memcpy(rest + q * CHUNK, z + q * sums, bytes);
            kernel(rest, a, b, p + HEAD, terms, kind & MORE);
            for (Py_ssize_t q = 0; q < alike; q++) memcpy(z + q * sums, rest + q * CHUNK, bytes);
        }
        count -= alike;
        p += alike * whole;
    }
    return p;
}

static const int32_t *sums_of_lanes(const Wide *self, const int32_t *p) {
    const Py_ssize_t lanes = self->lanes;
    Py_ssize_t count = p[1];
    p += 3;
    for (; count; count--) {
        const int kind = p[0], second = kind & 3, sums = p[2];
        const Py_ssize_t terms = p[3];
        double *z = self->work + p[1] * lanes;
        const double *a = kind & FIRST_SHARED ? self->uniform : self->work;
        const double *b = kind & SECOND_SHARED ? self->uniform : self->work;
        /* How far apart the factors of neighbouring sums are, where the table does not say. */
        const Py_ssize_t wide_a = second == IS_APART ? 0 : kind & FIRST_SHARED ? 1 : lanes;
        const Py_ssize_t wide_b = second != IS_VECTOR ? 0 : kind & SECOND_SHARED ? 1 : lanes;
        const lanes_kernel *kernel = self->run.lanes[second][kind >> 2 & 3];
        p += HEAD;
        int done = 0;
        for (int power = 3; power >= 0; power--) {
            if (!(sums & (1 << power))) continue;
            kernel[power](z + done * lanes, a + done * wide_a, b + done * wide_b,
                          second == IS_APART ? p + done : p, terms, kind & MORE, lanes);
            done += 1 << power;
        }
        p += (second == IS_APART ? 2 * CHUNK : 2) * terms;
    }
    return p;
}

static const int32_t *apply_gate(const Wide *self, const int32_t *p) {
    const Py_ssize_t lanes = self->lanes, size = p[2];
    const int arity = GATES[p[0]].arity;
    const double *x[3] = {self->work, self->work, self->work};
    const int32_t *apart[3] = {NULL, NULL, NULL}, *next = p + 3 + 2 * arity;
    Py_ssize_t step[3] = {0, 0, 0};
    int mask = 0, whole = 1;
    for (int k = 0; k < arity; k++) {
        const int kind = p[3 + 2 * k];
        const Py_ssize_t slot = p[4 + 2 * k], wide = kind & SHARED ? 1 : lanes;
        if (kind == APART) {
            apart[k] = next;
            next += size;
            whole = 0;
            continue;
        }
        x[k] = (kind & SHARED ? self->uniform : self->work) + slot * wide;
        step[k] = kind & SINGLE ? 0 : wide;
        if (lanes == 1 ? kind & SINGLE : kind & SHARED) mask |= 1 << k;
        if (lanes > 1 && kind != 0 && kind != (SHARED | SINGLE)) whole = 0;
    }
    double *z = self->work + p[1] * lanes;
    const gate_kernel kernel = self->run.gates[p[0]][mask];
    if (whole) {
        kernel(z, x[0], x[1], x[2], size * lanes);
        return next;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        const double *y[3];
        for (int k = 0; k < 3; k++)
            y[k] = apart[k] ? self->work + apart[k][i] * lanes : x[k] + i * step[k];
        kernel(z + i * lanes, y[0], y[1], y[2], lanes);
    }
    return next;
}

static void copy_slots(const Wide *self, const int32_t *p) {
    const Py_ssize_t lanes = self->lanes, size = p[2];
    double *z = self->work + p[1] * lanes;
    p += 3;
    if (lanes == 1) {
        for (Py_ssize_t i = 0; i < size; i++)
            z[i] = (p[i] & 1 ? self->uniform : self->work)[p[i] >> 1];
        return;
    }
    for (Py_ssize_t i = 0; i < size; i++, z += lanes) {
        if (p[i] & 1) {
            const double x = self->uniform[p[i] >> 1];
            for (Py_ssize_t l = 0; l < lanes; l++) z[l] = x;
        } else {
            memcpy(z, self->work + (Py_ssize_t)(p[i] >> 1) * lanes,
                   (size_t)lanes * sizeof(double));
        }
    }
}

/* Run the steps for the samples whose inputs stand in the workspace. */
static void run_steps(const Wide *self) {
    for (const int32_t *p = self->body; p < self->summed;) {
        if (p[0] >= 0) {
            p = apply_gate(self, p);
        } else if (p[0] == SUMS) {
            p = self->lanes == 1 ? sums_of_one(self, p) : sums_of_lanes(self, p);
        } else {
            copy_slots(self, p);
            p += 3 + (Py_ssize_t)p[2];
        }
    }
}

/* Copy shared slots to where steps read them together; once for all samples. */
static void run_once(const Wide *self) {
    for (const int32_t *p = self->code; p < self->body; p += 3 + (Py_ssize_t)p[2])
        for (int32_t i = 0; i < p[2]; i++) self->uniform[p[1] + i] = self->uniform[p[3 + i] >> 1];
}

/* Hand over the results of `n` samples from `start` on, as columns.  A gradient starts from 0.0, as
 * the sweep's do, so that it is never -0.0. */
static void hand_over(const Wide *self, Py_ssize_t start, Py_ssize_t n, double *out,
                      Py_ssize_t count) {
    const Py_ssize_t lanes = self->lanes;
    for (Py_ssize_t r = 0; r < self->results; r++) {
        const Py_ssize_t slot = self->ends[r] >> 1;
        const int shared = self->ends[r] & 1, gradient = r >= self->plain;
        const double *x = shared ? self->uniform + slot : self->work + slot * lanes;
        double *to = out + r * count + start;
        for (Py_ssize_t l = 0; l < n; l++) {
            const double value = shared ? *x : x[l];
            to[l] = gradient ? value + 0.0 : value;
        }
    }
}

/* Add the results of `n` samples to the 32 partial sums of each; `start` is where they stand in
 * their block.  Eight neighbouring samples go to the eight places of one partial sum, the next
 * eight to those of the next, as gatenet.compiler.sums defines. */
static void add_up(const Wide *self, Py_ssize_t start, Py_ssize_t n) {
    const Py_ssize_t lanes = self->lanes;
    for (Py_ssize_t k = 0; k < self->lively; k++) {
        const int32_t r = self->live[k];
        const Py_ssize_t slot = self->ends[r] >> 1;
        const int shared = self->ends[r] & 1, gradient = r >= self->plain;
        const double *x = shared ? self->uniform + slot : self->work + slot * lanes;
        double *sums = self->partial + k * 32;
        for (Py_ssize_t l = 0; l < n; l++) {
            const double value = (shared ? *x : x[l]) + (gradient ? 0.0 : -0.0);
            const Py_ssize_t place = start + l;
            sums[place % 32] = place < 32 ? value : sums[place % 32] + value;
        }
    }
}

/* Sum products over the n samples of a block, from each pair of factors to its result. */
static void sum_products(const Wide *self, Py_ssize_t n, double *sums) {
    const Py_ssize_t lanes = self->lanes;
    for (const int32_t *p = self->summed; p < self->ends;) {
        const Py_ssize_t first = p[0], second = p[1];
        const int32_t *a = p + 2, *b = a + first, *to = b + second;
        int power = self->run.most;
        while ((1 << power) > first || (1 << power) > second) power--;
        const Py_ssize_t wide = (Py_ssize_t)1 << power;
        p = to + first * second;
        for (Py_ssize_t i = 0; i < first; i += wide) {
            const double *left[4], *right[4];
            if (i > first - wide) i = first - wide; /* the last ones are summed again */
            for (Py_ssize_t k = 0; k < wide; k++) left[k] = self->work + a[i + k] * lanes;
            for (Py_ssize_t j = 0; j < second; j += wide) {
                double found[16];
                if (j > second - wide) j = second - wide;
                for (Py_ssize_t k = 0; k < wide; k++) right[k] = self->work + b[j + k] * lanes;
                self->run.products[power](left, right, n, found);
                for (Py_ssize_t k = 0; k < wide; k++)
                    for (Py_ssize_t m = 0; m < wide; m++)
                        sums[to[(i + k) * second + j + m]] = found[k * wide + m] + 0.0;
            }
        }
    }
}

/* Put the inputs of the samples into the lanes; lanes that are left over repeat the last row. */
static void fill_lanes(const Wide *self, const double *rows, Py_ssize_t some) {
    const Py_ssize_t columns = self->columns, lanes = self->lanes;
    const Py_ssize_t wide = lanes < CHUNK ? lanes : CHUNK;
    for (Py_ssize_t l = 0; l < lanes; l += wide) { /* whole lines of the cache are written */
        const double *row[CHUNK];
        double *to = self->work + l;
        for (Py_ssize_t k = 0; k < wide; k++)
            row[k] = rows + (l + k < some ? l + k : some - 1) * columns;
        if (wide == CHUNK)
            for (Py_ssize_t c = 0; c < columns; c++, to += lanes)
                for (int k = 0; k < CHUNK; k++) to[k] = row[k][c];
        else
            memcpy(to, row[0], (size_t)columns * sizeof(double));
    }
}

static void run_block(const Wide *self, const double *rows, Py_ssize_t start, Py_ssize_t n,
                      double *out, Py_ssize_t count, double *sums) {
    const Py_ssize_t lanes = self->lanes;
    /* Whether the results can be joined as they are: whole groups of lanes, or one sample. */
    const int direct = n == 1 || (n <= lanes && n <= 32 && n % CHUNK == 0);
    for (Py_ssize_t first = start; first < start + n; first += lanes) {
        const Py_ssize_t some = start + n - first < lanes ? start + n - first : lanes;
        fill_lanes(self, rows + first * self->columns, some);
        run_steps(self);
        if (out) hand_over(self, first, some, out, count);
        if (!sums || direct) continue;
        if (some % CHUNK == 0)
            self->run.add_up(self->partial, self->work, self->ends, self->live, self->lively,
                             self->plain, lanes, first - start, some);
        else
            add_up(self, first - start, some);
    }
    if (!sums) return;
    sum_products(self, n, sums);
    for (Py_ssize_t k = 0; n == 1 && k < self->lively; k++) {
        const int32_t r = self->live[k];
        const Py_ssize_t slot = self->ends[r] >> 1;
        sums[r] = (self->ends[r] & 1 ? self->uniform[slot] : self->work[slot * lanes]) + 0.0;
    }
    if (n == 1) return;
    for (Py_ssize_t k = 0; k < self->lively; k++) {
        const int32_t r = self->live[k];
        double *partial = self->partial + k * 32;
        if (self->ends[r] & 1) {
            const double value = self->uniform[self->ends[r] >> 1];
            for (Py_ssize_t l = 0; l < n; l++)
                partial[l % 32] = l < 32 ? value : partial[l % 32] + value;
        }
        for (Py_ssize_t l = n; !direct && l < 32 && l % CHUNK; l++) partial[l] = 0.0;
        if (direct && self->ends[r] & 1)
            self->run.join(sums, partial, NULL, self->ends, self->live + k, 1, lanes, n);
    }
    self->run.join(sums, direct ? NULL : self->partial, self->work, self->ends, self->live,
                   self->lively, lanes, n);
}

static PyObject *Wide_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"code",    "once",    "body",  "given", "constants", "shared", "slots",
                            "columns", "results", "plain", "lanes", "path",      "summed", NULL};
    Py_buffer code, constants;
    Py_ssize_t once, body, given, shared, slots, columns, results, plain, lanes;
    Py_ssize_t summed = 0;
    int path = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*nnny*nnnnnn|in", names, &code, &once, &body,
                                     &given, &constants, &shared, &slots, &columns, &results,
                                     &plain, &lanes, &path, &summed))
        return NULL;
    if (path < 0) path = best_instructions();
    Wide *self = NULL;
    const Py_ssize_t length = code.len / (Py_ssize_t)sizeof(int32_t);
    const Py_ssize_t fixed = constants.len / (Py_ssize_t)sizeof(double);
    if (code.len % sizeof(int32_t) || constants.len % sizeof(double) || once < 0 || body < once ||
        results < 0 || body > length || summed < 0 || summed > length - body ||
        length - body - summed != results || given < 0 || shared < 0 ||
        given + fixed > shared || shared > INT32_MAX / 2 || slots < 0 || slots > INT32_MAX / 2 ||
        columns < 0 || columns > slots || plain < 0 || path > best_instructions() || lanes < 1 ||
        lanes > BLOCK || BLOCK % lanes || (lanes > 1 && lanes % CHUNK)) {
        PyErr_SetString(PyExc_ValueError, "this machine cannot be made: a size or path is wrong");
        goto done;
    }
    self = (Wide *)type->tp_alloc(type, 0);
    if (!self) goto done;
    self->given = given;
    self->shared = shared;
    self->slots = slots;
    self->columns = columns;
    self->results = results;
    self->plain = plain;
    self->lanes = lanes;
    self->run = kernels_of(path);
    self->code = malloc(code.len ? (size_t)code.len : 1);
    self->memory = calloc((size_t)shared + (size_t)slots * (size_t)lanes + 16, sizeof(double));
    self->partial = malloc(((size_t)results * 32 + 1) * sizeof(double));
    self->live = malloc(((size_t)results + 1) * sizeof(int32_t));
    if (!self->code || !self->memory || !self->partial || !self->live) {
        PyErr_NoMemory();
        Py_CLEAR(self);
        goto done;
    }
    memcpy(self->code, code.buf, (size_t)code.len);
    self->body = self->code + once;
    self->summed = self->code + body;
    self->ends = self->summed + summed;
    self->work = (double *)(((uintptr_t)self->memory + 63) & ~(uintptr_t)63);
    self->uniform = self->work + (size_t)slots * (size_t)lanes;
    memcpy(self->uniform + given, constants.buf, (size_t)constants.len);
    int good = 1;
    for (const int32_t *p = self->code; good && p < self->body;) {
        good = *p == ONCE;
        if (good) p = checked(self, p, self->body);
        good = good && p;
    }
    for (const int32_t *p = self->body; good && p < self->summed;) {
        good = *p != ONCE;
        if (good) p = checked(self, p, self->summed);
        good = good && p;
    }
    for (const int32_t *p = self->summed; good && p < self->ends;) {
        p = checked_products(self, p, self->ends);
        good = p != NULL;
    }
    for (Py_ssize_t r = 0; good && r < results; r++)
        good = (summed && self->ends[r] == -1) ||
               inside(self, self->ends[r] >> 1, 1, self->ends[r] & 1);
    for (Py_ssize_t r = 0; good && r < results; r++)
        if (self->ends[r] >= 0) self->live[self->lively++] = (int32_t)r;
    if (!good) {
        PyErr_SetString(PyExc_ValueError, "the machine's code reads or writes what is not there");
        Py_CLEAR(self);
    }
done:
    PyBuffer_Release(&code);
    PyBuffer_Release(&constants);
    return (PyObject *)self;
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
             "run(uniform, rows, count, out, sums, together=False)\n--\n\n"
             "Run `count` samples.  `uniform` holds the numbers of all samples, `rows` the inputs of\n"
             "each.  The results go to `out` (results by samples) and the sums of blocks of 128 to\n"
             "`sums` (blocks by results; all blocks added where `together`), where these are not\n"
             "None.  The interpreter's lock is let go meanwhile.");

static PyObject *Wide_run(Wide *self, PyObject *args) {
    PyObject *uniform, *rows, *out, *sums, *answer = NULL;
    Py_ssize_t count;
    Py_buffer common, given, found = {0}, totals = {0};
    int together = 0;
    if (!PyArg_ParseTuple(args, "OOnOO|p", &uniform, &rows, &count, &out, &sums, &together))
        return NULL;
    if (self->summed < self->ends &&
        (out != Py_None || sums == Py_None || (count > self->lanes && self->lanes < BLOCK))) {
        PyErr_SetString(PyExc_ValueError, "this machine gives sums alone, of whole blocks");
        return NULL;
    }
    if (count < 0 || (self->columns && count > PY_SSIZE_T_MAX / self->columns) ||
        (self->results && count > PY_SSIZE_T_MAX / self->results)) {
        PyErr_Format(PyExc_ValueError, "count: %zd samples cannot be run", count);
        return NULL;
    }
    if (self->running) {
        PyErr_SetString(PyExc_RuntimeError, "this machine is running in another thread");
        return NULL;
    }
    if (numbers(uniform, &common, PyBUF_SIMPLE, self->given, "uniform") < 0) return NULL;
    if (numbers(rows, &given, PyBUF_SIMPLE, count * self->columns, "rows") < 0)
        goto release_common;
    if (out != Py_None && numbers(out, &found, PyBUF_WRITABLE, count * self->results, "out") < 0)
        goto release_given;
    const Py_ssize_t blocks = count / BLOCK + (count % BLOCK != 0);
    const Py_ssize_t lines = together && blocks > 1 ? 1 : blocks;
    if (sums != Py_None &&
        numbers(sums, &totals, PyBUF_WRITABLE, lines * self->results, "sums") < 0)
        goto release_out;
    double *spare = NULL; /* the sums of a block, before they are added to those of the others */
    if (totals.buf && lines < blocks) {
        spare = malloc(((size_t)self->results + 1) * sizeof(double));
        if (!spare) {
            PyErr_NoMemory();
            goto release_sums;
        }
    }
    self->running = 1;
    Py_BEGIN_ALLOW_THREADS
    memcpy(self->uniform, common.buf, (size_t)self->given * sizeof(double));
    run_once(self);
    for (Py_ssize_t start = 0; start < count; start += BLOCK) {
        const Py_ssize_t n = count - start < BLOCK ? count - start : BLOCK;
        double *here = totals.buf, *all = totals.buf;
        if (here && !spare) here += start / BLOCK * self->results;
        if (spare && start) here = spare;
        run_block(self, given.buf, start, n, found.buf, count, here);
        for (Py_ssize_t r = 0; spare && start && r < self->results; r++) all[r] = all[r] + spare[r];
    }
    Py_END_ALLOW_THREADS
    self->running = 0;
    free(spare);
    answer = Py_NewRef(Py_None);
release_sums:
    if (totals.buf) PyBuffer_Release(&totals);
release_out:
    if (found.buf) PyBuffer_Release(&found);
release_given:
    PyBuffer_Release(&given);
release_common:
    PyBuffer_Release(&common);
    return answer;
}

static PyMethodDef wide_methods[] = {
    {"run", (PyCFunction)Wide_run, METH_VARARGS, run_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(wide_doc,
             "Wide(code, once, body, given, constants, shared, slots, columns, results, plain, "
             "lanes, path=-1, summed=0)\n--\n\n"
             "A wide program, checked and ready to run: `code` holds 32-bit words, `once` of them\n"
             "for copies of shared slots, up to `body` the steps, then `summed` for products that are\n"
             "only summed over samples, then a word for each result, -1 for such a product.");

static PyTypeObject WideType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "gatenet._native.wide.Wide",
    .tp_basicsize = sizeof(Wide),
    .tp_dealloc = (destructor)Wide_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = wide_doc,
    .tp_methods = wide_methods,
    .tp_new = Wide_new,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "gatenet._native.wide",
    .m_doc = "The wide machine: wide programs over one sample, or over many side by side.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit_wide(void) {
    if (PyType_Ready(&WideType) < 0) return NULL;
    PyObject *made = PyModule_Create(&module);
    if (!made) return NULL;
    PyObject *gates = PyTuple_New(COUNT), *paths = PyTuple_New(best_instructions() + 1);
    if (!gates || !paths) goto failed;
    for (int k = 0; k < COUNT; k++) {
        PyObject *name = PyUnicode_FromString(GATES[k].name);
        if (!name) goto failed;
        PyTuple_SET_ITEM(gates, k, name);
    }
    for (int k = 0; k <= best_instructions(); k++) {
        PyObject *name = PyUnicode_FromString(instructions_named(k));
        if (!name) goto failed;
        PyTuple_SET_ITEM(paths, k, name);
    }
    if (PyModule_AddObjectRef(made, "gates", gates) < 0 ||
        PyModule_AddObjectRef(made, "paths", paths) < 0 ||
        PyModule_AddObjectRef(made, "Wide", (PyObject *)&WideType) < 0)
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
