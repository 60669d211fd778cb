/* The wide machine's kernels: loops for each primitive gate, and ordered sums of products.
 *
 * Included once for every instruction set, with PATH(name) naming its functions and TARGET the
 * attribute that chooses it.  `vec` is as many numbers as are worked on together.  A sum adds its
 * terms in their order, for eight sums or for WIDTH lanes side by side: vectors run across sums,
 * never along one, so that every instruction set gives the same bits.
 */

/* Gates: an operand that is one number for the whole run has stride 0. */
#define LOOP(S, T, U, expression)                                                                 \
    for (Py_ssize_t l = 0; l < n; l++) {                                                          \
        const double a = pa[(S) * l], b = pb[(T) * l], c = pc[(U) * l];                           \
        (void)a, (void)b, (void)c;                                                                \
        z[l] = (expression);                                                                      \
    }
#define KERNEL(name, S, T, U, expression)                                                         \
    TARGET static void PATH(name)(double *restrict z, const double *pa, const double *pb,         \
                                  const double *pc, Py_ssize_t n) {                               \
        LOOP(S, T, U, expression)                                                                 \
    }
EVERY_GATE(ONE_KERNEL, TWO_KERNEL, THREE_KERNEL)

#undef LOOP
#undef KERNEL

/* By the number of the gate, and by which operands (bits 0, 1, 2) are one number. */
static const gate_kernel PATH(gates)[][8] = {EVERY_GATE(ONE_ENTRY, TWO_ENTRY, THREE_ENTRY)};

/* One sample: Q chunks of eight sums, of `terms` each, that start from z where they go on with it.
 * A table holds for each term where its first factors start and where its second factor or factors
 * do; HEAD words stand between tables. */
#define VECTOR(p) (*(const vec *)((p) + l))
#define NUMBER(p) (*(p))
#define CHUNKS(name, Q, TERM)                                                                     \
    TARGET static void PATH(name##_##Q)(double *z, const double *a, const double *b,              \
                                        const int32_t *table, Py_ssize_t terms, int more) {       \
        for (int l = 0; l < CHUNK; l += WIDTH) {                                                  \
            vec sum[Q];                                                                           \
            for (int q = 0; q < Q; q++) {                                                         \
                const int32_t *t = table + q * (2 * terms + HEAD);                                \
                if (more)                                                                         \
                    sum[q] = VECTOR(z + q * CHUNK);                                               \
                else                                                                              \
                    sum[q] = TERM;                                                                \
            }                                                                                     \
            for (Py_ssize_t k = more ? 0 : 1; k < terms; k++)                                     \
                for (int q = 0; q < Q; q++) {                                                     \
                    const int32_t *t = table + q * (2 * terms + HEAD) + 2 * k;                    \
                    sum[q] = sum[q] + TERM;                                                       \
                }                                                                                 \
            for (int q = 0; q < Q; q++) *(vec *)(z + q * CHUNK + l) = sum[q];                     \
        }                                                                                         \
        (void)b;                                                                                  \
    }
#define EVERY(name, TERM) CHUNKS(name, 4, TERM) CHUNKS(name, 2, TERM) CHUNKS(name, 1, TERM)
EVERY(pairs, (VECTOR(a + t[0]) * VECTOR(b + t[1])))
EVERY(scaled, (VECTOR(a + t[0]) * NUMBER(b + t[1])))
EVERY(plain, (VECTOR(a + t[0])))
#undef CHUNKS
#undef EVERY
#undef VECTOR
#undef NUMBER

/* By what the second factor is: a vector, a number, nothing; and by how many chunks. */
static const chunk_kernel PATH(chunks)[3][3] = {
    {PATH(pairs_1), PATH(pairs_2), PATH(pairs_4)},
    {PATH(scaled_1), PATH(scaled_2), PATH(scaled_4)},
    {PATH(plain_1), PATH(plain_2), PATH(plain_4)},
};

/* Many samples: R sums of a chunk, for all lanes.  A factor of slot s stands at s * lanes, or is
 * one number for all lanes, at s.  The table of sums whose factors stand apart holds for each term
 * eight first factors, then eight second ones. */
#define LANED(p, s) (*(const vec *)((p) + (Py_ssize_t)(s) * lanes + l))
#define SHARED(p, s) ((p)[s])
#define LANES_KERNEL(name, R, STEP, TERM)                                                         \
    TARGET static void PATH(name##_##R)(double *z, const double *a, const double *b,              \
                                        const int32_t *table, Py_ssize_t terms, int more,         \
                                        Py_ssize_t lanes) {                                       \
        for (Py_ssize_t l = 0; l < lanes; l += WIDTH) {                                           \
            const int32_t *t = table, *end = table + STEP * terms;                                \
            vec sum[R];                                                                           \
            if (more) {                                                                           \
                for (int i = 0; i < R; i++) sum[i] = LANED(z, i);                                 \
            } else {                                                                              \
                for (int i = 0; i < R; i++) sum[i] = TERM;                                        \
                t += STEP;                                                                        \
            }                                                                                     \
            for (; t < end; t += STEP)                                                            \
                for (int i = 0; i < R; i++) sum[i] = sum[i] + TERM;                               \
            for (int i = 0; i < R; i++) *(vec *)(z + (Py_ssize_t)i * lanes + l) = sum[i];         \
        }                                                                                         \
        (void)b;                                                                                  \
    }
#define EVERY(name, STEP, TERM)                                                                   \
    LANES_KERNEL(name, 1, STEP, TERM)                                                             \
    LANES_KERNEL(name, 2, STEP, TERM)                                                             \
    LANES_KERNEL(name, 4, STEP, TERM)                                                             \
    LANES_KERNEL(name, 8, STEP, TERM)
#define NAMED(name) {PATH(name##_1), PATH(name##_2), PATH(name##_4), PATH(name##_8)}
EVERY(pairs_vv, 2, (LANED(a, t[0] + i) * LANED(b, t[1] + i)))
EVERY(pairs_vu, 2, (LANED(a, t[0] + i) * SHARED(b, t[1] + i)))
EVERY(pairs_uv, 2, (SHARED(a, t[0] + i) * LANED(b, t[1] + i)))
EVERY(scaled_vv, 2, (LANED(a, t[0] + i) * LANED(b, t[1])))
EVERY(scaled_vu, 2, (LANED(a, t[0] + i) * SHARED(b, t[1])))
EVERY(scaled_uv, 2, (SHARED(a, t[0] + i) * LANED(b, t[1])))
EVERY(plain_v, 2, (LANED(a, t[0] + i)))
EVERY(apart_vv, 16, (LANED(a, t[i]) * LANED(b, t[8 + i])))
EVERY(apart_vu, 16, (LANED(a, t[i]) * SHARED(b, t[8 + i])))
EVERY(apart_uv, 16, (SHARED(a, t[i]) * LANED(b, t[8 + i])))

/* By what the second factor is; by which factors all lanes share (never both); by how many sums. */
static const lanes_kernel PATH(lanes)[4][3][4] = {
    {NAMED(pairs_vv), NAMED(pairs_uv), NAMED(pairs_vu)},
    {NAMED(scaled_vv), NAMED(scaled_uv), NAMED(scaled_vu)},
    {NAMED(plain_v), NAMED(plain_v), NAMED(plain_v)},
    {NAMED(apart_vv), NAMED(apart_uv), NAMED(apart_vu)},
};
#undef LANED
#undef SHARED
#undef LANES_KERNEL
#undef EVERY
#undef NAMED

/* Add the live results of n samples, whole groups of eight, to the 32 partial sums of each; `start`
 * is where they stand in their block.  The n-th group of eight goes to partial sum n % 4, as
 * gatenet.compiler.sums defines.  Results that all lanes share are left to the end. */
TARGET static void PATH(add_up)(double *partial, const double *work, const int32_t *ends,
                                const int32_t *live, Py_ssize_t count, Py_ssize_t plain,
                                Py_ssize_t lanes, Py_ssize_t start, Py_ssize_t n) {
    for (Py_ssize_t k = 0; k < count; k++, partial += 32) {
        const int32_t r = live[k];
        if (ends[r] & 1) continue;
        const double *x = work + (Py_ssize_t)(ends[r] >> 1) * lanes;
        const double zero = r >= plain ? 0.0 : -0.0; /* x + -0.0 is x */
        for (Py_ssize_t l = 0; l < n; l += WIDTH) {
            vec *sum = (vec *)(partial + (start + l) % 32);
            const vec value = *(const vec *)(x + l) + zero;
            if (start + l < 32)
                *sum = value;
            else
                *sum = *sum + value;
        }
    }
}

/* Join the partial sums of a block of n samples: those of `partial`, 32 for each result, or without
 * it the results themselves, of up to 32 samples, whole groups of eight.  The zeros that fill up a
 * short block change nothing but the sign of a zero, which is 0 then. */
TARGET static void PATH(join)(double *sums, const double *partial, const double *work,
                              const int32_t *ends, const int32_t *live, Py_ssize_t count,
                              Py_ssize_t lanes, Py_ssize_t n) {
    const double zero = n < BLOCK ? 0.0 : -0.0;
    for (Py_ssize_t k = 0; k < count; k++) {
        const int32_t r = live[k];
        const double *x = partial ? partial + k * 32 : work + (Py_ssize_t)(ends[r] >> 1) * lanes;
        double s[CHUNK];
        if (!partial && (ends[r] & 1)) continue;
        for (int l = 0; l < CHUNK; l++) {
            s[l] = x[l];
            if (n > 8) s[l] = s[l] + x[8 + l];
            if (n > 24)
                s[l] = s[l] + (x[16 + l] + x[24 + l]);
            else if (n > 16)
                s[l] = s[l] + x[16 + l];
        }
        for (int l = 0; l < 4; l++) s[l] = s[l] + s[4 + l];
        for (int l = 0; l < 2; l++) s[l] = s[l] + s[2 + l];
        sums[r] = (s[0] + s[1]) + zero;
    }
}

/* Products of two numbers of each sample, summed over a block of n samples, without storing them:
 * those of NA first factors and NB second ones, whose lanes stand at a and b.  The order is that of
 * add_up and join. */
#define PRODUCTS(NA, NB)                                                                          \
    TARGET static void PATH(products_##NA##NB)(const double *const *a, const double *const *b,     \
                                               Py_ssize_t n, double *sums) {                      \
        double parts[4][NA * NB][CHUNK];                                                          \
        const Py_ssize_t groups = n / CHUNK, left = n % CHUNK;                                    \
        for (Py_ssize_t k = 0; k < 4 && k < groups; k++)                                          \
            for (int l = 0; l < CHUNK; l += WIDTH) {                                              \
                vec sum[NA][NB];                                                                  \
                for (int i = 0; i < NA; i++)                                                      \
                    for (int j = 0; j < NB; j++)                                                  \
                        sum[i][j] = LANES_AT(a[i], k) * LANES_AT(b[j], k);                        \
                for (Py_ssize_t g = k + 4; g < groups; g += 4)                                    \
                    for (int i = 0; i < NA; i++)                                                  \
                        for (int j = 0; j < NB; j++)                                              \
                            sum[i][j] = sum[i][j] + LANES_AT(a[i], g) * LANES_AT(b[j], g);        \
                for (int i = 0; i < NA; i++)                                                      \
                    for (int j = 0; j < NB; j++) *(vec *)&parts[k][i * NB + j][l] = sum[i][j];     \
            }                                                                                     \
        for (int o = 0; left && o < NA * NB; o++)                                                 \
            for (int l = 0; l < CHUNK; l++) {                                                     \
                const Py_ssize_t at = groups * CHUNK + l;                                         \
                const double value = l < left ? a[o / NB][at] * b[o % NB][at] : 0.0;              \
                double *sum = &parts[groups % 4][o][l];                                           \
                *sum = groups < 4 ? value : *sum + value;                                         \
            }                                                                                     \
        for (int o = 0; o < NA * NB; o++)                                                         \
            for (int l = 0; l < CHUNK; l += WIDTH) {                                              \
                vec *sum = (vec *)&parts[0][o][l];                                                \
                if (n > 8) *sum = *sum + *(const vec *)&parts[1][o][l];                           \
                if (n > 24)                                                                       \
                    *sum = *sum + (*(const vec *)&parts[2][o][l] + *(const vec *)&parts[3][o][l]); \
                else if (n > 16)                                                                  \
                    *sum = *sum + *(const vec *)&parts[2][o][l];                                  \
            }                                                                                     \
        int o = 0;                                                                                \
        for (; WIDER && o + CHUNK <= NA * NB; o += CHUNK) PATH(joined)(parts[0][o], sums + o);    \
        for (; o < NA * NB; o++) {                                                                \
            double *s = parts[0][o];                                                              \
            for (int l = 0; l < 4; l++) s[l] = s[l] + s[4 + l];                                   \
            for (int l = 0; l < 2; l++) s[l] = s[l] + s[2 + l];                                   \
            sums[o] = s[0] + s[1];                                                                \
        }                                                                                         \
    }
#define LANES_AT(p, g) (*(const vec *)((p) + (g)*CHUNK + l))

/* The last three steps of a join, of eight results at once. */
TARGET static inline void PATH(joined)(const double *parts, double *sums) {
#if WIDER
    vec v[CHUNK];
    for (int o = 0; o < 4; o++) {
        const vec x = *(const vec *)(parts + 2 * o * CHUNK);
        const vec y = *(const vec *)(parts + (2 * o + 1) * CHUNK);
        v[o] = __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11) +
               __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15);
    }
    for (int o = 0; o < 2; o++)
        v[o] = __builtin_shufflevector(v[2 * o], v[2 * o + 1], 0, 1, 4, 5, 8, 9, 12, 13) +
               __builtin_shufflevector(v[2 * o], v[2 * o + 1], 2, 3, 6, 7, 10, 11, 14, 15);
    *(vec *)sums = __builtin_shufflevector(v[0], v[1], 0, 2, 4, 6, 8, 10, 12, 14) +
                   __builtin_shufflevector(v[0], v[1], 1, 3, 5, 7, 9, 11, 13, 15);
#else
    (void)parts, (void)sums;
#endif
}

PRODUCTS(4, 4)
PRODUCTS(2, 2)
PRODUCTS(1, 1)
#undef LANES_AT
#undef PRODUCTS

/* By how many factors on either side: one, two, four. */
static const products_kernel PATH(products)[3] = {PATH(products_11), PATH(products_22),
                                                  PATH(products_44)};
