"""Resource servers: your own APIs, with the scopes that clients request."""

from collections.abc import Iterator
from typing import Annotated

from constructs import Construct
from pydantic import Field

from stacks import aws
from stacks.props import Name, Props, matching, twice


class Scope(Props):
    """A scope, ``identifier/name`` in tokens."""

    name: Annotated[
        str,
        matching(
            r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}",
            "1 to 256 ASCII characters, without a space, a quotation mark, / or a backslash",
        ),
    ]
    description: Annotated[str, Field(min_length=1, max_length=256)]


class ResourceServer(Props):
    """An API that accepts tokens of the pool; identifier and name cannot be changed."""

    identifier: Annotated[
        str,
        matching(
            r"[\x21\x23-\x5B\x5D-\x7B\x7D\x7E]{1,256}",
            "1 to 256 ASCII characters, without a space, a quotation mark, | or a backslash",
        ),
    ]
    """Often the API's URL; ``|`` is not allowed, because Terraform's import ids contain it."""
    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=100)]

    @property
    def scope_names(self) -> list[str]:
        """The scopes as clients request them."""
        return [f"{self.identifier}/{scope.name}" for scope in self.scopes]

    def _problems(self) -> Iterator[str]:
        for name in twice(scope.name for scope in self.scopes):
            yield f"{self.identifier}: scope {name!r} is defined more than once; rename one"


class ResourceServers(Construct):
    """The resource servers of a pool."""

    def __init__(self, scope: Construct, id_: str, *, user_pool_id: str, servers: tuple[ResourceServer, ...]) -> None:
        """Add ``servers`` to the pool."""
        super().__init__(scope, id_)
        self.resources = [self._add(user_pool_id, server) for server in servers]

    def _add(self, user_pool_id: str, server: ResourceServer) -> aws.CognitoResourceServer:
        return aws.CognitoResourceServer(
            self,
            server.identifier.replace("/", "_"),
            user_pool_id=user_pool_id,
            identifier=server.identifier,
            name=server.name,
            scope=[
                aws.CognitoResourceServerScope(scope_name=scope.name, scope_description=scope.description)
                for scope in server.scopes
            ],
        )
