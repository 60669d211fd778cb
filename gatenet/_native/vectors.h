/* Growing rows of numbers, and tables of nodes by a hash: what the builder keeps its nodes in.
 *
 * Every function that may need memory gives -1 with MemoryError set where there is none.
 */

typedef struct {
    int32_t *at;
    Py_ssize_t count, room;
} ints;

typedef struct {
    double *at;
    Py_ssize_t count, room;
} doubles;

/* Make room for one more item of this size; give the memory, which may have moved. */
static void *roomier(void *at, Py_ssize_t count, Py_ssize_t *room, size_t item) {
    if (count < *room) return at;
    Py_ssize_t wanted = *room ? *room + *room / 2 + 16 : 64;
    void *more = realloc(at, (size_t)wanted * item);
    if (!more) {
        PyErr_NoMemory();
        return NULL;
    }
    *room = wanted;
    return more;
}

static int ints_push(ints *v, int32_t item) {
    void *at = roomier(v->at, v->count, &v->room, sizeof *v->at);
    if (!at) return -1;
    v->at = at;
    v->at[v->count++] = item;
    return 0;
}

static int doubles_push(doubles *v, double item) {
    void *at = roomier(v->at, v->count, &v->room, sizeof *v->at);
    if (!at) return -1;
    v->at = at;
    v->at[v->count++] = item;
    return 0;
}

/* A table holds numbers of things; who looks compares the things.  Empty places hold -1. */
typedef struct {
    int32_t *at;
    uint32_t *hash; /* low bits of each item's hash, to place it again in a larger table */
    size_t size, count;
} table;

static uint64_t mixed(uint64_t x) {
    x *= 0x9E3779B97F4A7C15u;
    x ^= x >> 32;
    return x;
}

/* The item at this place, counted round; -1 where none is. */
static int32_t table_get(const table *t, size_t at) {
    return t->size ? t->at[(uint32_t)at & (t->size - 1)] : -1;
}

static void table_place(table *t, uint32_t hash, int32_t item) {
    size_t at = hash;
    while (t->at[at & (t->size - 1)] >= 0) at++;
    t->at[at & (t->size - 1)] = item;
    t->hash[at & (t->size - 1)] = hash;
}

static int table_put(table *t, size_t hash, int32_t item) {
    if (2 * t->count >= t->size) {
        table larger = {NULL, NULL, t->size ? 4 * t->size : 256, t->count};
        larger.at = malloc(larger.size * sizeof *larger.at);
        larger.hash = malloc(larger.size * sizeof *larger.hash);
        if (!larger.at || !larger.hash) {
            free(larger.at);
            free(larger.hash);
            PyErr_NoMemory();
            return -1;
        }
        memset(larger.at, 0xFF, larger.size * sizeof *larger.at);
        for (size_t k = 0; k < t->size; k++)
            if (t->at[k] >= 0) table_place(&larger, t->hash[k], t->at[k]);
        free(t->at);
        free(t->hash);
        *t = larger;
    }
    table_place(t, (uint32_t)hash, item);
    t->count++;
    return 0;
}

static void table_free(table *t) {
    free(t->at);
    free(t->hash);
}
