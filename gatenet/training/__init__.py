"""Training: a trainer that says what it does, can be stopped at any moment, and goes on exactly.

`fit` is the short way; `Trainer` has validation, metrics, callbacks, noise, penalties, schedules
and checkpoints.  Their parts (batches, evaluation, reports, engines) stand alone.  Knows modules
and optimizers by what they do; losses are functions of (outputs, targets).
"""

from gatenet.training.batching import batches as batches
from gatenet.training.callbacks import Callback as Callback
from gatenet.training.callbacks import EarlyStopping as EarlyStopping
from gatenet.training.callbacks import Step as Step
from gatenet.training.compiledengine import CompiledEngine as CompiledEngine
from gatenet.training.engines import EagerEngine as EagerEngine
from gatenet.training.engines import Engine as Engine
from gatenet.training.engines import Measured as Measured
from gatenet.training.evaluation import Loss as Loss
from gatenet.training.evaluation import Metric as Metric
from gatenet.training.evaluation import accuracy as accuracy
from gatenet.training.evaluation import evaluate as evaluate
from gatenet.training.evaluation import predict as predict
from gatenet.training.fitting import fit as fit
from gatenet.training.history import Epoch as Epoch
from gatenet.training.history import History as History
from gatenet.training.progress import Progress as Progress
from gatenet.training.reports import DeadUnit as DeadUnit
from gatenet.training.reports import dead_units as dead_units
from gatenet.training.trainer import Trainer as Trainer

__all__ = [
    "Callback",
    "CompiledEngine",
    "DeadUnit",
    "EagerEngine",
    "EarlyStopping",
    "Engine",
    "Epoch",
    "History",
    "Loss",
    "Measured",
    "Metric",
    "Progress",
    "Step",
    "Trainer",
    "accuracy",
    "batches",
    "dead_units",
    "evaluate",
    "fit",
    "predict",
]
