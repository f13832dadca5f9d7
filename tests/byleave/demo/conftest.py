from tests.desktop import desktop, person, windows

__all__ = ["desktop", "person", "windows"]
