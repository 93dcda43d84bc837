"""The whole path at one number of connections: rates, latency, CPU, memory, losses."""

from tests.bench.figures import Figure
from tests.bench.options import Options
from tests.bench.ours import ours
from tests.bench.path import Course


def measure(options: Options) -> list[Figure]:
    """Run it once after a warm-up."""
    with ours(options.window, options.tools, receipt_delay=options.receipt_delay) as (_, subject):
        course = Course(subject, options.connections, options.tools)
        course.warm_up()
        return course.run(options.messages).figures(with_norm=options.tools is not None)
