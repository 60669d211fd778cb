/* The type Laid: a recorded wiring in a Core, gate by gate its template, and its reverse pass.
 *
 * Templates come from Python the first time a kind and shape of gate is met; blocks, which are
 * circuits inside a gate, are laid out there every time.
 */

typedef struct {
    PyObject_HEAD
    Core *core;
    Py_ssize_t given;
    ints nodes; /* of each place */
    ints pulls; /* of all steps in a row: the place pulled at, the node of the local derivative */
    ints ends;  /* where each step's pulls end */
    ints guards;
} Laid;

/* One step while it is laid out. */
typedef struct {
    ints env;
    char *wants;
    Py_ssize_t room, count;
} work;

static void Laid_dealloc(Laid *self) {
    Py_XDECREF(self->core);
    free(self->nodes.at);
    free(self->pulls.at);
    free(self->ends.at);
    free(self->guards.at);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int truth(PyObject *thing, const char *name) {
    PyObject *found = PyObject_GetAttrString(thing, name);
    int answer = found ? PyObject_IsTrue(found) : -1;
    Py_XDECREF(found);
    return answer;
}

static int kind_read(gate_kind *one, PyObject *gate) {
    if ((one->opaque = truth(gate, "opaque")) < 0) return -1;
    if ((one->guarded = truth(gate, "guarded")) < 0) return -1;
    if (one->opaque) return 0;
    if ((one->variadic = truth(gate, "variadic")) < 0) return -1;
    PyObject *held = PyObject_GetAttrString(gate, "static"), *listed = NULL;
    PyObject *values = held ? PyMapping_Values(held) : NULL;
    if (values) listed = PySequence_Fast(values, "static parameters are numbers");
    Py_XDECREF(held);
    Py_XDECREF(values);
    if (!listed) return -1;
    one->statics = PySequence_Fast_GET_SIZE(listed);
    if (one->statics && !(one->values = malloc((size_t)one->statics * sizeof *one->values)))
        PyErr_NoMemory();
    for (Py_ssize_t k = 0; one->values && k < one->statics; k++)
        one->values[k] = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(listed, k));
    Py_DECREF(listed);
    return PyErr_Occurred() ? -1 : 0;
}

/* The number of a gate's kind; -1 on an error. */
static Py_ssize_t kind_of(Core *core, PyObject *gate) {
    uint64_t hash = mixed((uint64_t)(uintptr_t)gate);
    int32_t found;
    for (size_t at = hash; (found = table_get(&core->kinds, at)) >= 0; at++)
        if (core->kind_list[found].gate == gate) return found;
    gate_kind one = {NULL, 0, 0, 0, 0, NULL};
    if (kind_read(&one, gate) < 0) goto failed;
    gate_kind *more = roomier(core->kind_list, core->kind_count, &core->kind_room, sizeof *more);
    if (!more) goto failed;
    core->kind_list = more;
    if (table_put(&core->kinds, hash, (int32_t)core->kind_count) < 0) goto failed;
    one.gate = Py_NewRef(gate);
    core->kind_list[core->kind_count] = one;
    return core->kind_count++;
failed:
    free(one.values);
    return -1;
}

/* A place of a template, of which there are `places` so far. */
static int32_t place_given(PyObject *item, Py_ssize_t places) {
    Py_ssize_t place = PyNumber_AsSsize_t(item, PyExc_IndexError);
    if (place == -1 && PyErr_Occurred()) return -1;
    if (place >= 0 && place < places) return (int32_t)place;
    PyErr_Format(PyExc_IndexError, "there is no place %zd among %zd", place, places);
    return -1;
}

static int step_read(Core *core, shape *s, template_step *to, PyObject *item) {
    if (PyFloat_Check(item)) {
        *to = (template_step){CONSTANT, 0, 0, PyFloat_AS_DOUBLE(item)};
        return 0;
    }
    PyObject *gate, *places;
    if (!PyArg_ParseTuple(item, "OO!;a step is a constant, or a gate and its places", &gate,
                          &PyTuple_Type, &places))
        return -1;
    int32_t op = number_given(core, gate);
    if (op < 0) return -1;
    if (PyTuple_GET_SIZE(places) != core->arity.at[op]) {
        PyErr_Format(PyExc_ValueError, "%R does not take %zd operands", gate,
                     PyTuple_GET_SIZE(places));
        return -1;
    }
    *to = (template_step){op, core->arity.at[op], s->operands.count, 0.0};
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(places); k++) {
        int32_t place = place_given(PyTuple_GET_ITEM(places, k), s->places);
        if (place < 0 || ints_push(&s->operands, place) < 0) return -1;
    }
    return 0;
}

/* Read a template that Python worked out. */
static int shape_read(Core *core, shape *s, PyObject *found) {
    PyObject *steps, *value, *partials;
    if (!PyTuple_Check(found)) {
        PyErr_SetString(PyExc_TypeError, "a template is its steps, value and partials");
        return -1;
    }
    if (!PyArg_ParseTuple(found, "O!OO!", &PyTuple_Type, &steps, &value, &PyTuple_Type, &partials))
        return -1;
    s->size = PyTuple_GET_SIZE(steps);
    if (!(s->steps = malloc(s->size ? (size_t)s->size * sizeof *s->steps : 1))) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t k = 0; k < s->size; k++, s->places++)
        if (step_read(core, s, &s->steps[k], PyTuple_GET_ITEM(steps, k)) < 0) return -1;
    if ((s->value = place_given(value, s->places)) < 0) return -1;
    if (PyTuple_GET_SIZE(partials) != s->count) {
        PyErr_SetString(PyExc_ValueError, "a template has one derivative for each operand");
        return -1;
    }
    for (Py_ssize_t k = 0; k < s->count; k++) {
        PyObject *item = PyTuple_GET_ITEM(partials, k);
        int32_t place = item == Py_None ? NONE : place_given(item, s->places);
        if (place == FAILED || ints_push(&s->partials, place) < 0) return -1;
    }
    return 0;
}

/* The number of a gate's shape; -1 on an error. */
static Py_ssize_t shape_of(Core *core, Py_ssize_t kind, const work *w, PyObject *template) {
    const int variadic = core->kind_list[kind].variadic;
    uint64_t hash = mixed((uint64_t)kind ^ mixed((uint64_t)w->count));
    for (Py_ssize_t k = 0; !variadic && k < w->count; k++)
        hash = mixed(hash ^ (uint64_t)w->wants[k]);
    int32_t at_hand;
    for (size_t at = hash; (at_hand = table_get(&core->shapes, at)) >= 0; at++) {
        const shape *s = &core->shape_list[at_hand];
        if (s->kind == kind && s->count == w->count &&
            (variadic || !memcmp(s->wants, w->wants, (size_t)w->count)))
            return at_hand;
    }
    PyObject *asked = variadic ? PyLong_FromSsize_t(w->count) : PyTuple_New(w->count);
    if (!asked) return -1;
    for (Py_ssize_t k = 0; !variadic && k < w->count; k++)
        PyTuple_SET_ITEM(asked, k, PyBool_FromLong(w->wants[k]));
    PyObject *gate = core->kind_list[kind].gate;
    PyObject *found = PyObject_CallFunctionObjArgs(template, gate, asked, NULL);
    Py_DECREF(asked);
    if (!found) return -1;
    shape s = {.kind = kind, .count = w->count};
    s.places = w->count + core->kind_list[kind].statics;
    if (shape_read(core, &s, found) < 0) goto failed;
    if (!variadic) {
        if (!(s.wants = malloc(w->count ? (size_t)w->count : 1))) {
            PyErr_NoMemory();
            goto failed;
        }
        memcpy(s.wants, w->wants, (size_t)w->count);
    }
    shape *more = roomier(core->shape_list, core->shape_count, &core->shape_room, sizeof *more);
    if (!more) goto failed;
    core->shape_list = more;
    if (table_put(&core->shapes, hash, (int32_t)core->shape_count) < 0) goto failed;
    Py_DECREF(found);
    core->shape_list[core->shape_count] = s;
    return core->shape_count++;
failed:
    Py_DECREF(found);
    shape_free(&s);
    return -1;
}

/* Add a template's steps over the operands that stand in w->env. */
static int placed(Core *core, const shape *s, const gate_kind *of, work *w) {
    int32_t few[8], *args = few, node;
    for (Py_ssize_t k = 0; k < of->statics; k++)
        if ((node = constant(core, of->values[k])) < 0 || ints_push(&w->env, node) < 0) return -1;
    for (const template_step *step = s->steps, *end = step + s->size; step < end; step++) {
        if (step->op == CONSTANT) {
            node = constant(core, step->value);
        } else {
            if (step->count > 8) {
                args = malloc((size_t)step->count * sizeof *args);
                if (!args) {
                    PyErr_NoMemory();
                    return -1;
                }
            }
            for (int32_t i = 0; i < step->count; i++)
                args[i] = w->env.at[s->operands.at[step->first + i]];
            node = emit(core, step->op, args, step->count);
            if (args != few) free(args);
            args = few;
        }
        if (node < 0 || ints_push(&w->env, node) < 0) return -1;
    }
    return 0;
}

/* A gate with a formula. */
static int32_t laid_formula(Laid *self, Py_ssize_t kind, work *w, PyObject *template,
                            const int32_t *places) {
    Core *core = self->core;
    Py_ssize_t at = shape_of(core, kind, w, template);
    if (at < 0) return FAILED;
    /* Folding may call Python, which may build with this very core: the lists may move then. */
    const shape s = core->shape_list[at];
    const gate_kind of = core->kind_list[kind];
    if (placed(core, &s, &of, w) < 0) return FAILED;
    for (Py_ssize_t k = 0; k < w->count; k++)
        if (w->wants[k] && s.partials.at[k] != NONE)
            if (ints_push(&self->pulls, places[k]) < 0 ||
                ints_push(&self->pulls, w->env.at[s.partials.at[k]]) < 0)
                return FAILED;
    return w->env.at[s.value];
}

/* A block: Python lays out what is inside it and says the nodes of its value and derivatives. */
static int32_t laid_block(Laid *self, PyObject *gate, work *w, PyObject *inside,
                          const int32_t *places) {
    int32_t value = FAILED;
    PyObject *nodes = PyList_New(w->count), *wants = PyTuple_New(w->count);
    PyObject *found = NULL, *partials = NULL;
    if (!nodes || !wants) goto done;
    for (Py_ssize_t k = 0; k < w->count; k++) {
        PyObject *node = PyLong_FromLong(w->env.at[k]);
        if (!node) goto done;
        PyList_SET_ITEM(nodes, k, node);
        PyTuple_SET_ITEM(wants, k, PyBool_FromLong(w->wants[k]));
    }
    found = PyObject_CallFunctionObjArgs(inside, gate, nodes, wants, NULL);
    if (!found) goto done;
    if (!PyTuple_Check(found) || PyTuple_GET_SIZE(found) != 2) {
        PyErr_SetString(PyExc_TypeError, "a block gives its value's node and its derivatives'");
        goto done;
    }
    partials = PySequence_Fast(PyTuple_GET_ITEM(found, 1), "derivatives' nodes are a sequence");
    if (!partials) goto done;
    if (PySequence_Fast_GET_SIZE(partials) != w->count) {
        PyErr_SetString(PyExc_ValueError, "a block gives one derivative for each operand");
        goto done;
    }
    for (Py_ssize_t k = 0; k < w->count; k++) {
        PyObject *item = PySequence_Fast_GET_ITEM(partials, k);
        if (!w->wants[k] || item == Py_None) continue;
        int32_t node = node_given(self->core, item);
        if (node < 0 || ints_push(&self->pulls, places[k]) < 0 ||
            ints_push(&self->pulls, node) < 0)
            goto done;
    }
    value = node_given(self->core, PyTuple_GET_ITEM(found, 0));
done:
    Py_XDECREF(nodes);
    Py_XDECREF(wants);
    Py_XDECREF(found);
    Py_XDECREF(partials);
    return value;
}

/* Lay out one step: its operands' places into nodes, then as its gate says. */
static int forward(Laid *self, PyObject *step, char *needed, ints *places, work *w,
                   PyObject *template, PyObject *inside) {
    if (!PyTuple_Check(step) || PyTuple_GET_SIZE(step) != 2) {
        PyErr_SetString(PyExc_TypeError, "a step is a gate and its operands' places");
        return -1;
    }
    PyObject *gate = PyTuple_GET_ITEM(step, 0);
    PyObject *listed = PySequence_Fast(PyTuple_GET_ITEM(step, 1), "places are a sequence");
    if (!listed) return -1;
    Py_ssize_t here = self->nodes.count;
    w->env.count = places->count = 0;
    w->count = PySequence_Fast_GET_SIZE(listed);
    if (w->count > w->room) {
        char *more = realloc(w->wants, (size_t)w->count);
        if (!more) {
            PyErr_NoMemory();
            goto failed;
        }
        w->wants = more;
        w->room = w->count;
    }
    for (Py_ssize_t k = 0; k < w->count; k++) {
        int32_t place = place_given(PySequence_Fast_GET_ITEM(listed, k), here);
        if (place < 0 || ints_push(places, place) < 0 ||
            ints_push(&w->env, self->nodes.at[place]) < 0)
            goto failed;
        w->wants[k] = needed[place];
        if (needed[place]) needed[here] = 1;
    }
    Py_ssize_t kind = kind_of(self->core, gate);
    if (kind < 0) goto failed;
    const int opaque = self->core->kind_list[kind].opaque;
    const int guarded = self->core->kind_list[kind].guarded;
    int32_t value = opaque ? laid_block(self, gate, w, inside, places->at)
                           : laid_formula(self, kind, w, template, places->at);
    if (value < 0 || ints_push(&self->nodes, value) < 0 || ints_push(&self->guards, guarded) < 0 ||
        ints_push(&self->ends, (int32_t)(self->pulls.count / 2)) < 0)
        goto failed;
    Py_DECREF(listed);
    return 0;
failed:
    Py_DECREF(listed);
    return -1;
}

static PyObject *Laid_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"core", "given", "steps", "needed", "template", "inside", NULL};
    PyObject *core, *given, *steps, *template, *inside, *nodes = NULL, *listed = NULL;
    Py_buffer needed = {0};
    work w = {{NULL, 0, 0}, NULL, 0, 0};
    ints places = {NULL, 0, 0};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!OOw*OO", names, &CoreType, &core, &given,
                                     &steps, &needed, &template, &inside))
        return NULL;
    Laid *self = (Laid *)type->tp_alloc(type, 0);
    if (!self) goto failed;
    self->core = (Core *)Py_NewRef(core);
    /* Tuples of their own: Python that runs meanwhile cannot change them. */
    nodes = PySequence_Tuple(given);
    listed = nodes ? PySequence_Tuple(steps) : NULL;
    if (!listed) goto failed;
    self->given = PyTuple_GET_SIZE(nodes);
    if (needed.len != self->given + PyTuple_GET_SIZE(listed) || needed.len >= INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "`needed` has one byte for each place");
        goto failed;
    }
    for (Py_ssize_t k = 0; k < self->given; k++) {
        int32_t node = node_given(self->core, PyTuple_GET_ITEM(nodes, k));
        if (node < 0 || ints_push(&self->nodes, node) < 0) goto failed;
    }
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(listed); k++)
        if (forward(self, PyTuple_GET_ITEM(listed, k), needed.buf, &places, &w, template,
                    inside) < 0)
            goto failed;
    goto done;
failed:
    Py_CLEAR(self);
done:
    PyBuffer_Release(&needed);
    Py_XDECREF(nodes);
    Py_XDECREF(listed);
    free(places.at);
    free(w.env.at);
    free(w.wants);
    return (PyObject *)self;
}

/* One pull: upstream times the local derivative, added to what the place has gathered. */
static int pulled(Core *core, int32_t *gathered, int32_t upstream, int32_t partial, int guarded,
                  int32_t zero) {
    int32_t pull = emit2(core, GATE_multiply, upstream, partial);
    if (pull >= 0 && guarded) pull = emit3(core, GATE_where, upstream, pull, zero);
    if (pull >= 0 && *gathered >= 0) pull = emit2(core, GATE_add, *gathered, pull);
    *gathered = pull;
    return pull < 0 ? -1 : 0;
}

PyDoc_STRVAR(reverse_doc, "reverse(seeds)\n--\n\n"
                          "Lay out the reverse pass; `seeds` and the result are dicts of places to\n"
                          "nodes, the result's places those that were given.");

static PyObject *Laid_reverse(Laid *self, PyObject *seeds) {
    Core *core = self->core;
    PyObject *key, *value, *found = NULL;
    Py_ssize_t at = 0;
    if (!PyDict_Check(seeds)) {
        PyErr_SetString(PyExc_TypeError, "seeds are a dict of places to nodes");
        return NULL;
    }
    int32_t *adjoints = malloc(((size_t)self->nodes.count + 1) * sizeof *adjoints);
    if (!adjoints) return PyErr_NoMemory();
    for (Py_ssize_t k = 0; k < self->nodes.count; k++) adjoints[k] = NONE;
    int32_t zero = constant(core, 0.0);
    if (zero < 0) goto done;
    while (PyDict_Next(seeds, &at, &key, &value)) {
        int32_t place = place_given(key, self->nodes.count), node = node_given(core, value);
        if (place < 0 || node < 0) goto done;
        adjoints[place] = node;
    }
    for (Py_ssize_t k = self->ends.count - 1; k >= 0; k--) {
        int32_t upstream = adjoints[self->given + k];
        if (upstream < 0) continue;
        for (Py_ssize_t i = k ? self->ends.at[k - 1] : 0; i < self->ends.at[k]; i++)
            if (pulled(core, &adjoints[self->pulls.at[2 * i]], upstream,
                       self->pulls.at[2 * i + 1], self->guards.at[k], zero) < 0)
                goto done;
    }
    if (!(found = PyDict_New())) goto done;
    for (Py_ssize_t k = 0; k < self->given; k++) {
        if (adjoints[k] < 0) continue;
        PyObject *place = PyLong_FromSsize_t(k), *node = PyLong_FromLong(adjoints[k]);
        if (!place || !node || PyDict_SetItem(found, place, node) < 0) Py_CLEAR(found);
        Py_XDECREF(place);
        Py_XDECREF(node);
        if (!found) goto done;
    }
done:
    free(adjoints);
    return found;
}

static PyObject *Laid_nodes(Laid *self, PyObject *nothing) {
    (void)nothing;
    PyObject *found = PyList_New(self->nodes.count);
    for (Py_ssize_t k = 0; found && k < self->nodes.count; k++) {
        PyObject *node = PyLong_FromLong(self->nodes.at[k]);
        if (!node) Py_CLEAR(found);
        else PyList_SET_ITEM(found, k, node);
    }
    return found;
}

static PyMethodDef laid_methods[] = {
    {"nodes", (PyCFunction)Laid_nodes, METH_NOARGS, "nodes()\n--\n\nThe node of each place."},
    {"reverse", (PyCFunction)Laid_reverse, METH_O, reverse_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(laid_doc,
             "Laid(core, given, steps, needed, template, inside)\n--\n\n"
             "Lay out the steps over the given nodes.  `needed` is a bytearray with 1 where a\n"
             "derivative is wanted: set for the given places, filled in for the others.\n"
             "`template(gate, shape)` says what a gate becomes, `inside(gate, nodes, wants)` lays\n"
             "out a block.");

static PyTypeObject LaidType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "gatenet._native.builder.Laid",
    .tp_basicsize = sizeof(Laid),
    .tp_dealloc = (destructor)Laid_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = laid_doc,
    .tp_methods = laid_methods,
    .tp_new = Laid_new,
};
