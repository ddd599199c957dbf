"""Served rows: two predictions each, a reason where there is none, and the published errors."""

import json
from dataclasses import replace
from functools import cache

import pytest

from tests.repository_paths import ROOT  # placeholder

from tokenworks.cost.kernel_constants import Constants
from tokenworks.data.silicon import end_to_end_rows
from tokenworks.validate.prediction import errors
from tokenworks.validate.served import kind_of, model_of, plan_of, predict_rows
