"""Recorded runs, and every number that follows from them. No Keras here.

In: labels and probabilities, or the folder of a run. Out: shares, tables.
"""
