"""Speed and memory side by side with other scorers, on seeded data: `python -m benchmarks`."""
