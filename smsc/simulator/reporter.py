"""Plans the receipts of a SIM box and hands each to the post office when it is due."""

import asyncio
import time
from collections.abc import Sequence

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.judge import Judge
from smsc.simulator.outbox import Delivery
from smsc.simulator.post_office import PostOffice
from smsc.simulator.receipts import DueReceipt, first_receipt, receipt_pdu
from smsc.simulator.submits import Submit, Totals
from smsc.simulator.timeline import Timeline


class Reporter:
    """Reports what became of accepted submits, as the present behaviour has it."""

    def __init__(self, behaviour: Behaviour, office: PostOffice, totals: Totals) -> None:
        self.behaviour = behaviour
        self._office = office
        self._totals = totals
        self._timeline: Timeline[DueReceipt] = Timeline(self._send)

    def plan(self, submits: Sequence[Submit], judge: Judge, *, at_once: bool = False) -> None:
        """Let each accepted submit have its receipts, once; the first one now if `at_once`."""
        at = asyncio.get_running_loop().time() + self.behaviour.receipt_delay.total_seconds()
        now: list[DueReceipt] = []
        for submit in submits:
            if not submit.message_id or submit.is_reported:
                continue
            submit.is_reported = True
            fate = judge.fate(submit.pdu.destination_addr)
            due = first_receipt(submit, fate, self.behaviour)
            if due is not None and at_once:
                now.append(due)
            elif due is not None:
                self._timeline.add(at, due)
        if now:
            self._send(now)

    def _send(self, due: list[DueReceipt]) -> None:
        behaviour = self.behaviour
        now, at = time.time(), asyncio.get_running_loop().time()
        by_system_id: dict[str, list[Delivery]] = {}
        for receipt in due:
            submit = receipt.submit
            submit.state = receipt.state
            pdu = receipt_pdu(receipt, behaviour, now)
            deliveries = by_system_id.setdefault(submit.system_id, [])
            deliveries.extend(Delivery(pdu) for _ in range(behaviour.receipt_copies))
            following = receipt.following()
            if following is not None:
                self._timeline.add(at + behaviour.receipt_delay.total_seconds(), following)
        for system_id, deliveries in by_system_id.items():
            taken = self._office.post(system_id, deliveries)
            self._totals.receipts_made += taken
            self._totals.receipts_dropped += len(deliveries) - taken
