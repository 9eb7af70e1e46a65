"""Payloads are sealed alike wherever they go, so the sandbox is not asked where that is.

For each payload the SDK asks the workflow whom it is for, and enters the sandbox to ask. That took
a tenth of a worker's time, for an answer that only a codec or a storage with a context reads.
"""

from temporalio.converter import (
    DataConverter,
    SerializationContext,
    StorageDriverStoreContext,
    WithSerializationContext,
)
from temporalio.worker._command_aware_visitor import CommandInfo

from workers.temporal.around import AroundInstance


class NoContext(AroundInstance):
    """Answers for every payload that it has no context."""

    def get_serialization_context(
        self, command_info: CommandInfo | None
    ) -> SerializationContext | None:
        """Return none: the converter is used as it is."""
        return None

    def get_external_store_context(
        self, command_info: CommandInfo | None
    ) -> StorageDriverStoreContext:
        """Return one without a target, which nothing that stores payloads will see."""
        return StorageDriverStoreContext(target=None)


def reads_no_context(converter: DataConverter) -> bool:
    """Tell whether no part of a converter that handles payloads outside the sandbox reads it."""
    takes_one = isinstance(converter.payload_codec, WithSerializationContext)
    return converter.external_storage is None and not takes_one
