"""Compare what the wheel and the sdist hold with the tree: nothing missing, nothing extra."""

import shutil
import subprocess
import sys
import tarfile
import zipfile

wheel, sdist = sys.argv[1:3]
tracked = subprocess.run(
    ["git", "ls-files", "gatenet", "viz"], check=True, capture_output=True, text=True
).stdout.split()
wanted = {
    path.replace("viz/", "gatenet/viz/", 1) if path.startswith("viz/") else path for path in tracked
}
with zipfile.ZipFile(wheel) as archive:
    packed = {name for name in archive.namelist() if ".dist-info/" not in name}
built = {name for name in packed if name.endswith((".so", ".pyd"))}
packed -= built
assert built or not shutil.which("cc"), "there is a compiler, and the extension was not built"
assert packed == wanted, f"wheel and tree differ: {sorted(packed ^ wanted)}"
with tarfile.open(sdist) as archive:
    names = {name.split("/", 1)[-1] for name in archive.getnames()}
assert set(tracked) <= names, f"missing from the sdist: {sorted(set(tracked) - names)}"
print(f"wheel: {len(packed)} files, as in the tree, and {len(built)} built")
