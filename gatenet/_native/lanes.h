/* One loop over lanes for each primitive gate and each kind of operand.
 *
 * Included once for every type of numbers and every instruction set, with PATH(name) naming its
 * functions, `real` the type, ALL the gates written for it, and TARGET the attribute that chooses
 * the instructions.  An operand that is the same for all lanes is read once: stride 0.
 * The loop over a full block has a constant length, which compilers turn into the widest
 * instructions there are.
 */

#define LOOP(count, S, T, U, expression)                                                          \
    for (int l = 0; l < (count); l++) {                                                           \
        const real a = pa[(S) * l], b = pb[(T) * l], c = pc[(U) * l];                           \
        (void)a, (void)b, (void)c;                                                                \
        z[l] = (expression);                                                                      \
    }

#define KERNEL(name, S, T, U, expression)                                                         \
    TARGET static void PATH(name)(real *restrict z, const real *pa, const real *pb,               \
                                  const real *pc, int n) {                                        \
        if (n == LANES)                                                                           \
            LOOP(LANES, S, T, U, expression)                                                      \
        else                                                                                      \
            LOOP(n, S, T, U, expression)                                                          \
    }

ALL(ONE_KERNEL, TWO_KERNEL, THREE_KERNEL)

/* By the number of the gate, and by which operands (bits 0, 1, 2) all lanes share. */
static const SIZED(kernel) PATH(table)[][8] = {ALL(ONE_ENTRY, TWO_ENTRY, THREE_ENTRY)};

#undef LOOP
#undef KERNEL

/* Join 32 lanes in the order that gatenet.compiler.sums defines. */
TARGET static inline real PATH(joined)(real *lanes) {
    for (int l = 0; l < 8; l++)
        lanes[l] = (lanes[l] + lanes[8 + l]) + (lanes[16 + l] + lanes[24 + l]);
    for (int half = 4; half; half /= 2)
        for (int l = 0; l < half; l++) lanes[l] = lanes[l] + lanes[half + l];
    return lanes[0];
}

/* The sum of a block, which is filled up with zeros. */
TARGET static real PATH(sum)(const real *x, int n) {
    real padded[LANES], lanes[32];
    if (n < LANES) {
        memcpy(padded, x, (size_t)n * sizeof(real));
        memset(padded + n, 0, (size_t)(LANES - n) * sizeof(real));
        x = padded;
    }
    for (int l = 0; l < 32; l++) lanes[l] = ((x[l] + x[32 + l]) + x[64 + l]) + x[96 + l];
    return PATH(joined)(lanes);
}

#define PRODUCT(S, T)                                                                             \
    for (int l = 0; l < 32; l++)                                                                  \
        lanes[l] = ((a[(S) * l] * b[(T) * l] + a[(S) * (32 + l)] * b[(T) * (32 + l)]) +           \
                    a[(S) * (64 + l)] * b[(T) * (64 + l)]) +                                      \
                   a[(S) * (96 + l)] * b[(T) * (96 + l)];

/* The sum of a whole block of products; a shared operand has stride 0. */
TARGET static real PATH(product)(const real *a, const real *b, int s, int t) {
    real lanes[32];
    if (s && t) {
        PRODUCT(1, 1)
    } else if (s) {
        PRODUCT(1, 0)
    } else {
        PRODUCT(0, t)
    }
    return PATH(joined)(lanes);
}

#undef PRODUCT

static const SIZED(way) PATH(way) = {PATH(table), PATH(sum), PATH(product)};
