/* The type Core: nodes one by one from Python, and the finished program as Python's lists. */

static void shape_free(shape *s) {
    free(s->wants);
    free(s->steps);
    free(s->operands.at);
    free(s->partials.at);
}

static void Core_dealloc(Core *self) {
    for (Py_ssize_t k = 0; k < self->kind_count; k++) {
        Py_XDECREF(self->kind_list[k].gate);
        free(self->kind_list[k].values);
    }
    for (Py_ssize_t k = 0; k < self->shape_count; k++) shape_free(&self->shape_list[k]);
    free(self->kind_list);
    free(self->shape_list);
    free(self->op.at);
    free(self->first.at);
    free(self->operands.at);
    free(self->arity.at);
    free(self->numbers.at);
    table_free(&self->known);
    table_free(&self->constants);
    table_free(&self->kinds);
    table_free(&self->shapes);
    Py_XDECREF(self->number);
    Py_XDECREF(self->gates);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* The number of a primitive gate; one that is not of the catalogue gets the next. */
static int32_t number_given(Core *self, PyObject *gate) {
    PyObject *found = PyDict_GetItemWithError(self->number, gate);
    if (found) return (int32_t)PyLong_AsLong(found);
    if (PyErr_Occurred()) return FAILED;
    PyObject *inputs = PyObject_GetAttrString(gate, "inputs");
    Py_ssize_t arity = inputs ? PyObject_Size(inputs) : -1;
    Py_XDECREF(inputs);
    if (arity < 0) return FAILED;
    if (arity == 0 || arity > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a primitive gate has at least one operand");
        return FAILED;
    }
    int32_t number = (int32_t)PyList_GET_SIZE(self->gates);
    PyObject *value = PyLong_FromLong(number);
    int wrong = !value || PyDict_SetItem(self->number, gate, value) < 0 ||
                PyList_Append(self->gates, gate) < 0 ||
                ints_push(&self->arity, (int32_t)arity) < 0;
    Py_XDECREF(value);
    return wrong ? FAILED : number;
}

static PyObject *Core_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"gates", "fold", "share", "reduce", NULL};
    PyObject *gates;
    int fold, share, reduce;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!ppp", names, &PyList_Type, &gates, &fold,
                                     &share, &reduce))
        return NULL;
    if (PyList_GET_SIZE(gates) != CATALOGUED) {
        PyErr_SetString(PyExc_ValueError, "these are not the gates that the builder was built for");
        return NULL;
    }
    Core *self = (Core *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->fold = fold;
    self->share = share;
    self->reduce = reduce;
    self->number = PyDict_New();
    self->gates = PyList_New(0);
    if (!self->number || !self->gates) goto failed;
    for (Py_ssize_t k = 0; k < CATALOGUED; k++)
        if (number_given(self, PyList_GET_ITEM(gates, k)) != k) {
            if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "a gate stands here twice");
            goto failed;
        }
    return (PyObject *)self;
failed:
    Py_DECREF(self);
    return NULL;
}

/* A node's number as Python gave it; FAILED with IndexError where there is none. */
static int32_t node_given(const Core *self, PyObject *item) {
    Py_ssize_t node = PyNumber_AsSsize_t(item, PyExc_IndexError);
    if (node == -1 && PyErr_Occurred()) return FAILED;
    if (node < 0 || node >= self->op.count) {
        PyErr_Format(PyExc_IndexError, "there is no node %zd among %zd", node, self->op.count);
        return FAILED;
    }
    return (int32_t)node;
}

static PyObject *node_answered(int32_t node) { return node < 0 ? NULL : PyLong_FromLong(node); }

static PyObject *Core_leaf(Core *self, PyObject *nothing) {
    (void)nothing;
    return node_answered(added(self, LEAF, 0));
}

static PyObject *Core_constant(Core *self, PyObject *given) {
    double value = PyFloat_AsDouble(given);
    if (value == -1.0 && PyErr_Occurred()) return NULL;
    return node_answered(constant(self, value));
}

static PyObject *Core_emit(Core *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "emit takes a gate and its operands' nodes");
        return NULL;
    }
    int32_t op = number_given(self, args[0]), node = FAILED, few[4], *nodes = few;
    if (op < 0) return NULL;
    PyObject *given = PySequence_Fast(args[1], "the operands' nodes are a sequence");
    if (!given) return NULL;
    Py_ssize_t size = PySequence_Fast_GET_SIZE(given);
    if (size != self->arity.at[op]) {
        PyErr_Format(PyExc_ValueError, "%R takes %d operand(s), not %zd", args[0],
                     (int)self->arity.at[op], size);
        goto done;
    }
    if (size > 4 && !(nodes = malloc((size_t)size * sizeof *nodes))) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t k = 0; k < size; k++)
        if ((nodes[k] = node_given(self, PySequence_Fast_GET_ITEM(given, k))) < 0) goto done;
    node = emit(self, op, nodes, (int32_t)size);
done:
    if (nodes != few) free(nodes);
    Py_DECREF(given);
    return node_answered(node);
}

static int32_t arity_of(const Core *self, Py_ssize_t node) {
    int32_t op = self->op.at[node];
    return op < 0 ? 0 : self->arity.at[op];
}

/* Where each node goes when only these and what they need are kept; -1 for what falls away. */
static int32_t *places_kept(const Core *self, PyObject *roots, int prune, Py_ssize_t *left) {
    Py_ssize_t count = self->op.count;
    int32_t *place = malloc(count ? (size_t)count * sizeof *place : 1);
    PyObject *listed = PySequence_Fast(roots, "the nodes to keep are a sequence");
    if (!place || !listed) {
        if (!place) PyErr_NoMemory();
        goto failed;
    }
    for (Py_ssize_t k = 0; k < count; k++) place[k] = prune ? -1 : 0;
    for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(listed); k++) {
        int32_t node = node_given(self, PySequence_Fast_GET_ITEM(listed, k));
        if (node < 0) goto failed;
        place[node] = 0;
    }
    for (Py_ssize_t k = count - 1; k >= 0; k--)
        if (place[k] == 0)
            for (int32_t i = 0, first = self->first.at[k]; i < arity_of(self, k); i++)
                place[self->operands.at[first + i]] = 0;
    *left = 0;
    for (Py_ssize_t k = 0; k < count; k++)
        if (place[k] == 0) place[k] = (int32_t)(*left)++;
    Py_DECREF(listed);
    return place;
failed:
    free(place);
    Py_XDECREF(listed);
    return NULL;
}

PyDoc_STRVAR(finished_doc,
             "finished(roots, prune)\n--\n\n"
             "The nodes that `roots` need, or all, as (gates, args, constants, places): two lists,\n"
             "a dict, and the bytes of one 32-bit number for each node, its new number or -1.");

static PyObject *Core_finished(Core *self, PyObject *given) {
    PyObject *roots, *gates = NULL, *args = NULL, *constants = NULL, *places = NULL, *answer = NULL;
    int prune;
    Py_ssize_t left;
    if (!PyArg_ParseTuple(given, "Op", &roots, &prune)) return NULL;
    int32_t *place = places_kept(self, roots, prune, &left);
    if (!place) return NULL;
    PyObject **numbers = calloc(left ? (size_t)left : 1, sizeof *numbers); /* ints, made once */
    PyObject *empty = PyTuple_New(0);
    gates = PyList_New(left);
    args = PyList_New(left);
    constants = PyDict_New();
    places = PyBytes_FromStringAndSize((char *)place, self->op.count * (Py_ssize_t)sizeof *place);
    if (!numbers) PyErr_NoMemory();
    if (!numbers || !empty || !gates || !args || !constants || !places) goto done;
    for (Py_ssize_t k = 0; k < self->op.count; k++) {
        int32_t at = place[k], op = self->op.at[k], first = self->first.at[k];
        if (at < 0) continue;
        PyList_SET_ITEM(gates, at, Py_NewRef(op < 0 ? Py_None : PyList_GET_ITEM(self->gates, op)));
        if (!(numbers[at] = PyLong_FromLong(at))) goto done;
        if (op < 0) PyList_SET_ITEM(args, at, Py_NewRef(empty));
        else {
            PyObject *row = PyTuple_New(self->arity.at[op]);
            if (!row) goto done;
            for (int32_t i = 0; i < self->arity.at[op]; i++) {
                PyObject *arg = numbers[place[self->operands.at[first + i]]];
                PyTuple_SET_ITEM(row, i, Py_NewRef(arg));
            }
            PyList_SET_ITEM(args, at, row);
        }
        if (op == CONSTANT) {
            PyObject *value = PyFloat_FromDouble(self->numbers.at[first]);
            if (!value || PyDict_SetItem(constants, numbers[at], value) < 0) {
                Py_XDECREF(value);
                goto done;
            }
            Py_DECREF(value);
        }
    }
    answer = PyTuple_Pack(4, gates, args, constants, places);
done:
    if (numbers)
        for (Py_ssize_t k = 0; k < left; k++) Py_XDECREF(numbers[k]);
    free(numbers);
    free(place);
    Py_XDECREF(empty);
    Py_XDECREF(gates);
    Py_XDECREF(args);
    Py_XDECREF(constants);
    Py_XDECREF(places);
    return answer;
}

static Py_ssize_t Core_length(Core *self) { return self->op.count; }

static PyMethodDef core_methods[] = {
    {"leaf", (PyCFunction)Core_leaf, METH_NOARGS, "leaf()\n--\n\nAdd a leaf; give its node."},
    {"constant", (PyCFunction)Core_constant, METH_O,
     "constant(value)\n--\n\nAdd a constant, or find the one of the same bits."},
    {"emit", (PyCFunction)(void (*)(void))Core_emit, METH_FASTCALL,
     "emit(gate, nodes)\n--\n\nAdd a primitive gate, or find a node that is the same."},
    {"finished", (PyCFunction)Core_finished, METH_VARARGS, finished_doc},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods core_sequence = {.sq_length = (lenfunc)Core_length};

PyDoc_STRVAR(core_doc, "Core(gates, fold, share, reduce)\n--\n\n"
                       "Nodes in the making; `gates` are the catalogue's, as `gates` names them.");

static PyTypeObject CoreType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "gatenet._native.builder.Core",
    .tp_basicsize = sizeof(Core),
    .tp_dealloc = (destructor)Core_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = core_doc,
    .tp_methods = core_methods,
    .tp_as_sequence = &core_sequence,
    .tp_new = Core_new,
};
