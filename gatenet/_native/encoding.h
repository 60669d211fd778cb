/* Programs as code for the lane machine: what gatenet.compiler.machinecode says in Python.
 *
 * A program comes as it is in Python: `gates`, a list with None for leaves and constants, and
 * `args`, a list of tuples of earlier nodes.
 */

typedef struct {
    PyObject *gates, *args; /* lists of one length */
    Py_ssize_t count;
    const char *varying; /* for each node whether it differs from row to row */
    Py_buffer held;
    ints operands; /* of all nodes in a row; those of node k end at ends[k] */
    ints ends;
} listed;

static void listed_free(listed *p) {
    if (p->varying) PyBuffer_Release(&p->held);
    free(p->operands.at);
    free(p->ends.at);
}

static const int32_t *operands_of(const listed *p, Py_ssize_t k) {
    return p->operands.at + (k ? p->ends.at[k - 1] : 0);
}

static int32_t count_of(const listed *p, Py_ssize_t k) {
    return p->ends.at[k] - (k ? p->ends.at[k - 1] : 0);
}

/* Whether a node is a gate that varies as asked. */
static int chosen(const listed *p, Py_ssize_t k, int varies) {
    return PyList_GET_ITEM(p->gates, k) != Py_None && !p->varying[k] == !varies;
}

/* Read the operands of every node; each stands before the node. */
static int listed_read(listed *p, PyObject *args) {
    p->args = args;
    p->count = PyList_GET_SIZE(args);
    for (Py_ssize_t k = 0; k < p->count; k++) {
        PyObject *row = PyList_GET_ITEM(args, k);
        if (!PyTuple_Check(row) || p->operands.count > INT32_MAX - 4096) {
            PyErr_SetString(PyExc_TypeError, "the operands of a node are a tuple of nodes");
            return -1;
        }
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(row); i++) {
            int32_t node = place_given(PyTuple_GET_ITEM(row, i), k);
            if (node < 0 || ints_push(&p->operands, node) < 0) return -1;
        }
        if (ints_push(&p->ends, (int32_t)p->operands.count) < 0) return -1;
    }
    return 0;
}

static int listed_given(listed *p, PyObject *gates, PyObject *args, PyObject *varying) {
    p->gates = gates;
    if (PyObject_GetBuffer(varying, &p->held, PyBUF_SIMPLE) < 0) return -1;
    p->varying = p->held.buf;
    if (PyList_GET_SIZE(gates) != PyList_GET_SIZE(args) || p->held.len != PyList_GET_SIZE(args)) {
        PyErr_SetString(PyExc_ValueError, "gates, operands and bytes must be as many");
        return -1;
    }
    return listed_read(p, args);
}

PyDoc_STRVAR(varying_doc,
             "varying(args, inputs)\n--\n\n"
             "A bytearray with 1 for each node that depends on one of the inputs.");

static PyObject *varying_of(PyObject *Py_UNUSED(module), PyObject *given) {
    PyObject *args, *inputs, *found = NULL, *nodes = NULL;
    listed p = {0};
    if (!PyArg_ParseTuple(given, "O!O", &PyList_Type, &args, &inputs)) return NULL;
    if (!(nodes = PySequence_Fast(inputs, "inputs are a sequence"))) return NULL;
    if (listed_read(&p, args) < 0) goto done;
    if (!(found = PyByteArray_FromStringAndSize(NULL, p.count))) goto done;
    char *marks = PyByteArray_AS_STRING(found);
    memset(marks, 0, (size_t)p.count);
    for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(nodes); k++) {
        int32_t node = place_given(PySequence_Fast_GET_ITEM(nodes, k), p.count);
        if (node < 0) {
            Py_CLEAR(found);
            goto done;
        }
        marks[node] = 1;
    }
    for (Py_ssize_t k = 0; k < p.count; k++)
        for (int32_t i = 0; i < count_of(&p, k); i++) marks[k] |= marks[operands_of(&p, k)[i]];
done:
    Py_DECREF(nodes);
    listed_free(&p);
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
             "read(gates, args, varying, varies, constants, results)\n--\n\n"
             "What the gates that vary (or, with varies=False, do not) read from elsewhere, rising:\n"
             "gates of the other kind, the results among them, and constants.");

static PyObject *read_of(PyObject *Py_UNUSED(module), PyObject *given) {
    PyObject *gates, *args, *varying, *constants, *results, *answer = NULL, *nodes = NULL;
    PyObject *others = NULL, *numbers = NULL;
    char *marks = NULL;
    int varies;
    listed p = {0};
    if (!PyArg_ParseTuple(given, "O!O!OpO!O", &PyList_Type, &gates, &PyList_Type, &args, &varying,
                          &varies, &PyDict_Type, &constants, &results))
        return NULL;
    if (listed_given(&p, gates, args, varying) < 0) goto done;
    if (!(nodes = PySequence_Fast(results, "results are a sequence"))) goto done;
    if (!(marks = calloc((size_t)p.count + 1, 1))) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t k = 0; k < p.count; k++)
        if (chosen(&p, k, varies))
            for (int32_t i = 0; i < count_of(&p, k); i++) marks[operands_of(&p, k)[i]] = 1;
    for (Py_ssize_t k = 0; k < p.count; k++) /* 2: a gate of the other kind; 3: no gate, read */
        if (marks[k]) marks[k] = chosen(&p, k, !varies) ? 2 : !chosen(&p, k, varies) ? 3 : 1;
    for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(nodes); k++) {
        int32_t node = place_given(PySequence_Fast_GET_ITEM(nodes, k), p.count);
        if (node < 0) goto done;
        if (chosen(&p, node, !varies)) marks[node] = 2;
    }
    for (Py_ssize_t k = 0; k < p.count; k++) {
        if (marks[k] != 3) continue;
        PyObject *node = PyLong_FromSsize_t(k);
        int known = node ? PyDict_Contains(constants, node) : -1;
        Py_XDECREF(node);
        if (known < 0) goto done;
        if (!known) marks[k] = 0;
    }
    others = marked(marks, p.count, 2);
    numbers = marked(marks, p.count, 3);
    if (others && numbers) answer = PyTuple_Pack(2, others, numbers);
done:
    Py_XDECREF(others);
    Py_XDECREF(numbers);
    Py_XDECREF(nodes);
    free(marks);
    listed_free(&p);
    return answer;
}

/* What the code is made of besides the program. */
typedef struct {
    int32_t *place;   /* of each node: a row, -1 - k for shared number k, ABSENT */
    int32_t *last;    /* of each node its last reader's turn; -1 where nobody reads it */
    int32_t *column;  /* of each node the column it is loaded from; -1 */
    PyObject *results, *number;
    ints order, code, spare;
    int32_t rows;
} coding;

enum { ABSENT = INT32_MAX };

/* The order to run in: a result as soon as its last operand is there, all else by number. */
static int ordered(const listed *p, coding *c, int varies) {
    int32_t *head = malloc(((size_t)p->count + 1) * sizeof *head);
    int32_t *next = malloc(((size_t)p->count + 1) * sizeof *next);
    int wrong = -1;
    if (!head || !next) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t k = 0; k < p->count; k++) head[k] = -1, next[k] = -2;
    for (Py_ssize_t k = p->count - 1; k >= 0; k--) {
        if (!chosen(p, k, varies)) continue;
        PyObject *node = PyLong_FromSsize_t(k);
        int asked = node ? PyDict_Contains(c->results, node) : -1;
        Py_XDECREF(node);
        if (asked < 0) goto done;
        if (!asked) continue;
        int32_t after = 0;
        for (int32_t i = 0; i < count_of(p, k); i++)
            if (operands_of(p, k)[i] > after) after = operands_of(p, k)[i];
        next[k] = head[after];
        head[after] = (int32_t)k;
    }
    for (Py_ssize_t k = 0; k < p->count; k++) {
        if (chosen(p, k, varies) && next[k] == -2 && ints_push(&c->order, (int32_t)k) < 0)
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
static int rowed(const listed *p, coding *c, Py_ssize_t turn) {
    int32_t node = c->order.at[turn];
    if (c->spare.count) c->place[node] = c->spare.at[--c->spare.count];
    else c->place[node] = c->rows++;
    for (int32_t i = 0; i < count_of(p, node) && c->column[node] < 0; i++) {
        int32_t arg = operands_of(p, node)[i], again = 0;
        for (int32_t j = 0; j < i; j++) again |= operands_of(p, node)[j] == arg;
        if (!again && c->last[arg] == turn && c->place[arg] >= 0)
            if (ints_push(&c->spare, c->place[arg]) < 0) return -1;
    }
    return c->last[node] < 0 ? ints_push(&c->spare, c->place[node]) : 0;
}

static int five(coding *c, int32_t a, int32_t b, const int32_t *rest, int32_t count) {
    if (ints_push(&c->code, a) < 0 || ints_push(&c->code, b) < 0) return -1;
    for (int32_t k = 0; k < 3; k++)
        if (ints_push(&c->code, k < count ? rest[k] : 0) < 0) return -1;
    return 0;
}

/* One node as code: a load or a gate, and what stands where among the results. */
static int coded(const listed *p, coding *c, int32_t node) {
    if (c->column[node] >= 0) {
        if (five(c, -1, c->place[node], &c->column[node], 1) < 0) return -1;
    } else {
        int32_t places[3];
        PyObject *gate = PyList_GET_ITEM(p->gates, node);
        PyObject *number = PyDict_GetItemWithError(c->number, gate);
        if (!number || count_of(p, node) > 3) {
            if (!PyErr_Occurred()) PyErr_Format(PyExc_ValueError, "%R has no kernel", gate);
            return -1;
        }
        for (int32_t i = 0; i < count_of(p, node); i++)
            if ((places[i] = c->place[operands_of(p, node)[i]]) == ABSENT) {
                PyErr_Format(PyExc_ValueError, "node %d reads what is not there", (int)node);
                return -1;
            }
        if (five(c, (int32_t)PyLong_AsLong(number), c->place[node], places, count_of(p, node)) < 0)
            return -1;
    }
    PyObject *key = PyLong_FromLong(node);
    PyObject *asked = key ? PyDict_GetItemWithError(c->results, key) : NULL;
    Py_XDECREF(key);
    if (!asked) return PyErr_Occurred() ? -1 : 0;
    PyObject *places = PySequence_Fast(asked, "a result's places are a sequence");
    int wrong = places ? 0 : -1;
    for (Py_ssize_t k = 0; !wrong && k < PySequence_Fast_GET_SIZE(places); k++) {
        int32_t place = (int32_t)PyLong_AsLong(PySequence_Fast_GET_ITEM(places, k));
        wrong = PyErr_Occurred() ? -1 : five(c, -2, c->place[node], &place, 1);
    }
    Py_XDECREF(places);
    return wrong;
}

/* Mark the columns that are read, and give the shared numbers their places. */
static int started(const listed *p, coding *c, int varies, PyObject *columns, PyObject *shared) {
    PyObject *list = PySequence_Fast(columns, "columns are a sequence"), *nodes = NULL;
    if (!list || !(nodes = PySequence_Fast(shared, "shared nodes are a sequence"))) goto failed;
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
        PyObject *item = PySequence_Fast_GET_ITEM(list, k);
        int32_t node = place_given(item, p->count);
        int asked = node < 0 ? -1 : PyDict_Contains(c->results, item);
        if (asked < 0) goto failed;
        if (!asked && c->last[node] < 0) continue;
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
             "encoded(gates, args, varying, varies, columns, shared, results, number)\n--\n\n"
             "The machine's code for the gates that vary, or do not: its bytes, and how many rows\n"
             "it needs.");

static PyObject *encoded(PyObject *Py_UNUSED(module), PyObject *given) {
    PyObject *gates, *args, *varying, *columns, *shared, *answer = NULL;
    int varies;
    listed p = {0};
    coding c = {0};
    if (!PyArg_ParseTuple(given, "O!O!OpOOO!O!", &PyList_Type, &gates, &PyList_Type, &args,
                          &varying, &varies, &columns, &shared, &PyDict_Type, &c.results,
                          &PyDict_Type, &c.number))
        return NULL;
    if (listed_given(&p, gates, args, varying) < 0) goto done;
    size_t bytes = ((size_t)p.count + 1) * sizeof(int32_t);
    c.place = malloc(bytes);
    c.last = malloc(bytes);
    c.column = malloc(bytes);
    if (!c.place || !c.last || !c.column) {
        PyErr_NoMemory();
        goto done;
    }
    if (started(&p, &c, varies, columns, shared) < 0 || ordered(&p, &c, varies) < 0) goto done;
    for (Py_ssize_t k = 0; k < p.count; k++) c.last[k] = -1;
    for (Py_ssize_t turn = 0; turn < c.order.count; turn++) {
        int32_t node = c.order.at[turn];
        for (int32_t i = 0; i < count_of(&p, node) && c.column[node] < 0; i++)
            c.last[operands_of(&p, node)[i]] = (int32_t)turn;
    }
    for (Py_ssize_t turn = 0; turn < c.order.count; turn++)
        if (rowed(&p, &c, turn) < 0 || coded(&p, &c, c.order.at[turn]) < 0) goto done;
    PyObject *code = PyBytes_FromStringAndSize((char *)c.code.at,
                                               c.code.count * (Py_ssize_t)sizeof(int32_t));
    answer = code ? Py_BuildValue("Nn", code, (Py_ssize_t)c.rows) : NULL;
done:
    free(c.place);
    free(c.last);
    free(c.column);
    free(c.order.at);
    free(c.code.at);
    free(c.spare.at);
    listed_free(&p);
    return answer;
}
