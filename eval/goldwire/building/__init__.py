"""From an annotation folder to the dataset that is published."""
