"""Scoring what does not fit in memory: many shards, one kernel, and engines that bring the records of a document together."""
