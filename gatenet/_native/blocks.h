/* Programs over blocks of lanes, for one type of numbers: decoding, and running a block.
 *
 * Included by machine.c once for every type: `real`, SIZED(name) to name what is its own, EVERY(ONE,
 * TWO, THREE) the gates written for it.
 */

/* One kernel more than there are gates: two that follow each other, with both roundings. */
#define ALL(ONE, TWO, THREE) EVERY(ONE, TWO, THREE) THREE(multiply_add, (c + a * b))

typedef void (*SIZED(kernel))(real *restrict z, const real *a, const real *b, const real *c, int n);

/* What there is of everything for each instruction set. */
typedef struct {
    const SIZED(kernel) (*table)[8];
    real (*sum)(const real *x, int n);
    real (*product)(const real *a, const real *b, int s, int t);
} SIZED(way);

#define KIND(path, name) SIZED(path##_##name)
#define EACH "lanes.h"
#include "paths.h"

static const SIZED(way) *SIZED(way_of)(int path) {
#ifdef VECTORS
    if (path == 2) return &SIZED(avx512_way);
    if (path == 1) return &SIZED(avx2_way);
#endif
    (void)path;
    return &SIZED(base_way);
}

typedef struct {
    SIZED(kernel) function; /* NULL for what is no gate */
    real *z;
    const real *a, *b, *c;
    int32_t op, index; /* LOAD: a column of the rows; a result: which */
    int32_t s, t;      /* PRODUCT: 0 where a, b are the same for all lanes, else 1 */
} SIZED(step);

/* A place in the code: a row of the workspace, or -1 - k for number k that all lanes share. */
static real *SIZED(placed)(Machine *self, real *work, int32_t place, Py_ssize_t rows) {
    if (place >= 0) return place < rows ? work + (size_t)place * LANES : NULL;
    const Py_ssize_t number = -1 - (Py_ssize_t)place;
    return number < self->shared ? (real *)self->uniform + number : NULL;
}

static int SIZED(decoded)(Machine *self, const int32_t *code, real *work, Py_ssize_t rows) {
    SIZED(step) *steps = self->steps;
    const SIZED(way) *way = self->way;
    for (Py_ssize_t k = 0; k < self->count; k++, code += 5) {
        SIZED(step) *s = &steps[k];
        s->op = code[0];
        if (s->op == LOAD) {
            s->z = SIZED(placed)(self, work, code[1], rows);
            s->index = code[2];
            if (code[1] < 0 || !s->z || s->index < 0 || s->index >= self->columns) return -1;
        } else if (s->op == RESULT || s->op == ZEROED || s->op == PRODUCT) {
            s->a = SIZED(placed)(self, work, code[1], rows);
            s->b = SIZED(placed)(self, work, s->op == PRODUCT ? code[3] : code[1], rows);
            s->index = code[2];
            s->s = code[1] >= 0;
            s->t = code[3] >= 0;
            if (!s->a || !s->b || s->index < 0 || s->index >= self->results) return -1;
            if (code[1] < 0 && s->op != PRODUCT) return -1;
        } else {
            const real *operands[3] = {NULL, NULL, NULL};
            int mask = 0;
            if (s->op < 0 || s->op >= COUNT || code[1] < 0) return -1;
            s->z = SIZED(placed)(self, work, code[1], rows);
            for (int i = 0; i < GATES[s->op].arity; i++) {
                operands[i] = SIZED(placed)(self, work, code[2 + i], rows);
                if (!operands[i] || operands[i] == s->z) return -1;
                if (code[2 + i] < 0) mask |= 1 << i;
            }
            if (!s->z) return -1;
            s->a = operands[0];
            s->b = operands[1] ? operands[1] : operands[0];
            s->c = operands[2] ? operands[2] : operands[0];
            s->function = way->table[s->op][mask];
        }
    }
    return 0;
}

/* A result that is something plus 0: in full where `out` is asked for, its sum where `sums` is. */
static void SIZED(zeroed)(const Machine *self, const SIZED(step) *s, int n, real *out, real *sums) {
    const SIZED(way) *way = self->way;
    real row[LANES];
    const real *x = s->a;
    if (s->op == PRODUCT) {
        if (sums && n == LANES) *sums = way->product(s->a, s->b, s->s, s->t) + (real)0;
        if (!out && n == LANES) return;
        for (int l = 0; l < n; l++) row[l] = s->a[s->s * l] * s->b[s->t * l];
        x = row;
    }
    if (sums && (s->op != PRODUCT || n < LANES)) *sums = way->sum(x, n) + (real)0;
    if (out)
        for (int l = 0; l < n; l++) out[l] = x[l] + (real)0;
}

/* One block.  `rows` stand sample after sample, or where `planar` column after column. */
static void SIZED(run_block)(Machine *self, const real *rows, Py_ssize_t start, int n, real *out,
                             Py_ssize_t width, real *sums, int planar) {
    const SIZED(way) *way = self->way;
    const Py_ssize_t columns = self->columns;
    for (const SIZED(step) *s = self->steps, *end = s + self->count; s < end; s++) {
        if (s->function) {
            s->function(s->z, s->a, s->b, s->c, n);
        } else if (s->op == LOAD && planar) {
            memcpy(s->z, rows + s->index * width + start, (size_t)n * sizeof(real));
        } else if (s->op == LOAD) {
            const real *from = rows + start * columns + s->index;
            for (int l = 0; l < n; l++) s->z[l] = from[l * columns];
        } else if (s->op == RESULT) {
            if (out) memcpy(out + s->index * width + start, s->a, (size_t)n * sizeof(real));
            if (sums) sums[s->index] = way->sum(s->a, n);
        } else {
            SIZED(zeroed)(self, s, n, out ? out + s->index * width + start : NULL,
                          sums ? sums + s->index : NULL);
        }
    }
}

#undef ALL
#undef EVERY
#undef real
#undef SIZED
