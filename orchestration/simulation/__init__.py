"""A company that can be simulated: source files in vendor shape, with faults that can be switched on.

Belongs here: everything that invents data. Does not belong here: anything that reads what it wrote.
"""

from orchestration.simulation.company import SimulationError
from orchestration.simulation.run import CohortTruth, Progress, SimulationReport, simulate
from orchestration.simulation.scenarios import Scenario

__all__ = ["CohortTruth", "Progress", "Scenario", "SimulationError", "SimulationReport", "simulate"]
