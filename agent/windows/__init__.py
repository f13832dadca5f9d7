"""The person's windows (PySide6): thin views of `agent.view`, and the only place where Qt is used."""
