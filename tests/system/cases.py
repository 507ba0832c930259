"""The list of cases. Each takes a fixture.Place, returns when it holds (perhaps with a note) and
raises Failed when it does not."""

import dataclasses
import typing

CASES = []


@dataclasses.dataclass
class Case:
    name: str
    body: typing.Callable
    seconds: float  # it has failed if it takes longer
    slow: bool  # left out by --quick
    waits: bool  # it does little but wait, and does so beside the others


def case(name=None, seconds=60, slow=False, waits=False, **arguments):
    """Puts the function below into the list, called with ARGUMENTS besides the place."""
    def add(body):
        CASES.append(Case(name or body.__name__.replace("_", "-"),
                          lambda place: body(place, **arguments), seconds, slow, waits))
        return body
    return add
