"""Losses: one unit that says how wrong the outputs are.

`outputs` and `targets` have the same shape: a number each, a list, or a list of lists (samples of
outputs).  A layer's list of one output may meet a bare number; nothing else is stretched to fit.
Targets of classes are class numbers, one list less than the outputs, or probabilities.

Each loss takes `reduction`: "mean", "sum", or "none" for the list of its terms; and
`sample_weight`, a weight for each item of the outermost list: the mean is then the weighted one,
the sum of weight times term over the sum of the weights.  Where nothing is a unit, a loss is a
plain float.  Knows units and gates; does not know modules.
"""

from gatenet.losses.binary import bce as bce
from gatenet.losses.binary import bce_with_logits as bce_with_logits
from gatenet.losses.binary import hinge_loss as hinge_loss
from gatenet.losses.binary import squared_hinge_loss as squared_hinge_loss
from gatenet.losses.classes import cross_entropy as cross_entropy
from gatenet.losses.classes import nll as nll
from gatenet.losses.likeness import cosine_embedding_loss as cosine_embedding_loss
from gatenet.losses.likeness import cosine_loss as cosine_loss
from gatenet.losses.likeness import kl_div as kl_div
from gatenet.losses.penalties import elastic_net_penalty as elastic_net_penalty
from gatenet.losses.penalties import l1_penalty as l1_penalty
from gatenet.losses.penalties import l2_penalty as l2_penalty
from gatenet.losses.reductions import Loss as Loss
from gatenet.losses.reductions import reduced as reduced
from gatenet.losses.regression import half_squared_error as half_squared_error
from gatenet.losses.regression import huber_loss as huber_loss
from gatenet.losses.regression import l1_loss as l1_loss
from gatenet.losses.regression import mse_loss as mse_loss
from gatenet.losses.regression import poisson_nll_loss as poisson_nll_loss
