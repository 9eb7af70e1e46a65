"""Disclosing: a person's data in categories and in pieces, without what may not be shown."""

from datamap.disclosure.gathering import gather
from datamap.disclosure.report import Compiled, LabelUnknown, compile_report
from datamap.disclosure.returned import Returned
from datamap.disclosure.scope import Scope
from datamap.disclosure.section import Keep

__all__ = ["Compiled", "Keep", "LabelUnknown", "Returned", "Scope", "compile_report", "gather"]
