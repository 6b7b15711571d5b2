"""What a machine does beside its models: CPU, memory, network, disk and GPUs, as one more stream of records."""

from driftline.resources.sampler import Sampler

__all__ = ["Sampler"]
