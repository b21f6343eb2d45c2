"""`make bench`: every benchmark, its figures printed as it ends. Nothing is asserted: the machine is noisy."""

import importlib
import pkgutil
import sys

import tests.bench


def main(wanted: list[str]) -> None:
    names = sorted(module.name for module in pkgutil.iter_modules(tests.bench.__path__))
    for name in names:
        if not name.startswith("bench_") or (wanted and name.removeprefix("bench_") not in wanted):
            continue
        print(f"\n{name.removeprefix('bench_').replace('_', ' ')}", flush=True)
        for figure, value in importlib.import_module(f"tests.bench.{name}").run().items():
            text = f"{value:.3g}" if isinstance(value, float) else str(value)
            print(f"  {figure:<52} {text}" if "\n" not in text else f"  {figure}\n{text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
