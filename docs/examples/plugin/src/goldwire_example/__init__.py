"""An example of a package that extends Goldwire: a system, found by its entry point once the package is installed."""
