"""How the service is asked: one package per transport; each decodes, asks the bus, encodes."""
