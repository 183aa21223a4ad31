"""Breadth-first exploration of all states, and random walks."""

import random
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from tests.model.moves import moves
from tests.model.rule import Environment, Move, State


class Exploration(NamedTuple):
    """The trace to a state that is not allowed, if there is one; the number of states; whether these were all."""

    trace: list[str] | None
    states: int
    is_complete: bool


def is_stranger_in(state: State) -> bool:
    """Account pre-hijacking has happened."""
    return "the stranger is in" in state.events


def explore(
    environment: Environment, is_bad: Callable[[State], bool] = is_stranger_in, limit: int = 3_000_000
) -> Exploration:
    """Visit every state, breadth first, until a bad one."""
    first = environment.initial()
    parents: dict[State, tuple[State, str] | None] = {first: None}
    queue = deque([first])
    while queue and len(parents) < limit:
        state = queue.popleft()
        for move in moves(environment, state):
            if move.state in parents:
                continue
            actor = f"{move.request.person} {move.request.kind}: " if move.request else ""
            parents[move.state] = (state, f"{actor}{move.label}, {move.ending} {move.result}".strip())
            if is_bad(move.state):
                return Exploration(_trace(parents, move.state), len(parents), is_complete=True)
            queue.append(move.state)
    return Exploration(None, len(parents), is_complete=not queue)


def _trace(parents: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    labels: list[str] = []
    while parent := parents[state]:
        state, label = parent
        labels.append(label)
    return labels[::-1]


def cover(environment: Environment, limit: int = 40_000) -> dict[str, list[Move]]:
    """Return a shortest walk to each kind of step that a request may make."""
    first = environment.initial()
    parents: dict[State, Move | None] = {first: None}
    before: dict[State, State] = {}
    walks: dict[str, list[Move]] = {}
    queue = deque([first])
    while queue and len(parents) < limit:
        state = queue.popleft()
        for move in moves(environment, state):
            if move.request:
                # What a step does depends on the step, on what the request knows, and on what stands.
                kind = f"{move.request._replace(number=0)} {move.label} {move.ending} {move.result} {state.store}"
                if kind not in walks:
                    walks[kind] = [*_way(parents, before, state), move]
            if move.state not in parents:
                parents[move.state], before[move.state] = move, state
                queue.append(move.state)
    return walks


def _way(parents: dict[State, Move | None], before: dict[State, State], state: State) -> list[Move]:
    way: list[Move] = []
    while move := parents[state]:
        way.append(move)
        state = before[state]
    return way[::-1]


def walk(environment: Environment, seed: int, steps: int = 200) -> list[Move]:
    """Return a random walk until nothing more may happen."""
    choose = random.Random(seed)  # noqa: S311 - no secret
    state, taken = environment.initial(), list[Move]()
    while len(taken) < steps and (possible := list(moves(environment, state))):
        taken.append(choose.choice(possible))
        state = taken[-1].state
    return taken
