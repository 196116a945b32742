"""Running systems on the articles of a gold corpus: predictions, what failed, and a record of how it went."""

from goldwire.running.run import Run, articles_of, run
from goldwire.running.trial import Trial, try_out

__all__ = ["Run", "Trial", "articles_of", "run", "try_out"]
