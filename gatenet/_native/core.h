/* The type Core: nodes one by one from Python, and all of them as rows of numbers. */

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

static PyObject *bytes_of(const ints *v) {
    return PyBytes_FromStringAndSize((char *)v->at, v->count * (Py_ssize_t)sizeof *v->at);
}

/* The constants by their nodes. */
static PyObject *constants_of(const Core *self) {
    PyObject *found = PyDict_New();
    for (Py_ssize_t k = 0; found && k < self->op.count; k++) {
        if (self->op.at[k] != CONSTANT) continue;
        PyObject *node = PyLong_FromSsize_t(k);
        PyObject *value = PyFloat_FromDouble(self->numbers.at[self->first.at[k]]);
        if (!node || !value || PyDict_SetItem(found, node, value) < 0) Py_CLEAR(found);
        Py_XDECREF(node);
        Py_XDECREF(value);
    }
    return found;
}

PyDoc_STRVAR(flat_doc,
             "flat()\n--\n\n"
             "Every node, as (kinds, ops, ends, operands, constants): a list of gates, the bytes of\n"
             "three rows of 32-bit numbers as gatenet.compiler.flat says, and a dict.");

static PyObject *Core_flat(Core *self, PyObject *nothing) {
    (void)nothing;
    ints ends = {NULL, 0, 0};
    PyObject *parts[5] = {NULL}, *answer = NULL;
    int32_t end = 0;
    for (Py_ssize_t k = 0; k < self->op.count; k++) {
        if (self->op.at[k] >= 0) end += self->arity.at[self->op.at[k]];
        if (ints_push(&ends, end) < 0) goto done;
    }
    parts[0] = PyList_GetSlice(self->gates, 0, PyList_GET_SIZE(self->gates));
    parts[1] = bytes_of(&self->op);
    parts[2] = bytes_of(&ends);
    parts[3] = bytes_of(&self->operands);
    parts[4] = constants_of(self);
    if (parts[0] && parts[1] && parts[2] && parts[3] && parts[4])
        answer = PyTuple_Pack(5, parts[0], parts[1], parts[2], parts[3], parts[4]);
done:
    for (int k = 0; k < 5; k++) Py_XDECREF(parts[k]);
    free(ends.at);
    return answer;
}

static Py_ssize_t Core_length(Core *self) { return self->op.count; }

static PyMethodDef core_methods[] = {
    {"leaf", (PyCFunction)Core_leaf, METH_NOARGS, "leaf()\n--\n\nAdd a leaf; give its node."},
    {"constant", (PyCFunction)Core_constant, METH_O,
     "constant(value)\n--\n\nAdd a constant, or find the one of the same bits."},
    {"emit", (PyCFunction)(void (*)(void))Core_emit, METH_FASTCALL,
     "emit(gate, nodes)\n--\n\nAdd a primitive gate, or find a node that is the same."},
    {"flat", (PyCFunction)Core_flat, METH_NOARGS, flat_doc},
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
