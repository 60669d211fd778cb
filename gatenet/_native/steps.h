/* Whole programs, and a step of training as one call.
 *
 * Included by machine.c, whose insides it uses.  A whole program is two machines: what a batch works
 * out once, and what is worked out for every sample.  A step runs one over rows and adds its results
 * up, then others with parameters as samples, which reads gradients, values and memory as planes of
 * one buffer and writes the next one.  Nothing but buffers for results is changed, so a step that
 * comes to nothing, because a number is not finite or a branch goes another way, was never made.
 */

typedef struct {
    int32_t result, place; /* place -1: the value */
    double value;
} fixed_result;

typedef struct {
    PyObject_HEAD
    Machine *head, *body; /* no head where a batch works nothing out */
    Py_ssize_t given, common, constants, fixed;
    fixed_result *fix;
    double *numbers, *head_numbers, *sums; /* the constants of both, and a block's sums */
} Whole;

static PyTypeObject WholeType;

static void Whole_dealloc(Whole *self) {
    Py_XDECREF(self->head);
    Py_XDECREF(self->body);
    free(self->fix);
    free(self->numbers);
    free(self->head_numbers);
    free(self->sums);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static double *copied(const double *from, Py_ssize_t count) {
    double *to = malloc((size_t)(count + 1) * sizeof(double));
    if (to && count) memcpy(to, from, (size_t)count * sizeof(double));
    return to;
}

static PyObject *Whole_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    PyObject *head, *body, *asked[3];
    Py_buffer view[3] = {0};
    Py_ssize_t given;
    Whole *self = NULL;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Whole takes its arguments by position");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "OO!nOOO", &head, &MachineType, &body, &given, &asked[0], &asked[1],
                          &asked[2]))
        return NULL;
    if (head != Py_None && !Py_IS_TYPE(head, &MachineType)) {
        PyErr_SetString(PyExc_TypeError, "the head is a Machine or None");
        return NULL;
    }
    for (int k = 0; k < 3; k++)
        if (numbers(asked[k], &view[k], PyBUF_SIMPLE, 0, "constants") < 0) goto done;
    Machine *once = head == Py_None ? NULL : (Machine *)head, *each = (Machine *)body;
    const Py_ssize_t own = view[0].len / (Py_ssize_t)sizeof(double);
    const Py_ssize_t constants = view[1].len / (Py_ssize_t)sizeof(double);
    const Py_ssize_t fixed = view[2].len / (Py_ssize_t)(3 * sizeof(double));
    const Py_ssize_t common = once ? once->results : 0;
    int fits = each->size == sizeof(double) && (!once || once->size == sizeof(double)) &&
               given >= 0 && each->shared == given + common + constants && each != once &&
               view[2].len == fixed * 3 * (Py_ssize_t)sizeof(double) &&
               (!once || (once->columns == given && once->shared == own));
    const double *triple = view[2].buf;
    for (Py_ssize_t k = 0; fits && k < fixed; k++, triple += 3)
        fits = triple[0] >= 0 && triple[0] < (double)each->results && triple[1] >= -1 &&
               triple[1] < (double)each->shared;
    if (!fits) {
        PyErr_SetString(PyExc_ValueError, "these machines and numbers are no whole program");
        goto done;
    }
    self = (Whole *)type->tp_alloc(type, 0);
    if (!self) goto done;
    self->head = (Machine *)Py_XNewRef((PyObject *)once);
    self->body = (Machine *)Py_NewRef(body);
    self->given = given;
    self->common = common;
    self->constants = constants;
    self->fixed = fixed;
    self->head_numbers = copied(view[0].buf, own);
    self->numbers = copied(view[1].buf, constants);
    self->sums = calloc((size_t)each->results + 1, sizeof(double));
    self->fix = calloc((size_t)fixed + 1, sizeof(fixed_result));
    if (!self->head_numbers || !self->numbers || !self->sums || !self->fix) {
        PyErr_NoMemory();
        Py_CLEAR(self);
        goto done;
    }
    triple = view[2].buf;
    for (Py_ssize_t k = 0; k < fixed; k++, triple += 3)
        self->fix[k] = (fixed_result){(int32_t)triple[0], (int32_t)triple[1], triple[2]};
done:
    for (int k = 0; k < 3; k++)
        if (view[k].obj) PyBuffer_Release(&view[k]);
    return (PyObject *)self;
}

/* Work out what a batch shares. */
static void whole_ready(Whole *self, const double *uniform) {
    double *to = self->body->uniform;
    memcpy(to, uniform, (size_t)self->given * sizeof(double));
    to += self->given;
    if (self->head) {
        memcpy(self->head->uniform, self->head_numbers,
               (size_t)self->head->shared * sizeof(double));
        run_block_64(self->head, uniform, 0, 1, to, 1, NULL, 0);
    }
    memcpy(to + self->common, self->numbers, (size_t)self->constants * sizeof(double));
}

static double fixed_number(const Whole *self, const fixed_result *fix) {
    return fix->place < 0 ? fix->value : ((double *)self->body->uniform)[fix->place];
}

/* Run rows of samples, and add each result up, block by block. */
static void whole_totals(Whole *self, const double *rows, Py_ssize_t count, double *totals) {
    const Py_ssize_t results = self->body->results;
    double row[LANES];
    for (Py_ssize_t start = 0; start < count; start += LANES) {
        const int n = count - start < LANES ? (int)(count - start) : LANES;
        double *sums = start ? self->sums : totals;
        run_block_64(self->body, rows, start, n, NULL, count, sums, 0);
        for (Py_ssize_t k = 0; k < self->fixed; k++) {
            const double value = fixed_number(self, &self->fix[k]);
            for (int l = 0; l < n; l++) row[l] = value;
            sums[self->fix[k].result] = ((const way_64 *)self->body->way)->sum(row, n);
        }
        if (start)
            for (Py_ssize_t k = 0; k < results; k++) totals[k] = totals[k] + sums[k];
    }
}

/* Run samples that stand column after column; their results go to `out` likewise. */
static void whole_planes(Whole *self, const double *planes, Py_ssize_t count, double *out) {
    for (Py_ssize_t start = 0; start < count; start += LANES) {
        const int n = count - start < LANES ? (int)(count - start) : LANES;
        run_block_64(self->body, planes, start, n, out, count, NULL, 1);
    }
    for (Py_ssize_t k = 0; k < self->fixed; k++) {
        const double value = fixed_number(self, &self->fix[k]);
        double *to = out + (Py_ssize_t)self->fix[k].result * count;
        for (Py_ssize_t l = 0; l < count; l++) to[l] = value;
    }
}

static int all_finite(const double *x, Py_ssize_t count) {
    Py_ssize_t k = 0;
    while (k < count && isfinite(x[k])) k++;
    return k == count;
}

/* One group of parameters: its rule, and its planes before and after. */
typedef struct {
    Whole *rule;
    Py_ssize_t first, count, read;
    Py_buffer shared, columns, before, after;
} moving_group;

static void group_released(moving_group *group) {
    if (group->shared.obj) PyBuffer_Release(&group->shared);
    if (group->columns.obj) PyBuffer_Release(&group->columns);
    if (group->before.obj) PyBuffer_Release(&group->before);
    if (group->after.obj) PyBuffer_Release(&group->after);
}

/* Read (rule, columns, coefficients, first, before, after): plane 0 is of gradients, plane 1 of
 * values, and columns[k] is the plane that the rule reads as its column k. */
static int group_read(PyObject *item, moving_group *group, Py_ssize_t parameters) {
    PyObject *rule, *columns, *shared, *before, *after;
    if (!PyTuple_Check(item)) {
        PyErr_SetString(PyExc_TypeError, "a group is a tuple");
        return -1;
    }
    if (!PyArg_ParseTuple(item, "O!OOnOO", &WholeType, &rule, &columns, &shared, &group->first,
                          &before, &after))
        return -1;
    group->rule = (Whole *)rule;
    const Machine *body = group->rule->body;
    if (numbers(shared, &group->shared, PyBUF_SIMPLE, group->rule->given, "coefficients") < 0 ||
        numbers(columns, &group->columns, PyBUF_SIMPLE, body->columns, "columns") < 0 ||
        numbers(before, &group->before, PyBUF_SIMPLE, 0, "planes") < 0 ||
        numbers(after, &group->after, PyBUF_WRITABLE, 0, "planes") < 0)
        return -1;
    const Py_ssize_t there = group->before.len / (Py_ssize_t)sizeof(double);
    const Py_ssize_t room = group->after.len / (Py_ssize_t)sizeof(double);
    group->count = body->results ? room / body->results : 0;
    int fits = group->count > 0 && group->count * body->results == room && group->first >= 0 &&
               group->first <= parameters && group->count <= parameters - group->first &&
               there % group->count == 0 && there / group->count >= 2;
    const double *column = group->columns.buf;
    for (Py_ssize_t k = 0; fits && k < body->columns; k++)
        fits = column[k] >= 0 && column[k] < (double)(there / group->count);
    if (fits) return 0;
    PyErr_SetString(PyExc_ValueError, "these planes do not fit the rule and the parameters");
    return -1;
}

/* Copy the planes that the rule reads, gradients from `totals`; and move. */
static int group_moved(moving_group *group, const double *gradients) {
    const Py_ssize_t count = group->count, columns = group->rule->body->columns;
    const size_t plane = (size_t)count * sizeof(double);
    const double *before = group->before.buf, *column = group->columns.buf;
    double *planes = malloc((size_t)(columns + 1) * plane);
    if (!planes) return -1;
    for (Py_ssize_t k = 0; k < columns; k++)
        memcpy(planes + k * count,
               column[k] ? before + (Py_ssize_t)column[k] * count : gradients + group->first, plane);
    whole_ready(group->rule, group->shared.buf);
    whole_planes(group->rule, planes, count, group->after.buf);
    free(planes);
    return all_finite(group->after.buf, count * group->rule->body->results) ? 0 : 1;
}

static int whole_taken(const Whole *self) {
    return self->body->running || (self->head && self->head->running);
}

static void whole_marked(Whole *self, int running) {
    self->body->running = running;
    if (self->head) self->head->running = running;
}

/* Pick rows by their places out of the table. */
static double *picked(PyObject *places, const Py_buffer *table, Py_ssize_t width) {
    const Py_ssize_t count = PyList_GET_SIZE(places);
    const Py_ssize_t there = table->len / (Py_ssize_t)sizeof(double);
    double *rows = malloc((size_t)(count * width + 1) * sizeof(double));
    if (!rows) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t k = 0; k < count; k++) {
        const Py_ssize_t place = PyLong_AsSsize_t(PyList_GET_ITEM(places, k));
        if (place >= 0 && (!width || place < there / width)) {
            if (width)
                memcpy(rows + k * width, (const double *)table->buf + place * width,
                       (size_t)width * sizeof(double));
            continue;
        }
        if (!PyErr_Occurred()) PyErr_Format(PyExc_IndexError, "there is no row %zd", place);
        free(rows);
        return NULL;
    }
    return rows;
}

PyDoc_STRVAR(step_doc,
             "step(whole, uniform, table, places, checks, totals, groups)\n--\n\n"
             "Make a step of training; give whether it was made.\n\n"
             "The rows of the table at `places` (a list) are run with `uniform`, whose numbers from\n"
             "0 on are parameters; the results' sums go to `totals`, the loss first, then the\n"
             "gradients, last so many checks, each of which holds where it is the number of rows.\n"
             "A group is (rule, columns, coefficients, first, before, after).  Where a check fails\n"
             "or a number is not finite the answer is False, and the planes after hold nothing.");

static PyObject *step_made(PyObject *Py_UNUSED(ignored), PyObject *args) {
    PyObject *loss, *asked[3], *places, *list;
    Py_buffer uniform = {0}, table = {0}, totals = {0};
    Py_ssize_t checks, count, groups, ready = 0;
    moving_group *group = NULL;
    double *rows = NULL;
    int done = -1;
    if (!PyArg_ParseTuple(args, "O!OOO!nOO!", &WholeType, &loss, &asked[0], &asked[1], &PyList_Type,
                          &places, &checks, &asked[2], &PyList_Type, &list))
        return NULL;
    Whole *whole = (Whole *)loss;
    const Py_ssize_t results = whole->body->results, parameters = results - 1 - checks;
    count = PyList_GET_SIZE(places);
    groups = PyList_GET_SIZE(list);
    if (checks < 0 || parameters < 0 || parameters > whole->given || !count) {
        PyErr_SetString(PyExc_ValueError, "a step has rows, a loss, and its gradients");
        return NULL;
    }
    if (numbers(asked[0], &uniform, PyBUF_WRITABLE, whole->given, "uniform") < 0 ||
        numbers(asked[1], &table, PyBUF_SIMPLE, 0, "table") < 0 ||
        numbers(asked[2], &totals, PyBUF_WRITABLE, results, "totals") < 0)
        goto release;
    group = calloc((size_t)groups + 1, sizeof(moving_group));
    if (!group) {
        PyErr_NoMemory();
        goto release;
    }
    int taken = whole_taken(whole);
    for (; ready < groups; ready++) {
        if (group_read(PyList_GET_ITEM(list, ready), &group[ready], parameters) < 0) {
            ready++;
            goto release;
        }
        taken = taken || whole_taken(group[ready].rule) || group[ready].rule == whole;
    }
    if (taken) {
        PyErr_SetString(PyExc_RuntimeError, "a machine of this step is running elsewhere");
        goto release;
    }
    rows = picked(places, &table, whole->body->columns);
    if (!rows) goto release;
    double *found = totals.buf, *given = uniform.buf;
    whole_marked(whole, 1);
    for (Py_ssize_t k = 0; k < groups; k++) whole_marked(group[k].rule, 1);
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t k = 0; k < groups; k++)
        memcpy(given + group[k].first, (double *)group[k].before.buf + group[k].count,
               (size_t)group[k].count * sizeof(double));
    whole_ready(whole, given);
    whole_totals(whole, rows, count, found);
    done = all_finite(found, results) ? 0 : 1;
    for (Py_ssize_t k = results - checks; k < results; k++)
        if (found[k] != (double)count) done = 1;
    for (Py_ssize_t k = 0; !done && k < groups; k++) done = group_moved(&group[k], found + 1);
    Py_END_ALLOW_THREADS
    whole_marked(whole, 0);
    for (Py_ssize_t k = 0; k < groups; k++) whole_marked(group[k].rule, 0);
    if (done < 0) PyErr_NoMemory();
release:
    free(rows);
    for (Py_ssize_t k = 0; k < ready; k++) group_released(&group[k]);
    free(group);
    if (totals.obj) PyBuffer_Release(&totals);
    if (table.obj) PyBuffer_Release(&table);
    if (uniform.obj) PyBuffer_Release(&uniform);
    return done < 0 ? NULL : PyBool_FromLong(!done);
}

PyDoc_STRVAR(whole_doc,
             "Whole(head, body, given, head_constants, constants, fixed)\n--\n\n"
             "A program whole: the machine of what a batch works out once from `given` numbers, or\n"
             "None; the machine of its samples, which shares those, what the head gives, and the\n"
             "constants; and triples (result, place among what is shared or -1, value) of results\n"
             "that no sample changes.");

static PyTypeObject WholeType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "gatenet._native.machine.Whole",
    .tp_basicsize = sizeof(Whole),
    .tp_dealloc = (destructor)Whole_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = whole_doc,
    .tp_new = Whole_new,
};
