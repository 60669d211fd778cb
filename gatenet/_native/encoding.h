/* Programs as code for the lane machine: what gatenet.compiler.flat and .machinecode say in Python.
 *
 * A program comes as three rows of 32-bit numbers, with one byte for each node where it matters
 * whether the node varies from row to row; they are checked before they are used.
 */

typedef struct {
    Py_buffer held[4];
    const int32_t *ops, *ends, *operands;
    const char *varying;
    Py_ssize_t count;
} flat;

static void flat_free(flat *p) {
    for (int k = 0; k < 4; k++)
        if (p->held[k].obj) PyBuffer_Release(&p->held[k]);
}

static const int32_t *operands_of(const flat *p, Py_ssize_t k) {
    return p->operands + (k ? p->ends[k - 1] : 0);
}

static int32_t count_of(const flat *p, Py_ssize_t k) {
    return p->ends[k] - (k ? p->ends[k - 1] : 0);
}

/* Whether a node is a gate that varies as asked. */
static int chosen(const flat *p, Py_ssize_t k, int varies) {
    return p->ops[k] >= 0 && !p->varying[k] == !varies;
}

/* Take the three rows, and one of bytes where there is one; each operand stands before its node. */
static int flat_given(flat *p, PyObject *const *rows, int size) {
    for (int k = 0; k < size; k++)
        if (PyObject_GetBuffer(rows[k], &p->held[k], PyBUF_SIMPLE) < 0) return -1;
    p->ops = p->held[0].buf;
    p->ends = p->held[1].buf;
    p->operands = p->held[2].buf;
    p->varying = p->held[3].buf;
    p->count = p->held[0].len / (Py_ssize_t)sizeof *p->ops;
    Py_ssize_t operands = p->held[2].len / (Py_ssize_t)sizeof *p->operands;
    if (p->held[1].len != p->held[0].len || (size > 3 && p->held[3].len != p->count)) {
        PyErr_SetString(PyExc_ValueError, "a program's rows must be as long as each other");
        return -1;
    }
    int32_t end = 0;
    for (Py_ssize_t k = 0; k < p->count; k++) {
        if (p->ends[k] < end || p->ends[k] > operands || (p->ops[k] < 0 && p->ends[k] != end)) {
            PyErr_Format(PyExc_ValueError, "node %zd of a program has no sound operands", k);
            return -1;
        }
        for (; end < p->ends[k]; end++)
            if (p->operands[end] < 0 || p->operands[end] >= k) {
                PyErr_Format(PyExc_IndexError, "node %zd reads %d: it reads earlier nodes alone", k,
                             (int)p->operands[end]);
                return -1;
            }
    }
    return 0;
}

/* Set the mark of each node of a sequence. */
static int marks_set(char *marks, Py_ssize_t count, PyObject *nodes) {
    PyObject *list = PySequence_Fast(nodes, "nodes are a sequence");
    if (!list) return -1;
    for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(list); k++) {
        int32_t node = place_given(PySequence_Fast_GET_ITEM(list, k), count);
        if (node < 0) {
            Py_DECREF(list);
            return -1;
        }
        marks[node] = 1;
    }
    Py_DECREF(list);
    return 0;
}

PyDoc_STRVAR(pruned_doc,
             "pruned(ops, ends, operands, roots)\n--\n\n"
             "The nodes that `roots` need: the bytes of ops, ends and operands, and of the new\n"
             "number of each node, -1 where it fell away.");

static PyObject *pruned(PyObject *Py_UNUSED(module), PyObject *given) {
    PyObject *rows[3], *roots, *parts[4] = {NULL}, *answer = NULL;
    flat p = {0};
    ints found[4] = {{NULL, 0, 0}}; /* ops, ends, operands, places */
    char *marks = NULL;
    if (!PyArg_ParseTuple(given, "OOOO", &rows[0], &rows[1], &rows[2], &roots)) return NULL;
    if (flat_given(&p, rows, 3) < 0) goto done;
    if (!(marks = calloc((size_t)p.count + 1, 1))) {
        PyErr_NoMemory();
        goto done;
    }
    if (marks_set(marks, p.count, roots) < 0) goto done;
    for (Py_ssize_t k = p.count - 1; k >= 0; k--)
        for (int32_t i = 0; marks[k] && i < count_of(&p, k); i++) marks[operands_of(&p, k)[i]] = 1;
    for (Py_ssize_t k = 0; k < p.count; k++) {
        if (ints_push(&found[3], marks[k] ? (int32_t)found[0].count : -1) < 0) goto done;
        if (!marks[k]) continue;
        for (int32_t i = 0; i < count_of(&p, k); i++)
            if (ints_push(&found[2], found[3].at[operands_of(&p, k)[i]]) < 0) goto done;
        if (ints_push(&found[0], p.ops[k]) < 0 ||
            ints_push(&found[1], (int32_t)found[2].count) < 0)
            goto done;
    }
    for (int k = 0; k < 4; k++)
        if (!(parts[k] = bytes_of(&found[k]))) goto done;
    answer = PyTuple_Pack(4, parts[0], parts[1], parts[2], parts[3]);
done:
    for (int k = 0; k < 4; k++) {
        Py_XDECREF(parts[k]);
        free(found[k].at);
    }
    free(marks);
    flat_free(&p);
    return answer;
}

PyDoc_STRVAR(varying_doc,
             "varying(ops, ends, operands, inputs)\n--\n\n"
             "A bytearray with 1 for each node that depends on one of the inputs.");

static PyObject *varying_of(PyObject *Py_UNUSED(module), PyObject *given) {
    PyObject *rows[3], *inputs, *found = NULL;
    flat p = {0};
    if (!PyArg_ParseTuple(given, "OOOO", &rows[0], &rows[1], &rows[2], &inputs)) return NULL;
    if (flat_given(&p, rows, 3) < 0) goto done;
    if (!(found = PyByteArray_FromStringAndSize(NULL, p.count))) goto done;
    char *marks = PyByteArray_AS_STRING(found);
    memset(marks, 0, (size_t)p.count);
    if (marks_set(marks, p.count, inputs) < 0) {
        Py_CLEAR(found);
        goto done;
    }
    for (Py_ssize_t k = 0; k < p.count; k++)
        for (int32_t i = 0; i < count_of(&p, k); i++) marks[k] |= marks[operands_of(&p, k)[i]];
done:
    flat_free(&p);
    return found;
}

/* Append the nodes that carry this mark, rising. */
static PyObject *marked(const char *marks, Py_ssize_t count, char mark) {
    PyObject *found = PyList_New(0);
    for (Py_ssize_t k = 0; found && k < count; k++) {
        if (marks[k] != mark) continue;
        PyObject *node = PyLong_FromSsize_t(k);
        if (!node || PyList_Append(found, node) < 0) Py_CLEAR(found);
        Py_XDECREF(node);
    }
    return found;
}

PyDoc_STRVAR(read_doc,
             "read(ops, ends, operands, varying, varies, results)\n--\n\n"
             "What the gates that vary (or, with varies=False, do not) read from elsewhere, rising:\n"
             "gates of the other kind, the results among them, and constants.");

static PyObject *read_of(PyObject *Py_UNUSED(module), PyObject *given) {
    PyObject *rows[4], *results, *answer = NULL, *others = NULL, *numbers = NULL;
    char *marks = NULL;
    int varies;
    flat p = {0};
    if (!PyArg_ParseTuple(given, "OOOOpO", &rows[0], &rows[1], &rows[2], &rows[3], &varies,
                          &results))
        return NULL;
    if (flat_given(&p, rows, 4) < 0) goto done;
    if (!(marks = calloc((size_t)p.count + 1, 1))) {
        PyErr_NoMemory();
        goto done;
    }
    if (marks_set(marks, p.count, results) < 0) goto done;
    for (Py_ssize_t k = 0; k < p.count; k++) /* a constant matters only where a gate reads it */
        if (p.ops[k] < 0) marks[k] = 0;
    for (Py_ssize_t k = 0; k < p.count; k++)
        for (int32_t i = 0; chosen(&p, k, varies) && i < count_of(&p, k); i++)
            marks[operands_of(&p, k)[i]] = 1;
    for (Py_ssize_t k = 0; k < p.count; k++)
        if (marks[k]) marks[k] = chosen(&p, k, !varies) ? 2 : p.ops[k] == CONSTANT ? 3 : 0;
    others = marked(marks, p.count, 2);
    numbers = marked(marks, p.count, 3);
    if (others && numbers) answer = PyTuple_Pack(2, others, numbers);
done:
    Py_XDECREF(others);
    Py_XDECREF(numbers);
    free(marks);
    flat_free(&p);
    return answer;
}

/* What the code is made of besides the program. */
typedef struct {
    int32_t *place;   /* of each node: a row, -1 - k for shared number k, ABSENT */
    int32_t *last;    /* of each node its last reader's turn; -1 where nobody reads it */
    int32_t *column;  /* of each node the column it is loaded from; -1 */
    char *asked;      /* whether it is among the results */
    PyObject *results;
    const int32_t *number; /* of each kind of gate the kernel's; -1 where it has none */
    Py_ssize_t numbers;
    char *fate;            /* of each node what becomes of it */
    int multiply, add, zero, fused; /* two kinds of gate, a node, a kernel; -1 for none */
    ints order, code, spare;
    int32_t rows;
} coding;

enum { ABSENT = INT32_MAX };

/* PLAIN: its own step.  ABSORBED: worked out by its one reader.  FUSED: an addition with a product
 * that it absorbed.  ZEROED, PRODUCT: a result that is x + 0, or a product plus 0. */
enum { PLAIN, ABSORBED, FUSED, ZEROED, PRODUCT };

/* The operands of an addition: `other`, and the one that is a product or not 0. */
static void split(const flat *p, const coding *c, Py_ssize_t node, int32_t *mine, int32_t *other) {
    const int32_t *x = operands_of(p, node);
    int first = c->fate[node] == FUSED ? c->fate[x[1]] != ABSORBED : x[1] == c->zero;
    *mine = x[!first];
    *other = x[first];
}

/* What a node's step reads; give how many. */
static int32_t reads(const flat *p, const coding *c, Py_ssize_t node, int32_t few[3],
                     const int32_t **found) {
    int32_t mine, other;
    *found = few;
    if (c->fate[node] == ABSORBED) return 0;
    if (c->fate[node] == PLAIN) {
        *found = operands_of(p, node);
        return count_of(p, node);
    }
    split(p, c, node, &mine, &other);
    few[0] = mine;
    if (c->fate[node] == ZEROED) return 1;
    few[0] = operands_of(p, mine)[0];
    few[1] = operands_of(p, mine)[1];
    few[2] = other;
    return c->fate[node] == FUSED ? 3 : 2;
}

/* Say what becomes of each addition and of the products that it alone reads. */
static int fated(const flat *p, coding *c, int varies) {
    int32_t *uses = calloc((size_t)p->count + 1, sizeof *uses);
    if (!uses) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t k = 0; k < p->count; k++)
        for (int32_t i = 0; chosen(p, k, varies) && i < count_of(p, k); i++)
            uses[operands_of(p, k)[i]]++;
    for (Py_ssize_t k = 0; k < p->count; k++) {
        if (!chosen(p, k, varies) || p->ops[k] != c->add || count_of(p, k) != 2) continue;
        const int32_t *x = operands_of(p, k);
        int absorbable[2];
        for (int i = 0; i < 2; i++)
            absorbable[i] = chosen(p, x[i], varies) && p->ops[x[i]] == c->multiply &&
                            count_of(p, x[i]) == 2 && uses[x[i]] == 1 && !c->asked[x[i]];
        if (x[0] == c->zero || x[1] == c->zero) {
            int mine = x[1] == c->zero ? 0 : 1;
            if (!c->asked[k] || uses[k] || c->place[x[mine]] != ABSENT) continue;
            c->fate[k] = absorbable[mine] ? PRODUCT : ZEROED;
            if (absorbable[mine]) c->fate[x[mine]] = ABSORBED;
        } else if (absorbable[0] || absorbable[1]) {
            c->fate[k] = FUSED;
            c->fate[x[absorbable[1]]] = ABSORBED;
        }
    }
    free(uses);
    return 0;
}

/* The order to run in: a result as soon as its last operand is there, all else by number. */
static int ordered(const flat *p, coding *c, int varies) {
    int32_t *head = malloc(((size_t)p->count + 1) * sizeof *head);
    int32_t *next = malloc(((size_t)p->count + 1) * sizeof *next);
    int wrong = -1;
    if (!head || !next) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t k = 0; k < p->count; k++) head[k] = -1, next[k] = -2;
    for (Py_ssize_t k = p->count - 1; k >= 0; k--) {
        if (!chosen(p, k, varies) || !c->asked[k]) continue;
        const int32_t *args;
        int32_t few[3], after = 0, count = reads(p, c, k, few, &args);
        for (int32_t i = 0; i < count; i++)
            if (args[i] > after) after = args[i];
        next[k] = head[after];
        head[after] = (int32_t)k;
    }
    for (Py_ssize_t k = 0; k < p->count; k++) {
        if (chosen(p, k, varies) && next[k] == -2 && c->fate[k] != ABSORBED &&
            ints_push(&c->order, (int32_t)k) < 0)
            goto done;
        for (int32_t node = head[k]; node >= 0; node = next[node])
            if (ints_push(&c->order, node) < 0) goto done;
    }
    wrong = 0;
done:
    free(head);
    free(next);
    return wrong;
}

/* Give each node of the order a row, one being used again after its last reader. */
static int rowed(const flat *p, coding *c, Py_ssize_t turn) {
    const int32_t *args;
    int32_t node = c->order.at[turn], few[3], count = reads(p, c, node, few, &args);
    const int written = c->fate[node] == PLAIN || c->fate[node] == FUSED;
    if (written) c->place[node] = c->spare.count ? c->spare.at[--c->spare.count] : c->rows++;
    for (int32_t i = 0; i < count; i++) {
        int again = 0;
        for (int32_t j = 0; j < i; j++) again |= args[j] == args[i];
        if (!again && c->last[args[i]] == turn && c->place[args[i]] >= 0)
            if (ints_push(&c->spare, c->place[args[i]]) < 0) return -1;
    }
    return written && c->last[node] < 0 ? ints_push(&c->spare, c->place[node]) : 0;
}

static int five(coding *c, int32_t a, int32_t b, const int32_t *rest, int32_t count) {
    if (ints_push(&c->code, a) < 0 || ints_push(&c->code, b) < 0) return -1;
    for (int32_t k = 0; k < 3; k++)
        if (ints_push(&c->code, k < count ? rest[k] : 0) < 0) return -1;
    return 0;
}

/* Where the operands of a node's step stand. */
static int32_t placed_operands(const flat *p, const coding *c, int32_t node, int32_t places[3]) {
    const int32_t *args;
    int32_t few[3], count = reads(p, c, node, few, &args);
    if (count > 3) {
        PyErr_Format(PyExc_ValueError, "node %d has no kernel", (int)node);
        return -1;
    }
    for (int32_t i = 0; i < count; i++)
        if ((places[i] = c->place[args[i]]) == ABSENT) {
            PyErr_Format(PyExc_ValueError, "node %d reads what is not there", (int)node);
            return -1;
        }
    return count;
}

/* One node as code: a load or a gate, and what stands where among the results. */
static int coded(const flat *p, coding *c, int32_t node) {
    static const int32_t answer[] = {[PLAIN] = -2, [FUSED] = -2, [PRODUCT] = -3, [ZEROED] = -4};
    int32_t places[3] = {0, 0, 0}, op = p->ops[node];
    const int fate = c->fate[node];
    int32_t count = placed_operands(p, c, node, places);
    if (count < 0) return -1;
    if (c->column[node] >= 0) {
        if (five(c, -1, c->place[node], &c->column[node], 1) < 0) return -1;
    } else if (fate == PLAIN || fate == FUSED) {
        int32_t number = fate == FUSED ? c->fused : op >= 0 && op < c->numbers ? c->number[op] : -1;
        if (number < 0) {
            PyErr_Format(PyExc_ValueError, "node %d has no kernel", (int)node);
            return -1;
        }
        if (five(c, number, c->place[node], places, count) < 0) return -1;
        places[0] = c->place[node];
    }
    if (!c->asked[node]) return 0;
    PyObject *key = PyLong_FromLong(node);
    PyObject *asked = key ? PyDict_GetItemWithError(c->results, key) : NULL;
    Py_XDECREF(key);
    if (!asked) return PyErr_Occurred() ? -1 : 0;
    PyObject *listed = PySequence_Fast(asked, "a result's places are a sequence");
    int wrong = listed ? 0 : -1;
    for (Py_ssize_t k = 0; !wrong && k < PySequence_Fast_GET_SIZE(listed); k++) {
        int32_t place = (int32_t)PyLong_AsLong(PySequence_Fast_GET_ITEM(listed, k));
        const int32_t rest[2] = {place, places[1]};
        int32_t from = fate == PLAIN ? c->place[node] : places[0];
        wrong = PyErr_Occurred() ? -1 : five(c, answer[fate], from, rest, fate == PRODUCT ? 2 : 1);
    }
    Py_XDECREF(listed);
    return wrong;
}

/* Mark the results and the columns that are read, and give the shared numbers their places. */
static int started(const flat *p, coding *c, int varies, PyObject *columns, PyObject *shared) {
    PyObject *list = PySequence_Fast(columns, "columns are a sequence"), *nodes = NULL, *keys;
    if (!list || !(nodes = PySequence_Fast(shared, "shared nodes are a sequence"))) goto failed;
    if (!(keys = PyDict_Keys(c->results))) goto failed;
    int wrong = marks_set(c->asked, p->count, keys);
    Py_DECREF(keys);
    if (wrong < 0) goto failed;
    for (Py_ssize_t k = 0; k < p->count; k++)
        c->place[k] = ABSENT, c->last[k] = c->column[k] = -1;
    for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(nodes); k++) {
        int32_t node = place_given(PySequence_Fast_GET_ITEM(nodes, k), p->count);
        if (node < 0) goto failed;
        c->place[node] = (int32_t)(-1 - k);
    }
    for (Py_ssize_t k = 0; k < p->count; k++) /* last: for now only whether anybody reads it */
        if (chosen(p, k, varies))
            for (int32_t i = 0; i < count_of(p, k); i++) c->last[operands_of(p, k)[i]] = 0;
    for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(list); k++) {
        int32_t node = place_given(PySequence_Fast_GET_ITEM(list, k), p->count);
        if (node < 0) goto failed;
        if (!c->asked[node] && c->last[node] < 0) continue;
        c->column[node] = (int32_t)k;
        if (ints_push(&c->order, node) < 0) goto failed;
    }
    Py_DECREF(list);
    Py_DECREF(nodes);
    return 0;
failed:
    Py_XDECREF(list);
    Py_XDECREF(nodes);
    return -1;
}

PyDoc_STRVAR(encoded_doc,
             "encoded(ops, ends, operands, varying, varies, columns, shared, results, number, fuse)\n"
             "--\n\n"
             "The machine's code for the gates that vary, or do not: its bytes, and how many rows\n"
             "it needs.  `number` holds the kernel's number for each kind of gate; `fuse` the kinds\n"
             "multiply and add, the node of 0.0 and the kernel of both, -1 for what there is not.");

static PyObject *encoded(PyObject *Py_UNUSED(module), PyObject *given) {
    PyObject *rows[4], *columns, *shared, *answer = NULL;
    Py_buffer number = {0};
    int varies;
    flat p = {0};
    coding c = {0};
    if (!PyArg_ParseTuple(given, "OOOOpOOO!y*(iiii)", &rows[0], &rows[1], &rows[2], &rows[3],
                          &varies, &columns, &shared, &PyDict_Type, &c.results, &number,
                          &c.multiply, &c.add, &c.zero, &c.fused))
        return NULL;
    c.number = number.buf;
    c.numbers = number.len / (Py_ssize_t)sizeof *c.number;
    if (flat_given(&p, rows, 4) < 0) goto done;
    size_t bytes = ((size_t)p.count + 1) * sizeof(int32_t);
    c.place = malloc(bytes);
    c.last = malloc(bytes);
    c.column = malloc(bytes);
    c.asked = calloc((size_t)p.count + 1, 1);
    c.fate = calloc((size_t)p.count + 1, 1);
    if (!c.place || !c.last || !c.column || !c.asked || !c.fate) {
        PyErr_NoMemory();
        goto done;
    }
    if (started(&p, &c, varies, columns, shared) < 0) goto done;
    if (c.fused >= 0 && fated(&p, &c, varies) < 0) goto done;
    if (ordered(&p, &c, varies) < 0) goto done;
    for (Py_ssize_t k = 0; k < p.count; k++) c.last[k] = -1;
    for (Py_ssize_t turn = 0; turn < c.order.count; turn++) {
        const int32_t *args;
        int32_t few[3], size = reads(&p, &c, c.order.at[turn], few, &args);
        for (int32_t i = 0; i < size; i++) c.last[args[i]] = (int32_t)turn;
    }
    for (Py_ssize_t turn = 0; turn < c.order.count; turn++)
        if (rowed(&p, &c, turn) < 0 || coded(&p, &c, c.order.at[turn]) < 0) goto done;
    PyObject *code = bytes_of(&c.code);
    answer = code ? Py_BuildValue("Nn", code, (Py_ssize_t)c.rows) : NULL;
done:
    free(c.place);
    free(c.last);
    free(c.column);
    free(c.asked);
    free(c.fate);
    free(c.order.at);
    free(c.code.at);
    free(c.spare.at);
    flat_free(&p);
    PyBuffer_Release(&number);
    return answer;
}
