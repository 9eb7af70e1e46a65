"""The sandbox is asked for no context where nothing that handles payloads reads one."""

from dataclasses import replace
from typing import Self

from temporalio.converter import SerializationContext, WithSerializationContext

from workers.keys import KeySet
from workers.temporal.codec import EncryptionCodec
from workers.temporal.converter import data_converter
from workers.temporal.payload_context import reads_no_context


class Particular(EncryptionCodec, WithSerializationContext):
    """A codec that wants to know whom a payload is for."""

    def with_context(self, context: SerializationContext) -> Self:
        """Stay as it is."""
        return self


def test_our_converter_reads_no_context(keys: KeySet) -> None:
    """Every process's converter treats payloads alike, whomever they are for."""
    assert reads_no_context(data_converter(keys))


def test_a_codec_with_a_context_is_told_it(keys: KeySet) -> None:
    """As soon as a codec reads the context, the workflow is asked again."""
    converter = replace(data_converter(keys), payload_codec=Particular(keys))
    assert not reads_no_context(converter)
