"""The console's windows: thin views of `technician_console.view`, and the only Qt in this program."""
