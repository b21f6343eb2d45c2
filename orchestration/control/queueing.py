"""How long a lead waits for a person, from load and heads: Erlang C, its inversions, and Little's law.

Belongs here: queueing formulas on plain arrays. Does not belong here: teams, weeks and what to change
(`capacity.py`).

Times share one unit (business hours), rates are per that unit, elementwise throughout. Waits are infinite where the
load reaches the servers: there is no steady state. Erlang C knows no abandonment and no bursts: it understates the wait
of clustered arrivals (use `variable_wait` with their squared coefficient of variation). Sources: Gross & Harris;
Hillier & Lieberman; Sakasegawa (1977), the VUT form of Hopp & Spearman.
"""

import numpy as np
from numpy.typing import ArrayLike

from orchestration.control.arrays import Bools, Floats, Ints, divided, floats, not_negative

MOST_SERVERS = 10_000
LITTLE_TOLERANCE = 0.10


def erlang_b(offered: ArrayLike, servers: ArrayLike) -> Floats:
    """Blocking probability by the recursion B_k = A B_(k-1) / (k + A B_(k-1)); `offered` A in erlangs."""
    load, heads = np.broadcast_arrays(floats(offered), floats(servers))
    not_negative(offered=load, servers=heads)
    blocked = np.ones(load.shape)
    for k in range(1, int(heads.max(initial=0)) + 1):
        blocked = np.where(k <= heads, load * blocked / (k + load * blocked), blocked)
    return blocked


def erlang_c(offered: ArrayLike, servers: ArrayLike) -> Floats:
    """Probability that an arrival waits; 1 where the load reaches the servers."""
    load, heads = np.broadcast_arrays(floats(offered), floats(servers))
    blocked = erlang_b(load, heads)
    usage = np.minimum(divided(load, heads), 1.0)
    waiting = blocked / (1 - np.nan_to_num(usage, nan=1.0) * (1 - blocked))
    return np.where(load < heads, waiting, 1.0)


def mean_wait(arrivals: ArrayLike, service: ArrayLike, servers: ArrayLike) -> Floats:
    """Mean time in queue, C ES / (c - A), of `arrivals` per unit of time served in `service` time by c servers."""
    load = floats(arrivals) * floats(service)
    heads = floats(servers)
    return np.nan_to_num(divided(erlang_c(load, heads) * floats(service), heads - load), nan=np.inf)


def wait_longer_than(limit: ArrayLike, arrivals: ArrayLike, service: ArrayLike, servers: ArrayLike) -> Floats:
    """P(wait > limit) = C exp(-(c - A) limit / ES); 1 where the load reaches the servers."""
    load, heads = floats(arrivals) * floats(service), floats(servers)
    decay = np.exp(-np.maximum(heads - load, 0.0) * floats(limit) / floats(service))
    return erlang_c(load, heads) * decay


def queue_length(arrivals: ArrayLike, service: ArrayLike, servers: ArrayLike) -> Floats:
    """Mean number waiting, Lq = arrivals x mean wait (Little)."""
    return floats(arrivals) * mean_wait(arrivals, service, servers)


def variable_wait(
    arrivals: ArrayLike, service: ArrayLike, servers: ArrayLike, arrival_scv: ArrayLike, service_scv: ArrayLike
) -> Floats:
    """Mean wait of G/G/c, (ca2 + cs2) / 2 x u^(sqrt(2 (c + 1)) - 1) / (c (1 - u)) x ES (Sakasegawa).

    ca2 and cs2 are squared coefficients of variation of inter-arrival and service times, 1 for a Poisson stream.
    """
    heads, time = floats(servers), floats(service)
    usage = divided(floats(arrivals) * time, heads)
    bunching = (floats(arrival_scv) + floats(service_scv)) / 2
    busy = np.minimum(usage, 1.0) ** (np.sqrt(2 * (heads + 1)) - 1)
    return np.nan_to_num(divided(bunching * busy * time, heads * (1 - usage)), nan=np.inf)


def required_servers(arrivals: ArrayLike, service: ArrayLike, limit: ArrayLike, late_share: ArrayLike = 0.1) -> Ints:
    """Fewest servers with P(wait > limit) <= late_share; elementwise.

    Raises ValueError when more than 10,000 would be needed: a rate or a time is in the wrong unit.
    """
    rate, time, allowed, late = np.broadcast_arrays(*map(floats, (arrivals, service, limit, late_share)))
    not_negative(arrivals=rate, service=time, limit=allowed)
    heads = np.floor(rate * time) + 1
    open_ = wait_longer_than(allowed, rate, time, heads) > late
    while open_.any():
        heads = np.where(open_, heads + 1, heads)
        if heads.max() > MOST_SERVERS:
            raise ValueError(f"more than {MOST_SERVERS} servers needed: check the units of arrivals and service time")
        open_ = wait_longer_than(allowed, rate, time, heads) > late
    return np.where(rate > 0, heads, 0).astype(np.int64)


def admissible_arrivals(
    service: ArrayLike, servers: ArrayLike, limit: ArrayLike, late_share: ArrayLike = 0.1, most_usage: float = 1.0
) -> Floats:
    """Highest arrival rate with P(wait > limit) <= late_share and utilisation <= most_usage; bisection, elementwise."""
    time, heads, allowed, late = np.broadcast_arrays(*map(floats, (service, servers, limit, late_share)))
    low, high = np.zeros(time.shape), most_usage * heads / time
    for _ in range(60):
        middle = (low + high) / 2
        fits = wait_longer_than(allowed, middle, time, heads) <= late
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def utilisation(arrivals: ArrayLike, service: ArrayLike, servers: ArrayLike) -> Floats:
    """Load over heads; NaN without heads."""
    return divided(floats(arrivals) * floats(service), servers)


def littles_law_gap(in_process: ArrayLike, arrivals: ArrayLike, time_in_stage: ArrayLike) -> Floats:
    """|WIP - arrivals x time| / WIP of a stable window; use arrivals, not exits, where some are lost on the way."""
    wip = floats(in_process)
    return divided(np.abs(wip - floats(arrivals) * floats(time_in_stage)), wip)


def littles_law_broken(in_process: ArrayLike, arrivals: ArrayLike, time_in_stage: ArrayLike) -> Bools:
    """True where the gap exceeds 10 %: the data are wrong or the window is not stable."""
    return littles_law_gap(in_process, arrivals, time_in_stage) > LITTLE_TOLERANCE
