"""Blocks: rows with an inside. Custom rules, checkpoints, nested circuits, choices and scans."""

from gatenet.blocks.checkpointing import checkpoint as checkpoint
from gatenet.blocks.choice import Block as Block
from gatenet.blocks.choice import IfElse as IfElse
from gatenet.blocks.choice import block as block
from gatenet.blocks.choice import ifelse as ifelse
from gatenet.blocks.choice import rebuilt as rebuilt
from gatenet.blocks.choice import switch as switch
from gatenet.blocks.opaque import OpaqueGate as OpaqueGate
from gatenet.blocks.rules import Rule as Rule
from gatenet.blocks.rules import custom_gradient as custom_gradient
from gatenet.blocks.scanning import scan as scan
