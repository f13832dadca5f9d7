"""The steps of a check, one module for one subject; `auditor.verify` puts them in order.

Each step is a function that takes the case and the step to fill in. A step adds
to the case what it has found to be good, and looks only at what earlier steps
have found so.
"""
