"""The repository itself: what is packaged, what the README promises, what is generated."""

import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import gatenet

ROOT = Path(__file__).resolve().parent.parent.parent


def settings() -> configparser.ConfigParser:
    """The file setup.cfg."""
    found = configparser.ConfigParser()
    found.read(ROOT / "setup.cfg", encoding="utf-8")
    return found


def test_setup_cfg_lists_every_package_of_the_tree():
    """A folder with an __init__.py under gatenet/ or viz/ is packaged, and nothing else is."""
    folders = [
        path.parent for top in ("gatenet", "viz") for path in (ROOT / top).rglob("__init__.py")
    ]
    names = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    wanted = {re.sub(r"^viz", "gatenet.viz", name) for name in names}

    assert wanted == set(settings()["options"]["packages"].split())


def test_pyproject_holds_nothing_but_the_build_system():
    """The metadata stands in one place, setup.cfg."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        assert list(tomllib.load(file)) == ["build-system"]


def test_the_only_dependency_at_run_time_is_graphviz():
    """A plain install brings one small package."""
    wanted = settings()["options"]["install_requires"].split("\n")

    assert [line.split(">")[0] for line in wanted if line] == ["graphviz"]


def test_the_version_is_said_once():
    """gatenet.__version__ is what packaging reads, and the changelog knows it."""
    assert settings()["metadata"]["version"] == "attr: gatenet._version.__version__"
    assert gatenet.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_s_first_two_shell_blocks_run_the_demo_and_the_tests():
    """CI runs these two blocks as they stand."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)

    assert "-m gatenet demo" in blocks[0]
    assert "-m pytest" in blocks[1]
    assert all("pip install -q -e ." in block or "-e '.[test]'" in block for block in blocks[:2])


def test_nobody_is_told_to_install_the_other_project_of_this_name():
    """The name gatenet on PyPI is a stranger's: no page may send readers there."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "setup.cfg"]

    for page in pages:
        assert not re.search(
            r"pip install (-\S+ )*gatenet(?!-)", page.read_text(encoding="utf-8")
        ), page


def test_links_of_the_pages_lead_somewhere():
    """Every relative link and picture in README and docs is a file of the repository."""
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = re.sub(r"`[^`]*`", "", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_generated_files_are_up_to_date():
    """docs/generate.py would write what is there already."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
