"""Adapters that live in this process: nothing to install, the same promises."""
