"""Statistics of scores: functions of per-unit count matrices only."""
