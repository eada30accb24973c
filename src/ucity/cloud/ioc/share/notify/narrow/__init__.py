"""Narrows subscriptions down to those that a change may concern, by what their queries, scopes and places ask for.

A subscription stands at marks: a question about one attribute, and an answer to it. Marks are necessary, never
sufficient: each document that the subscription means answers the question of one of its marks with that mark's answer.
Whoever is found is held against the change; whoever is not cannot be meant. One module for each kind of question.
"""

from ucity.cloud.ioc.share.notify.narrow.shelf import FEW, Shelf

__all__ = ["FEW", "Shelf"]
