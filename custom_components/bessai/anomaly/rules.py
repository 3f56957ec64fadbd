"""All rules there are."""

from collections.abc import Callable

from ..core.observation import Expectations
from .residual import Rule
from .rule_balance import BalanceRule
from .rule_bounds import BoundsRule
from .rule_charge import ChargeRule
from .rule_clock import ClockRule
from .rule_commands import CommandsRule
from .rule_counters import CountersRule
from .rule_frozen import FrozenRule
from .rule_heat import HeatRule
from .rule_identity import IdentityRule
from .rule_latency import LatencyRule
from .rule_settings import SettingsRule
from .rule_steps import StepsRule

type RuleKind = Callable[[Expectations], Rule]

ALL: tuple[RuleKind, ...] = (
    BoundsRule,
    StepsRule,
    CountersRule,
    BalanceRule,
    ChargeRule,
    HeatRule,
    FrozenRule,
    ClockRule,
    IdentityRule,
    LatencyRule,
    SettingsRule,
    CommandsRule,
)
