/* One loop over lanes for each primitive gate and each kind of operand.
 *
 * Included once for every instruction set, with PATH(name) naming its functions and TARGET the
 * attribute that chooses it.  An operand that is the same for all lanes is read once: stride 0.
 * The loop over a full block has a constant length, which compilers turn into the widest
 * instructions there are.
 */

#define LOOP(count, S, T, U, expression)                                                          \
    for (int l = 0; l < (count); l++) {                                                           \
        const double a = pa[(S) * l], b = pb[(T) * l], c = pc[(U) * l];                           \
        (void)a, (void)b, (void)c;                                                                \
        z[l] = (expression);                                                                      \
    }

#define KERNEL(name, S, T, U, expression)                                                         \
    TARGET static void PATH(name)(double *restrict z, const double *pa, const double *pb,         \
                                  const double *pc, int n) {                                      \
        if (n == LANES)                                                                           \
            LOOP(LANES, S, T, U, expression)                                                      \
        else                                                                                      \
            LOOP(n, S, T, U, expression)                                                          \
    }

#define ONE(name, expression)                                                                     \
    KERNEL(name##_0, 1, 0, 0, expression)                                                         \
    KERNEL(name##_1, 0, 0, 0, expression)
#define TWO(name, expression)                                                                     \
    KERNEL(name##_0, 1, 1, 0, expression)                                                         \
    KERNEL(name##_1, 0, 1, 0, expression)                                                         \
    KERNEL(name##_2, 1, 0, 0, expression)                                                         \
    KERNEL(name##_3, 0, 0, 0, expression)
#define THREE(name, expression)                                                                   \
    KERNEL(name##_0, 1, 1, 1, expression)                                                         \
    KERNEL(name##_1, 0, 1, 1, expression)                                                         \
    KERNEL(name##_2, 1, 0, 1, expression)                                                         \
    KERNEL(name##_3, 0, 0, 1, expression)                                                         \
    KERNEL(name##_4, 1, 1, 0, expression)                                                         \
    KERNEL(name##_5, 0, 1, 0, expression)                                                         \
    KERNEL(name##_6, 1, 0, 0, expression)                                                         \
    KERNEL(name##_7, 0, 0, 0, expression)

KERNELS

#undef ONE
#undef TWO
#undef THREE
#define ONE(name, expression) {PATH(name##_0), PATH(name##_1)},
#define TWO(name, expression) {PATH(name##_0), PATH(name##_1), PATH(name##_2), PATH(name##_3)},
#define THREE(name, expression)                                                                   \
    {PATH(name##_0), PATH(name##_1), PATH(name##_2), PATH(name##_3),                              \
     PATH(name##_4), PATH(name##_5), PATH(name##_6), PATH(name##_7)},

/* By the number of the gate, and by which operands (bits 0, 1, 2) all lanes share. */
static const kernel PATH(table)[][8] = {KERNELS};

#undef ONE
#undef TWO
#undef THREE
#undef LOOP
#undef KERNEL
