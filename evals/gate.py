"""What a run must hold, and what of it does not."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from advisor.errors import SchemaError
from evals.bootstrap import Estimate, differences, estimates
from evals.row import ADVISOR, Measure, Run, SetResult


class Rule(BaseModel):
    """Of one measure of one set; what is given must all hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least: float | None = Field(None, description="The value is no lower.")
    most: float | None = Field(None, description="The value is no higher.")
    reference: float | None = Field(
        None, description="The interval does not lie wholly on the worse side of it: no drop beyond chance."
    )
    times_best_peer: float | None = Field(None, description="The value is at least so many times the best peer's.")


Gate = Mapping[str, Mapping[str, Rule]]  # set → measure → rule


@dataclass(frozen=True, slots=True)
class Breach:
    set_name: str
    measure: str
    why: str


def load(path: Path) -> Gate:
    """The gate of a TOML file: a table a set, a rule a measure. Raises SchemaError."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, dict[str, Rule]]).validate_python(given)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SchemaError(f"{path} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise SchemaError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def breaches(run: Run, gate: Gate) -> list[Breach]:
    """Rules that do not hold. A set that was not run is passed over; a measure it lacks is a breach."""
    found = []
    for name, rules in gate.items():
        if name not in run.sets:
            continue
        result = run.sets[name]
        known = {measure.name: measure for measure in result.measures}
        values = estimates(result.rows[ADVISOR], list(known))
        for measure, rule in rules.items():
            if measure not in values:
                found.append(Breach(name, measure, "was not measured"))
                continue
            found += [Breach(name, measure, why) for why in _broken(rule, known[measure], values[measure], result)]
    return found


def _broken(rule: Rule, measure: Measure, got: Estimate, result: SetResult) -> list[str]:
    shown = f"{got.value:.4f} ({got.low:.4f}–{got.high:.4f})"
    why = []
    if rule.least is not None and got.value < rule.least:
        why.append(f"{shown} is below {rule.least:g}")
    if rule.most is not None and got.value > rule.most:
        why.append(f"{shown} is above {rule.most:g}")
    if rule.reference is not None:
        worse = got.low > rule.reference if measure.better == "lower" else got.high < rule.reference
        if worse:
            why.append(f"{shown} is worse than {rule.reference:g} beyond its interval")
    if rule.times_best_peer is not None:
        peer = best_peer(result, measure.name)
        if peer is None:
            why.append("names peers, and none was run: add --peers")
        elif got.value < rule.times_best_peer * peer[1]:
            why.append(f"{shown} is below {rule.times_best_peer:g} times {peer[0]}, {peer[1]:.4f}")
    return why


def best_peer(result: SetResult, measure: str) -> tuple[str, float] | None:
    """Name and value of the best other system in a measure where more is better."""
    others = {name: rows for name, rows in result.rows.items() if name not in (ADVISOR, "against")}
    values = {name: estimates(rows, [measure])[measure].value for name, rows in others.items()}
    return max(values.items(), key=lambda pair: pair[1]) if values else None


def regressions(now: SetResult, before: SetResult) -> list[Breach]:
    """Measures that are worse than `before` beyond the interval of their paired difference."""
    mine, theirs = now.rows[ADVISOR], before.rows[ADVISOR]
    judged = [one for one in now.measures if one.better != "neither"]
    found = []
    for name, change in differences(mine, theirs, [one.name for one in judged]).items():
        worse = change.high < 0 if now.measure(name).better == "higher" else change.low > 0
        if worse:
            told = f"changed by {change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f}) over {change.questions}"
            found.append(Breach(now.name, name, f"{told} questions that both runs have"))
    return found
