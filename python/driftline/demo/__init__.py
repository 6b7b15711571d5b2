"""The main job on real data: a model, a collector, a year of flights, and what driftline says about them."""

from driftline.demo.main_job import run, run_alerts

__all__ = ["run", "run_alerts"]
