"""A program as a system, here in Python: a line of JSON in, a line of JSON out. No import of Goldwire."""

import json
import sys

NAMES = {"Moscow": "GPE", "Kabul": "GPE", "Reuters": "ORG", "Russia's": "GPE"}

for line in sys.stdin:
    article = json.loads(line)
    found = [{"text": name, "type": kind} for name, kind in NAMES.items() if name in article["text"]]
    print(json.dumps({"entities": found}), flush=True)
