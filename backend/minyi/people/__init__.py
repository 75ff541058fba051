"""Accounts, identity, roles, sign-in. What others see is the chosen name; who someone is, only the verifying clerk."""
