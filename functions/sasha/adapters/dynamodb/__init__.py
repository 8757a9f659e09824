"""The one table: requests, idempotency keys, accounts, API keys, ledger, the provider's state."""
