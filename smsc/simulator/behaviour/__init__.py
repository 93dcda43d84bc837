"""How a simulated SIM box treats those who bind to it and what they send."""

from smsc.simulator.behaviour.accepting import FATES, Fate
from smsc.simulator.behaviour.answering import STANDARD_TEXT, ReceiptCarrier, ReceiptFor
from smsc.simulator.behaviour.link import Incident
from smsc.simulator.behaviour.whole import Behaviour, change, descriptions, dump

__all__ = [
    "FATES",
    "STANDARD_TEXT",
    "Behaviour",
    "Fate",
    "Incident",
    "ReceiptCarrier",
    "ReceiptFor",
    "change",
    "descriptions",
    "dump",
]
