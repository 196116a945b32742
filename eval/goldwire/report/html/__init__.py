"""One self-contained HTML page: tables and plots without script, lists and articles with a little of it."""

from goldwire.report.html.page import report_page
from goldwire.report.html.systems import System, system_of_predictions, system_of_result

__all__ = ["System", "report_page", "system_of_predictions", "system_of_result"]
