"""Every letter that leaves the house: its sentences, its two forms, the check that it is whole."""

from letters.addressee import Addressee as Addressee
from letters.render import MissingItems as MissingItems
from letters.render import RenderedLetter as RenderedLetter
from letters.render import render as render
from letters.render import template_version as template_version
