"""Releases on a hub: publishing, fetching, verifying, and putting texts back into a text-free one."""
