"""What a worker shows Prometheus, and the small server that it asks."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from socketserver import TCPServer
from wsgiref.simple_server import WSGIRequestHandler, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from smsc.smpp.misdeeds import Misdeed
from workers.admission import BindRefusal
from workers.gateway import Gateway
from workers.listener import Listener
from workers.webhooks import Deliverer

log = structlog.get_logger()


class Metrics(Collector):
    """Reads the parts of this process when asked: traffic pays nothing for it."""

    def __init__(self) -> None:
        self._gateway: Gateway | None = None
        self._listener: Listener | None = None
        self._webhooks: Deliverer | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def watch_gateway(self, gateway: Gateway) -> None:
        """Show its connectors."""
        self._gateway = gateway

    def watch_listener(self, listener: Listener) -> None:
        """Show its sessions."""
        self._listener = listener

    def watch_webhooks(self, webhooks: Deliverer) -> None:
        """Show its requests."""
        self._webhooks = webhooks

    def collect(self) -> Iterator[Metric]:
        """Yield what stands now; the labels name connectors, never numbers."""
        bound = GaugeMetricFamily(
            "smsc_connector_bound", "1 while the connector is bound.", labels=["connector"]
        )
        window = GaugeMetricFamily(
            "smsc_connector_window_in_use", "Unanswered segments.", labels=["connector"]
        )
        for runner in list(self._gateway.runners) if self._gateway else ():
            bound.add_metric([runner.config.sid], float(runner.state == "bound"))
            window.add_metric([runner.config.sid], runner.window_in_use)
        yield bound
        yield window
        if self._gateway is not None:
            yield _receipts_of(self._gateway)
        if self._listener is not None:
            yield from _of_listener(self._listener)
        if self._webhooks is not None:
            yield GaugeMetricFamily(
                "smsc_webhooks_in_flight", "Requests under way.", value=self._webhooks.in_flight
            )

    def serve(self, host: str, port: int) -> Callable[[], None] | None:
        """Serve `/metrics`; return what stops it, or None if the port is taken.

        The running loop takes connections and a thread answers each: none waits for the next, which
        would wake twice a second to see whether it should end.

        Several workers of one machine share their settings: the metrics of the second are no
        reason not to start it.
        """
        kind = _ServerOfSix if ":" in host else _Server
        app = make_wsgi_app(self._registry)
        try:
            server = make_server(host, port, app, kind, _SilentHandler)
        except OSError as error:
            log.warning("metrics.unserved", port=port, error=str(error))
            return None
        log.info("metrics.served", port=server.server_port)

        loop = asyncio.get_running_loop()
        loop.add_reader(server, server.handle_request)

        def stop() -> None:
            loop.remove_reader(server)
            server.server_close()

        return stop


class _Server(ThreadingWSGIServer):
    def server_bind(self) -> None:
        """Bind, and ask no name server what the host is called: the loop would wait for it."""
        TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), port
        self.setup_environ()

    def server_activate(self) -> None:
        """Listen; who had connected may be gone, and the loop is not to wait for the next."""
        super().server_activate()
        self.socket.settimeout(0)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 inherited
        """Say on one line of the log that a scrape failed: mostly whoever asked is gone."""
        log.warning("metrics.unanswered", client=client_address, error=repr(sys.exception()))


class _ServerOfSix(_Server):
    address_family = socket.AF_INET6


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name is inherited
        """Log nothing: who asks each ten seconds is no news."""


def _receipts_of(gateway: Gateway) -> Metric:
    receipts = CounterMetricFamily(
        "smsc_connector_receipts",
        "Receipts whose segment was found, or not at first.",
        labels=["connector", "outcome"],
    )
    for outcome, counts in gateway.receipts.items():
        for sid, count in list(counts.items()):
            receipts.add_metric([sid, outcome], count)
    return receipts


def _of_listener(listener: Listener) -> Iterator[Metric]:
    yield GaugeMetricFamily("smsc_esme_sessions", "Bound ESMEs.", value=listener.sessions)
    yield GaugeMetricFamily(
        "smsc_listener_connections", "Connections, bound or not.", value=listener.connections
    )
    refused = CounterMetricFamily(
        "smsc_listener_binds_refused", "Binds that were refused, by reason.", labels=["reason"]
    )
    for reason in BindRefusal:
        refused.add_metric([reason.value], listener.refusals[reason])
    yield refused
    garbage = CounterMetricFamily(
        "smsc_listener_misdeeds", "What peers did wrong, by kind.", labels=["kind"]
    )
    for kind in Misdeed:
        garbage.add_metric([kind.value], listener.misdeeds[kind])
    yield garbage
