"""Every operation of the API that takes ClientMetadata is given it."""

from api.cognito.calls import TAKE_CLIENT_METADATA
from tests.support.cognito import MODEL
from tests.support.routes import routes


def test_operations_that_take_client_metadata_are_those_of_the_model() -> None:
    called = {operation for route in routes("a.b.c").values() for operation in route.operations}
    shapes = {name: MODEL.operation_model(name).input_shape for name in called}
    assert {name for name, shape in shapes.items() if shape and "ClientMetadata" in shape.members} == (
        TAKE_CLIENT_METADATA
    )
