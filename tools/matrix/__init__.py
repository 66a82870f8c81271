"""Every answer set: renders each, and checks what comes out. `./run matrix`."""
