/* What the kernels of the lane machine and of the wide machine have in common.
 *
 * The list of gates, EVERY_GATE(ONE, TWO, THREE), is printed from the declarations when the package
 * is built: one call of a macro for each primitive gate, by how many operands it takes.  Whoever
 * includes this says how a loop looks, KERNEL(name, S, T, U, expression), and includes the file of
 * its loops once for every instruction set by way of paths.h.
 */

#ifndef GATENET_KERNELS_H
#define GATENET_KERNELS_H

#include "printedgates.h"

/* So many numbers as are worked on together.  Loads and stores of a vector need no alignment; it is
 * never passed to or returned by a function. */
#if defined(__GNUC__)
typedef double vec __attribute__((vector_size(64), aligned(8), may_alias));
#define WIDTH 8
#else
typedef double vec;
#define WIDTH 1
#endif

/* The instruction sets: 0 is what every processor has. */
#if defined(__x86_64__) && defined(__GNUC__)
#define VECTORS 1
#define TARGET_AVX2 __attribute__((target("avx2")))
#if defined(__clang__)
#define TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl")))
#else
#define TARGET_AVX512 \
    __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#endif

static inline int best_instructions(void) {
#ifdef VECTORS
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return 2;
    if (__builtin_cpu_supports("avx2")) return 1;
#endif
    return 0;
}

static inline const char *instructions_named(int path) {
    return path == 2 ? "avx512" : path == 1 ? "avx2" : "base";
}

/* The loops of a gate: one for each choice of operands that are a single number, with stride 0. */
#define ONE_KERNEL(name, expression)                                                              \
    KERNEL(name##_0, 1, 0, 0, expression)                                                         \
    KERNEL(name##_1, 0, 0, 0, expression)
#define TWO_KERNEL(name, expression)                                                              \
    KERNEL(name##_0, 1, 1, 0, expression)                                                         \
    KERNEL(name##_1, 0, 1, 0, expression)                                                         \
    KERNEL(name##_2, 1, 0, 0, expression)                                                         \
    KERNEL(name##_3, 0, 0, 0, expression)
#define THREE_KERNEL(name, expression)                                                            \
    KERNEL(name##_0, 1, 1, 1, expression)                                                         \
    KERNEL(name##_1, 0, 1, 1, expression)                                                         \
    KERNEL(name##_2, 1, 0, 1, expression)                                                         \
    KERNEL(name##_3, 0, 0, 1, expression)                                                         \
    KERNEL(name##_4, 1, 1, 0, expression)                                                         \
    KERNEL(name##_5, 0, 1, 0, expression)                                                         \
    KERNEL(name##_6, 1, 0, 0, expression)                                                         \
    KERNEL(name##_7, 0, 0, 0, expression)

/* Those loops in a table of [8], by which operands (bits 0, 1, 2) are a single number. */
#define ONE_ENTRY(name, expression) {PATH(name##_0), PATH(name##_1)},
#define TWO_ENTRY(name, expression)                                                               \
    {PATH(name##_0), PATH(name##_1), PATH(name##_2), PATH(name##_3)},
#define THREE_ENTRY(name, expression)                                                             \
    {PATH(name##_0), PATH(name##_1), PATH(name##_2), PATH(name##_3),                              \
     PATH(name##_4), PATH(name##_5), PATH(name##_6), PATH(name##_7)},

/* The gates by number: their names, and how many operands they take. */
#define ONE_NAME(name, expression) {#name, 1},
#define TWO_NAME(name, expression) {#name, 2},
#define THREE_NAME(name, expression) {#name, 3},

typedef struct {
    const char *name;
    int arity;
} gate_name;

#endif
