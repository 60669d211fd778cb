"""Stepping through a pass, forwards and backwards: the cursor, its events, its stops."""

from gatenet.stepper.events import Change as Change
from gatenet.stepper.events import Event as Event
from gatenet.stepper.events import Pull as Pull
from gatenet.stepper.stepper import Stepper as Stepper
from gatenet.stepper.stops import Breakpoint as Breakpoint
from gatenet.stepper.stops import Watch as Watch
