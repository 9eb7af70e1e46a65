"""OpenDSR 2.0 and mParticle's dialect of it: we are the controller, the provider the processor."""

from providers.opendsr.client import OpenDsr

__all__ = ["OpenDsr"]
