"""A SIM box and its handsets, simulated: what users and tests send to instead of real phones."""

from smsc.simulator.behaviour import Behaviour, Fate
from smsc.simulator.message_ids import MessageIdStyle
from smsc.simulator.simbox import Limits, SimBox

__all__ = ["Behaviour", "Fate", "Limits", "MessageIdStyle", "SimBox"]
