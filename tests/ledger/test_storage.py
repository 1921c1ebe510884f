"""Storage: a ledger comes back as it went, under the name of its content, or not at all."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import byhand
from payrisk.errors import LedgerError
from payrisk.ledger import Ledger, SettleRules, Tolerance, storage
