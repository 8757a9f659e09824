"""Every state of the page, by name."""

# Each of them enters its states into the list.
from tests.browser import states_create, states_trouble, states_views
from tests.browser.visitor import CONTEXT, STATES, State

__all__ = ["CONTEXT", "STATES", "State", "states_create", "states_trouble", "states_views"]
