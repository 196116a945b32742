"""What stands behind the numbers: every gold and predicted item with its partner and what is wrong with it."""

from goldwire.explaining.context import Context, contexts
from goldwire.explaining.differences import differences
from goldwire.explaining.items import EXPLAINED, items
from goldwire.explaining.table import CLASSES, ITEMS, class_counts

__all__ = ["CLASSES", "EXPLAINED", "ITEMS", "Context", "class_counts", "contexts", "differences", "items"]
