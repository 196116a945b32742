"""Synthetic corpora: newswire derived from invented wires, with gold by construction.

The line: grammar (templates) → story (a cast and its figures) → derive (documents by operations on sentences) → labels
(pairs and passages) → block (columns, offsets) → write (shards) → audit.
"""
