"""Writes dist/ anew: `make package`.

    a clean checkout  ->  wheel, sdist, bill of materials  ->  SHA256SUMS over the three

Promise: what is written is what a commit holds; where the checkout holds anything else, nothing is.
"""

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.package import bill, packing  # noqa: E402 - the path comes first


def main() -> int:
    """Write the package; 1 where the checkout has changes that no commit holds."""
    changed = packing.git("status", "--porcelain")
    if changed:
        sys.stderr.write(
            "make package: the checkout has changes that no commit holds\n"
            f"{changed}help: commit them, or take them away: a package is what a commit holds\n"
        )
        return 1
    dist = ROOT / "dist"
    with tempfile.TemporaryDirectory() as name:
        source, made = Path(name, "source"), Path(name, "dist")
        made.mkdir()
        packing.copy(ROOT, source, packing.files())
        packed = packing.build(source, made)
        materials = made / f"habeas-{packing.VERSION}.cdx.json"
        materials.write_text(bill.to_json(bill.bill(packed[0])))
        wrong = bill.problems(materials.read_text())
        if wrong:
            sys.stderr.write(f"make package: the bill of materials is not valid: {wrong}\n")
            return 1
        packed.append(materials)
        (made / "SHA256SUMS").write_text(packing.checksums(packed))
        shutil.rmtree(dist, ignore_errors=True)
        shutil.copytree(made, dist)
    for path in sorted(dist.iterdir()):
        sys.stdout.write(f"dist/{path.name}  {path.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
