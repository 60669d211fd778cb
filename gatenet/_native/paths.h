/* Include the file named by EACH once for every instruction set: PATH(name) names its functions,
 * TARGET is the attribute that chooses the set.  KIND(path, name) may put more into the names, for
 * a file that is included for several types of numbers. */

#ifndef KIND
#define KIND(path, name) path##_##name
#endif

#define PATH(name) KIND(base, name)
#define TARGET
#include EACH
#undef PATH
#undef TARGET

#ifdef VECTORS
#define PATH(name) KIND(avx2, name)
#define TARGET TARGET_AVX2
#include EACH
#undef PATH
#undef TARGET
#define PATH(name) KIND(avx512, name)
#define TARGET TARGET_AVX512
#include EACH
#undef PATH
#undef TARGET
#endif

#undef EACH
#undef KIND
