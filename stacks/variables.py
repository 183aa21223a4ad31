"""Terraform variables that every stack has, and how a variable is declared."""

from collections.abc import Mapping
from typing import Any

from cdktf import TerraformVariable, TerraformVariableValidationConfig
from constructs import Construct


class StackVariables(Construct):
    """The Terraform variables of a stack, one attribute each; names and defaults are a contract with operators."""

    def __init__(self, stack: Construct, values: Mapping[str, Any] | None = None) -> None:
        """Declare the region and the tags on ``stack`` itself, so that their Terraform names carry no hash.

        ``values`` replace defaults.
        """
        super().__init__(stack, "variables")
        self._stack = stack
        self._unused = dict(values or {})
        self.aws_region = self._variable(
            "aws_region",
            "string",
            "us-east-1",
            "AWS region of the user pool, for example eu-central-1.",
            r'can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", var.aws_region))',
            "aws_region must be an AWS region code such as us-east-1 or eu-central-1.",
        )
        self.tags = self._variable(
            "tags",
            "map(string)",
            {},
            "AWS tags put on every resource that takes them.",
            "length(var.tags) <= 50",
            "tags holds more than the 50 tags that AWS allows on a resource.",
        )

    def require_no_more(self) -> None:
        """Raise ``ValueError`` for a value without a variable; call it when all variables are declared."""
        if self._unused:
            names = ", ".join(
                sorted(
                    child.node.id.removeprefix("var_")
                    for child in self._stack.node.children
                    if child.node.id.startswith("var_")
                )
            )
            message = (
                f"variables: {', '.join(sorted(self._unused))}: there is no such Terraform variable; allowed: {names}."
            )
            raise ValueError(message)

    def _variable(
        self,
        name: str,
        type_: str,
        default: Any,  # noqa: ANN401 - a Terraform value of any type
        description: str,
        condition: str,
        error_message: str,
    ) -> TerraformVariable:
        value = self._unused.pop(name, default)
        if value is None:
            # A missing value is refused by the validation, whose message says more than Terraform's own.
            condition = f"try({condition}, false)"
            error_message = f"{error_message} It has no default here: set it in environments/NAME.toml (variables)."
        # The prefix avoids a clash with an output of the same name: outputs use their names as ids (`outputs.py`).
        variable = TerraformVariable(
            self._stack,
            f"var_{name}",
            type=type_,
            default=value,
            description=description,
            nullable=value is None,
            validation=[
                TerraformVariableValidationConfig(condition=f"${{{condition}}}", error_message=error_message),
            ],
        )
        variable.override_logical_id(name)
        return variable
