"""Tracing: recorded wiring as functions of numbers, with placeholders and shared state."""

from gatenet.tracing.functions import Function as Function
from gatenet.tracing.functions import function as function
from gatenet.tracing.placeholders import In as In
from gatenet.tracing.placeholders import scalar as scalar
from gatenet.tracing.placeholders import scalars as scalars
from gatenet.tracing.placeholders import shared as shared
from gatenet.tracing.placeholders import vector as vector
