"""Readers: one module per format turns files into the corpus tables, and every problem into an incident."""
