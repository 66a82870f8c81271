"""The interfaces of the service: one package per transport; each decodes, asks the bus, encodes."""
