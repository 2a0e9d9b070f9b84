"""What a model needs and what hardware gives: pure functions with units, each with the source of its formula.

memory → training, serving → storage, fabric, energy, cost are arithmetic over plain numbers and the catalogues;
`request` reads a question, `plan_serving` and `plan_training` put the arithmetic together, `answer` says it as figures.
"""
