"""De-duplication of articles in any number of files: one kernel, and engines that bring articles with a key together."""
