"""The costs of a generated service, measured; each benchmark prints ratios and asserts nothing."""
