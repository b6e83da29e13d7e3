"""Train a model as an experiment says, record the run, report it. In: faces. Out: a recorded run.

Importing this package waits for nothing: `experiments` is plain data, Keras comes with `loop`.
"""
