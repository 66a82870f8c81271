"""What a generated service costs, measured; each prints ratios and asserts nothing."""
