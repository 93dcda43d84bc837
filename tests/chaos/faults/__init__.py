"""What is done to the fleet in the middle of its traffic, and what that may cost."""

from tests.chaos.faults.clocks import CLOCK_FAULTS
from tests.chaos.faults.connections import CONNECTION_FAULTS
from tests.chaos.faults.databases import DATABASE_FAULTS
from tests.chaos.faults.esmes import ESME_FAULTS
from tests.chaos.faults.fault import Fault
from tests.chaos.faults.processes import PROCESS_FAULTS
from tests.chaos.faults.smscs import SMSC_FAULTS
from tests.chaos.faults.webhooks import WEBHOOK_FAULTS

FAULTS = {
    fault.name: fault
    for fault in (
        *PROCESS_FAULTS,
        *ESME_FAULTS,
        *CONNECTION_FAULTS,
        *SMSC_FAULTS,
        *DATABASE_FAULTS,
        *CLOCK_FAULTS,
        *WEBHOOK_FAULTS,
    )
}

__all__ = ["FAULTS", "Fault"]
