"""Objects that refuse unknown fields, in the schema: `additionalProperties: false`."""

from typing import Any

from litestar.openapi.spec import Reference, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition
from msgspec import Struct


class ClosedStructs(OpenAPISchemaPlugin):
    """Runs before Litestar's own plugin for structs, and adds what that one leaves out."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Return whether it is a struct that forbids unknown fields."""
        kind = field_definition.type_
        return (
            isinstance(kind, type)
            and issubclass(kind, Struct)
            and kind.__struct_config__.forbid_unknown_fields
        )

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        """Return the schema of the struct, closed."""
        own = next(
            plugin
            for plugin in schema_creator.plugins
            if plugin is not self and schema_creator.plugin_supports_field(plugin, field_definition)
        )
        schema: Schema | Reference = own.to_openapi_schema(field_definition, schema_creator)
        assert isinstance(schema, Schema)
        schema.additional_properties = False
        return schema
