"""Synthetic corpora: newswire derived from invented wires, with gold by construction.

The line: grammar (templates) → book (as columns) → plan (who derives from whom) → story (casts and figures) → wires →
derive (documents by operations on sentences) → layout → sentences (rendered together) → labels (pairs and passages) → block
(tables) → write (shards) → audit. A sentence is a row of numbers until it is rendered, and a block's are rendered at once.
"""
